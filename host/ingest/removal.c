/* removal.c - see removal.h */
#include "ingest/removal.h"

#include "claim.h"
#include "clock.h"
#include "git/git.h"
#include "store/removal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct one {
    char *connection;
    int64_t repository_id;
};

struct list {
    const char *only; /* this connection, or NULL */
    struct one *one;
    size_t n;
};

static int add(void *ctx, const struct sh_removal *removal)
{
    struct list *list = ctx;
    struct one *grown = list->one;

    if (list->only && strcmp(list->only, removal->connection) != 0)
        return SP_OK;
    if (list->n % 64 == 0)
        grown = realloc(grown, (list->n + 64) * sizeof *grown);
    if (!grown)
        return SP_ERR_NOMEM;
    list->one = grown;
    grown[list->n] = (struct one){strdup(removal->connection), removal->repository_id};
    return grown[list->n++].connection ? SP_OK : SP_ERR_NOMEM;
}

static void clear(struct list *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->one[i].connection);
    free(list->one);
}

static int remove_mirrors(const struct sh_host *host, const struct sh_scope *scope,
                          struct sp_error *err)
{
    const struct sh_git_watch watch = {.cancelled = sh_cancelled};
    char *path = NULL;
    int rc;

    if (scope->repository_id)
        path = sh_host_mirror(host, scope->connection, scope->repository_id);
    else if (asprintf(&path, "%s/mirrors/%s", host->options.data, scope->connection) < 0)
        path = NULL;
    if (!path)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    rc = scope->repository_id ? sh_git_remove(path, &watch, err)
                              : sh_git_remove_directory(path, &watch, err);
    free(path);
    return rc;
}

/* Whoever claimed it: what is left of it goes, the row that says so last. */
static int end_claimed(const struct sh_host *host, const struct sh_scope *scope,
                       struct sp_error *err)
{
    int rc = sh_removal_delete_rows(scope, err);

    if (!rc)
        rc = remove_mirrors(host, scope, err);
    return rc ? rc : sh_removal_end(scope, err);
}

static int wait_and_end(struct sh_host *host, const struct sh_scope *scope,
                        struct sp_error *err)
{
    struct sh_claim claim;
    int rc = sh_claim_wait(host, scope->connection, scope->repository_id, &claim, err);

    if (rc)
        return rc;
    rc = end_claimed(host, &claim.scope, err);
    sh_claim_give(&claim);
    return rc;
}

/* 1: somebody is at it. */
static int end_unless_claimed(struct sh_host *host, const struct sh_scope *scope,
                              struct sp_error *err)
{
    struct sh_claim claim;
    int rc = sh_claim_take(host, scope->connection, scope->repository_id, &claim, err);

    if (rc <= 0)
        return rc ? rc : 1;
    rc = end_claimed(host, &claim.scope, err);
    sh_claim_give(&claim);
    return rc;
}

static int end_all(struct sh_host *host, const char *only, bool wait, struct sp_error *err)
{
    struct list list = {.only = only};
    bool is_left = false; /* a repository, which the connection itself then waits for */
    int rc;

    sp_error_clear(err);
    rc = sh_removals(host->store, add, &list, err);
    if (rc && !err->code)
        sp_error_set(err, rc, "out of memory");
    for (size_t i = 0; rc >= 0 && i < list.n; i++) {
        const struct sh_scope scope = {host->store, list.one[i].connection,
                                       list.one[i].repository_id, 0, 0};

        if (wait)
            rc = wait_and_end(host, &scope, err);
        else if (scope.repository_id || !is_left)
            rc = end_unless_claimed(host, &scope, err);
        is_left = is_left || rc > 0;
    }
    clear(&list);
    return rc < 0 ? rc : SP_OK;
}

int sh_remove(struct sh_host *host, const char *connection, int64_t repository_id,
              const char *path, struct sp_error *err)
{
    const struct sh_scope scope = {host->store, connection, repository_id, 0, 0};
    int rc = sh_removal_begin(&scope, path, sh_now_ms(), err);

    return rc ? rc : wait_and_end(host, &scope, err);
}

int sh_purge(struct sh_host *host, const char *connection, struct sp_error *err)
{
    int rc = sh_removal_begin_all(host->store, connection, sh_now_ms(), err);

    return rc ? rc : end_all(host, connection, true, err);
}

int sh_removals_end(struct sh_host *host, struct sp_error *err)
{
    return end_all(host, NULL, false, err);
}
