/* read.c - the small questions to a mirror: its refs, its HEAD, ranges of commits */
#define _GNU_SOURCE 1 /* strchrnul */
#include "git.h"

#include "git_error.h"
#include "names.h"
#include "process_lines.h"
#include "refs.h"
#include "run.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX ((size_t)1 << 30)

struct taker {
    int (*ref)(void *ctx, const struct sh_git_ref *ref);
    int (*sha)(void *ctx, const char *sha);
    void *ctx;
    struct sp_error *err;
};

/* ---- Refs ------------------------------------------------------------------ */

/* "SHA<tab>NAME" to "SHA^{} NAME": whatever the ref is on, peeled to the end. */
static int ask_peeled(const struct sh_process_text *refs, struct sh_process_text *ask,
                      struct sp_error *err)
{
    const char *line = refs->data;
    int rc = 0;

    while (rc == 0 && line && *line) {
        const char *lf = strchrnul(line, '\n');
        const char *name = line + SH_GIT_SHA_LEN + 1;

        rc = sh_process_text_add(ask, line, SH_GIT_SHA_LEN, err);
        if (rc == 0)
            rc = sh_process_text_add(ask, "^{} ", 4, err);
        if (rc == 0)
            rc = sh_process_text_add(ask, name, (size_t)(lf - name) + (*lf == '\n'), err);
        line = *lf ? lf + 1 : lf;
    }
    return rc;
}

/* "SHA commit NAME", or "SHA^{} missing" */
static int take_ref(void *ctx, char *line)
{
    const struct taker *t = ctx;
    struct sh_git_ref ref = {.sha = line};
    char *type;

    if (!sh_git_is_sha(line, ' '))
        return sp_error_set(t->err, SH_ERR_MIRROR_DAMAGED,
                            "git: the mirror is damaged, it is made anew by the next sync (%s)",
                            line);
    type = line + SH_GIT_SHA_LEN + 1;
    if (strncmp(type, "commit ", 7) != 0)
        return 0;
    type[-1] = '\0';
    ref.name = type + 7;
    return t->ref(t->ctx, &ref);
}

static int peel(const char *dir, const struct sh_process_text *ask,
                const struct sh_git_watch *watch, struct taker *taker, struct sp_error *err)
{
    static const char *const args[] = {
        "cat-file", "--batch-check=%(objectname) %(objecttype) %(rest)", NULL};
    struct sh_process_lines lines = {.fn = take_ref, .ctx = taker, .err = err};

    return sh_git_ask(dir, args, ask, watch, &lines);
}

int sh_git_refs(const char *dir, const struct sh_git_watch *watch, sh_git_ref_fn fn, void *ctx,
                struct sp_error *err)
{
    struct taker taker = {.ref = fn, .ctx = ctx, .err = err};
    struct sh_git_refs refs = SH_GIT_REFS_INIT;
    struct sh_process_text ask = {.max = 4 * SH_GIT_REFS_MAX};
    int rc = sh_git_refs_here(dir, watch, &refs, err);

    if (rc == 0)
        rc = ask_peeled(&refs.branches, &ask, err);
    if (rc == 0)
        rc = ask_peeled(&refs.heads, &ask, err);
    if (rc == 0 && ask.len)
        rc = peel(dir, &ask, watch, &taker, err);
    sh_git_refs_clear(&refs);
    sh_process_text_clear(&ask);
    return rc;
}

/* ---- HEAD ------------------------------------------------------------------ */

struct copy {
    char **name;
    struct sp_error *err;
};

static int take_branch(void *ctx, char *line)
{
    const struct copy *c = ctx;

    if (*c->name || strncmp(line, "refs/heads/", 11) != 0)
        return sh_git_not_understood(c->err);
    *c->name = strdup(line + 11);
    return *c->name ? 0 : sp_error_set(c->err, SP_ERR_NOMEM, "git: out of memory for a name");
}

int sh_git_default_branch(const char *dir, char **ret_name, struct sp_error *err)
{
    static const char *const args[] = {"symbolic-ref", "HEAD", NULL};
    char *name = NULL;
    struct copy copy = {.name = &name, .err = err};
    struct sh_process_lines lines = {.fn = take_branch, .ctx = &copy, .err = err};
    int rc = sh_git_ask(dir, args, NULL, NULL, &lines);

    if (rc == 0 && !name)
        rc = sh_git_not_understood(err);
    if (rc)
        free(name);
    else
        *ret_name = name;
    return rc;
}

/* ---- Ranges ---------------------------------------------------------------- */

static int take_sha(void *ctx, char *line)
{
    const struct taker *t = ctx;

    return sh_git_is_sha(line, '\0') ? t->sha(t->ctx, line) : sh_git_not_understood(t->err);
}

int sh_git_range(const char *dir, const char *from, const char *to,
                 const struct sh_git_watch *watch, sh_git_sha_fn fn, void *ctx,
                 struct sp_error *err)
{
    static const char *const args[] = {"rev-list", "--date-order", "--stdin", NULL};
    struct taker taker = {.sha = fn, .ctx = ctx, .err = err};
    struct sh_process_lines lines = {.fn = take_sha, .ctx = &taker, .err = err};
    struct sh_process_text names = {.max = NAMES_MAX};
    int rc = sh_git_names_add(&names, "", (const char *const[]){from, NULL}, err);

    if (rc == 0)
        rc = sh_git_names_add(&names, "^", (const char *const[]){to, NULL}, err);
    if (rc == 0)
        rc = sh_git_ask(dir, args, &names, watch, &lines);
    sh_process_text_clear(&names);
    return rc;
}

static int take_count(void *ctx, char *line)
{
    *(uint64_t *)ctx = strtoull(line, NULL, 10);
    return 0;
}

int sh_git_count(const char *dir, const char *const *wanted, const char *const *known,
                 const struct sh_git_watch *watch, uint64_t *ret_count, struct sp_error *err)
{
    static const char *const args[] = {"rev-list", "--count", "--ignore-missing", "--stdin",
                                       NULL};
    uint64_t count = 0;
    struct sh_process_lines lines = {.fn = take_count, .ctx = &count, .err = err};
    struct sh_process_text names = {.max = NAMES_MAX};
    int rc = sh_git_names_add(&names, "", wanted, err);

    if (rc == 0)
        rc = sh_git_names_add(&names, "^", known, err);
    if (rc == 0 && *wanted)
        rc = sh_git_ask(dir, args, &names, watch, &lines);
    sh_process_text_clear(&names);
    if (rc == 0)
        *ret_count = count;
    return rc;
}
