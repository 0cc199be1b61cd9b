/* git_words.c - what git and the server say on git's standard error: what it means, and that
 * nothing of the login is told */
#include "git_remote.h"

#include "git/git_error.h"
#include "plugin.h"
#include "target.h"

#include <stdlib.h>
#include <string.h>

struct said {
    char *words;
    int status;
};

static int on_git_remote(void *ctx, const struct sp_git_remote *remote)
{
    struct said *said = ctx;
    struct sp_error err = fuzz_no_error();
    const char *basic = strchr(remote->authorization, ' ') + 1;
    int rc = sh_git_explain(said->status, said->words, remote, &err);

    HOLDS(strncmp(remote->url, FUZZ_BASE "/scm/", strlen(FUZZ_BASE "/scm/")) == 0);
    HOLDS(rc != 0 && err.code == rc);
    HOLDS(*err.message && !strpbrk(err.message, "\r\n\033"));
    HOLDS(!strstr(err.message, FUZZ_SECRET) && !strstr(err.message, basic));
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct sp_error err = fuzz_no_error();
    struct said said = {.words = fuzz_text(&input),
                        .status = size % 8 ? 128 : (int)(size % 256)};
    struct sp_sink sink = {.size = sizeof sink, .ctx = &said, .git_remote = on_git_remote};
    struct sp_instance *instance = fuzz_instance();
    struct bb_repository repository = {.key = (char[]){"PROJ"}, .slug = (char[]){"repo"}};
    struct bb_call *call;

    if (!said.status)
        said.status = 1;
    HOLDS(!bb_call_open(instance, &sink, &call, &err));
    HOLDS(bb_send_git_remote(call, &repository, &err));
    bb_call_close(call);
    bb_close(instance);
    free(said.words);
    return 0;
}
