/* refs.c - what a mirror has, what its remote has */
#include "refs.h"

#include "git_error.h"
#include "run.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct sh_git_text *refs;
    char *head;
    struct sp_error *err;
};

static int take_text(void *ctx, const char *data, size_t len)
{
    struct reader *r = ctx;

    return sh_git_text_add(r->refs, data, len, r->err);
}

/* The length tells the kind of all object names in a repository. */
static int check_sha(const char *line, struct sp_error *err)
{
    size_t len = strspn(line, "0123456789abcdef");

    if (len == SH_GIT_SHA_LEN && line[len] == '\t')
        return 0;
    if (len == 64)
        return sh_git_fail(
            err, SP_ERR_UNSUPPORTED,
            "git: the repository names its objects by SHA-256, which is not supported");
    return sh_git_fail(err, SP_ERR_PROTOCOL, "git: the list of refs cannot be understood");
}

int sh_git_refs_here(const char *dir, struct sh_git_text *refs, struct sp_error *err)
{
    static const char *const args[] = {"for-each-ref", "--format=%(objectname)%09%(refname)",
                                       "refs/heads", "refs/tags", NULL};
    struct reader reader = {.refs = refs, .err = err};
    struct sh_git_run run = {.dir = dir, .args = args, .ctx = &reader, .output = take_text};
    int rc = sh_git_run(&run, err);

    return rc == 0 && refs->len ? check_sha(refs->data, err) : rc;
}

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static int take_head(struct reader *r, char *target)
{
    char *tab = strchr(target, '\t');

    if (!tab || strcmp(tab, "\tHEAD") != 0 || !starts(target, "refs/heads/"))
        return 0;
    free(r->head);
    r->head = strndup(target, (size_t)(tab - target));
    return r->head ? 0 : sh_git_fail(r->err, SP_ERR_NOMEM, "git: no memory for a name");
}

/* "ref: refs/heads/main<tab>HEAD", "SHA<tab>HEAD", "SHA<tab>NAME", "SHA<tab>NAME^{}" */
static int take_line(void *ctx, char *line)
{
    struct reader *r = ctx;
    const char *name;
    size_t len;
    int rc;

    if (starts(line, "ref: "))
        return take_head(r, line + 5);
    rc = check_sha(line, r->err);
    if (rc)
        return rc;
    name = line + SH_GIT_SHA_LEN + 1;
    len = strlen(line);
    if (strcmp(line + len - 3, "^{}") == 0)
        return 0;
    if (!starts(name, "refs/heads/") && !starts(name, "refs/tags/"))
        return 0;
    line[len] = '\n'; /* in the place of its NUL */
    return sh_git_text_add(r->refs, line, len + 1, r->err);
}

/* By version 0 of the protocol this is one request, by version 2 it would be two that say
 * the same: ls-remote never asks a server for less than all its refs and HEAD. */
int sh_git_refs_there(const char *dir, const struct sp_git_remote *remote,
                      const struct sh_git_watch *watch, struct sh_git_text *refs,
                      char **ret_head, struct sp_error *err)
{
    const char *args[] = {"-c",   "protocol.version=0", "ls-remote",   "--symref", remote->url,
                          "HEAD", "refs/heads/*",       "refs/tags/*", NULL};
    struct reader reader = {.refs = refs, .err = err};
    struct sh_git_lines lines = {.fn = take_line, .ctx = &reader, .err = err};
    struct sh_git_run run = {.dir = dir,
                             .args = args,
                             .remote = remote,
                             .watch = watch,
                             .ctx = &lines,
                             .output = sh_git_lines_feed};
    int rc = sh_git_run(&run, err);

    sh_git_lines_clear(&lines);
    if (rc == 0 && refs->len == 0)
        rc = sh_git_refs_confirm_none(dir, remote, watch, err);
    if (rc)
        free(reader.head);
    else
        *ret_head = reader.head;
    return rc;
}

static void seek_service(void *ctx, const char *line)
{
    if (strstr(line, "# service=git-upload-pack"))
        *(bool *)ctx = true;
}

int sh_git_refs_confirm_none(const char *dir, const struct sp_git_remote *remote,
                             const struct sh_git_watch *watch, struct sp_error *err)
{
    const char *args[] = {"-c", "protocol.version=0", "ls-remote", remote->url, "HEAD", NULL};
    bool git = false;
    struct sh_git_run run = {.dir = dir,
                             .args = args,
                             .remote = remote,
                             .watch = watch,
                             .extra = "GIT_TRACE_PACKET=1",
                             .ctx = &git,
                             .line = seek_service};
    int rc = sh_git_run(&run, err);

    if (rc || git)
        return rc;
    return sh_git_fail(err, SP_ERR_PROTOCOL,
                       "git: the address answers with a page, not as a Git server does; is a "
                       "login page or a proxy in the way?");
}

int sh_git_refs_set_head(const char *dir, const char *branch, struct sp_error *err)
{
    const char *args[] = {"symbolic-ref", "HEAD", branch, NULL};

    return sh_git_run(&(struct sh_git_run){.dir = dir, .args = args}, err);
}
