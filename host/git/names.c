/* names.c - lists of commits for the standard input of git */
#include "names.h"

#include "git_error.h"
#include "run.h"

#include <string.h>

bool sh_git_is_sha(const char *text, char end)
{
    return strspn(text, "0123456789abcdef") == SH_GIT_SHA_LEN && text[SH_GIT_SHA_LEN] == end;
}

int sh_git_names_add(struct sh_process_text *text, const char *mark, const char *const *names,
                     struct sp_error *err)
{
    for (; *names; names++) {
        int rc = 0;

        if (!sh_git_is_sha(*names, '\0'))
            return sp_error_set(err, SP_ERR_INVALID,
                                "git: \"%.80s\" is not the SHA-1 name of a commit", *names);
        rc = sh_process_text_add(text, mark, strlen(mark), err);
        if (rc == 0)
            rc = sh_process_text_add(text, *names, SH_GIT_SHA_LEN, err);
        if (rc == 0)
            rc = sh_process_text_add(text, "\n", 1, err);
        if (rc)
            return rc;
    }
    return 0;
}
