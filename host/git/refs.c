/* refs.c - what a mirror has, what its remote has */
#define _GNU_SOURCE 1 /* strchrnul */
#include "refs.h"

#include "git_error.h"
#include "run.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct sh_git_refs *refs;
    char *head;
    struct sp_error *err;
    bool is_git; /* it speaks as a Git server does */
};

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The length tells the kind of all object names in a repository. */
static int check_sha(const char *line, struct sp_error *err)
{
    size_t len = strspn(line, "0123456789abcdef");

    if (len == SH_GIT_SHA_LEN && line[len] == '\t')
        return 0;
    if (len == 64)
        return sp_error_set(
            err, SP_ERR_UNSUPPORTED,
            "git: the repository names its objects by SHA-256, which is not supported");
    return sp_error_set(err, SP_ERR_PROTOCOL, "git: the list of refs cannot be understood");
}

/* "SHA<tab>NAME" goes into the text for its kind; other refs are nobody's business. */
static int take_ref(void *ctx, char *line)
{
    struct reader *r = ctx;
    struct sh_process_text *text = NULL;
    size_t len = strlen(line);
    const char *name;
    int rc = check_sha(line, r->err);

    if (rc)
        return rc;
    name = line + SH_GIT_SHA_LEN + 1;
    if (starts(name, "refs/heads/") || starts(name, "refs/tags/"))
        text = &r->refs->branches;
    else if (starts(name, "refs/pull-requests/"))
        text = &r->refs->heads;
    if (!text)
        return 0;
    line[len] = '\n'; /* in the place of its NUL */
    return sh_process_text_add(text, line, len + 1, r->err);
}

int sh_git_refs_here(const char *dir, const struct sh_git_watch *watch,
                     struct sh_git_refs *refs, struct sp_error *err)
{
    static const char *const args[] = {
        "for-each-ref",       "--format=%(objectname)%09%(refname)",
        "refs/heads",         "refs/tags",
        "refs/pull-requests", NULL};
    struct reader reader = {.refs = refs, .err = err};
    struct sh_process_lines lines = {.fn = take_ref, .ctx = &reader, .err = err};

    return sh_git_ask(dir, args, NULL, watch, &lines);
}

void sh_git_refs_clear(struct sh_git_refs *refs)
{
    sh_process_text_clear(&refs->branches);
    sh_process_text_clear(&refs->heads);
}

/* ---- Comparison ------------------------------------------------------------ */

static size_t line_length(const char *line)
{
    return (size_t)(strchrnul(line, '\n') - line) + 1;
}

/* By name, as both texts are sorted. */
static int compare(const char *a, const char *b)
{
    const char *x = a + SH_GIT_SHA_LEN + 1, *y = b + SH_GIT_SHA_LEN + 1;
    size_t x_len = line_length(x), y_len = line_length(y);
    int order = memcmp(x, y, (x_len < y_len ? x_len : y_len) - 1);

    return order ? order : (x_len > y_len) - (x_len < y_len);
}

/* Calls fn for each line of `a` whose name is not in `b`, or there with another object when
 * `same` is set. */
static int each_missing(const struct sh_process_text *a, const struct sh_process_text *b,
                        bool same, int (*fn)(void *ctx, const char *line, size_t len),
                        void *ctx)
{
    const char *x = a->data, *y = b->data;
    int rc = 0;

    while (rc == 0 && x && *x) {
        size_t len = line_length(x);
        int order = y && *y ? compare(x, y) : -1;

        if (order > 0) {
            y += line_length(y);
            continue;
        }
        if (order < 0 || (same && memcmp(x, y, len) != 0))
            rc = fn(ctx, x, len);
        x += len;
    }
    return rc;
}

static int stop(void *ctx, const char *line, size_t len)
{
    (void)ctx, (void)line, (void)len;
    return 1;
}

bool sh_git_refs_up_to_date(const struct sh_git_refs *here, const struct sh_git_refs *there)
{
    return sh_process_text_same(&here->branches, &there->branches) &&
           each_missing(&there->heads, &here->heads, true, stop, NULL) == 0;
}

struct deletion {
    struct sh_process_text orders;
    struct sp_error *err;
};

static int add_deletion(void *ctx, const char *line, size_t len)
{
    struct deletion *d = ctx;
    int rc = sh_process_text_add(&d->orders, "delete ", 7, d->err);

    return rc ? rc
              : sh_process_text_add(&d->orders, line + SH_GIT_SHA_LEN + 1,
                                    len - SH_GIT_SHA_LEN - 1, d->err);
}

int sh_git_refs_prune(const char *dir, const struct sh_git_refs *here,
                      const struct sh_git_refs *there, const struct sh_git_watch *watch,
                      int lock, struct sp_error *err)
{
    static const char *const args[] = {"update-ref", "--stdin", NULL};
    struct deletion d = {.orders = {.max = 2 * SH_GIT_REFS_MAX}, .err = err};
    int rc = each_missing(&here->branches, &there->branches, false, add_deletion, &d);
    struct sh_git_run run = {.dir = dir,
                             .args = args,
                             .watch = watch,
                             .lock = lock,
                             .input = d.orders.data,
                             .input_len = d.orders.len};

    if (rc == 0 && d.orders.len)
        rc = sh_git_run(&run, err);
    sh_process_text_clear(&d.orders);
    return rc;
}

/* ---- The remote ------------------------------------------------------------ */

static int take_head(struct reader *r, char *target)
{
    char *tab = strchr(target, '\t');

    if (!tab || strcmp(tab, "\tHEAD") != 0 || !starts(target, "refs/heads/"))
        return 0;
    free(r->head);
    r->head = strndup(target, (size_t)(tab - target));
    return r->head ? 0 : sp_error_set(r->err, SP_ERR_NOMEM, "git: out of memory for a name");
}

/* "ref: refs/heads/main<tab>HEAD", "SHA<tab>HEAD", "SHA<tab>NAME", "SHA<tab>NAME^{}" */
static int take_line(void *ctx, char *line)
{
    struct reader *r = ctx;

    if (starts(line, "ref: "))
        return take_head(r, line + 5);
    if (strlen(line) > 3 && strcmp(line + strlen(line) - 3, "^{}") == 0)
        return 0;
    return take_ref(r, line);
}

static void seek_service(void *ctx, const char *line)
{
    const struct sh_process_lines *lines = ctx;

    if (strstr(line, "# service=git-upload-pack"))
        ((struct reader *)lines->ctx)->is_git = true;
}

/* By version 0 of the protocol this is one request, by version 2 it would be two that say
 * the same: ls-remote never asks a server for less than all its refs and HEAD. */
int sh_git_refs_there(const char *dir, const struct sp_git_remote *remote,
                      const struct sh_git_watch *watch, bool is_none_expected,
                      struct sh_git_refs *refs, char **ret_head, struct sp_error *err)
{
    const char *args[] = {"-c",
                          "protocol.version=0",
                          "ls-remote",
                          "--symref",
                          remote->url,
                          "HEAD",
                          "refs/heads/*",
                          "refs/tags/*",
                          "refs/pull-requests/*/from",
                          NULL};
    struct reader reader = {.refs = refs, .err = err};
    struct sh_process_lines lines = {.fn = take_line, .ctx = &reader, .err = err};
    struct sh_git_run run = {.dir = dir,
                             .args = args,
                             .remote = remote,
                             .watch = watch,
                             .extra = is_none_expected ? "GIT_TRACE_PACKET=1" : NULL,
                             .ctx = &lines,
                             .output = sh_process_lines_feed,
                             .line = is_none_expected ? seek_service : NULL};
    int rc = sh_git_run(&run, err);

    sh_process_lines_clear(&lines);
    if (rc == 0 && refs->branches.len == 0 && !reader.is_git)
        rc = sh_git_refs_confirm_none(dir, remote, watch, err);
    if (rc)
        free(reader.head);
    else
        *ret_head = reader.head;
    return rc;
}

int sh_git_refs_confirm_none(const char *dir, const struct sp_git_remote *remote,
                             const struct sh_git_watch *watch, struct sp_error *err)
{
    const char *args[] = {"-c", "protocol.version=0", "ls-remote", remote->url, "HEAD", NULL};
    struct reader reader = {.err = err};
    struct sh_process_lines lines = {.ctx = &reader};
    struct sh_git_run run = {.dir = dir,
                             .args = args,
                             .remote = remote,
                             .watch = watch,
                             .extra = "GIT_TRACE_PACKET=1",
                             .ctx = &lines,
                             .line = seek_service};
    int rc = 0;

    if (remote->flags & SP_GIT_LOCAL) /* no page could answer in its place */
        return 0;
    rc = sh_git_run(&run, err);
    if (rc || reader.is_git)
        return rc;
    return sp_error_set(err, SP_ERR_PROTOCOL,
                        "git: the address answers with a page, not as a Git server does; is a "
                        "login page or a proxy in the way?");
}

int sh_git_refs_set_head(const char *dir, const char *branch, struct sp_error *err)
{
    const char *args[] = {"symbolic-ref", "HEAD", branch, NULL};

    return sh_git_run(&(struct sh_git_run){.dir = dir, .args = args}, err);
}
