/* claim.c - see claim.h */
#include "claim.h"

#include "clock.h"
#include "output.h"
#include "range_lock.h"
#include "store/lease.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOOK_AGAIN_MS = 50, POSTPONE_MS = 2000 };

/* 1: the lock is ours.  Beside the store's file; where machines share the store, in the data
 * directory: a process that was stopped may still be at the mirror there. */
static int lock(const struct sh_host *host, const struct sh_scope *scope, int *ret,
                struct sp_error *err)
{
    char *path = NULL;

    *ret = -1;
    if ((host->presence
             ? asprintf(&path, "%s/claims-%s", host->options.data, scope->connection)
             : asprintf(&path, "%s-claims-%s", host->options.store, scope->connection)) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    *ret = sh_range_open(path, err);
    free(path);
    if (*ret < 0)
        return err->code;
    if (sh_range_take(*ret, scope->repository_id & INT64_MAX))
        return 1;
    close(*ret);
    *ret = -1;
    return 0;
}

void sh_claim_give_row(struct sh_presence *presence, const struct sh_scope *scope)
{
    struct sp_error ignored;

    if (sh_lease_give(scope, &ignored))
        sh_presence_renew(presence);
}

void sh_claim_failed(struct sh_host *host)
{
    if (host->store->is_unsure)
        sh_presence_renew(host->presence);
}

void sh_claim_postpone_row(struct sh_presence *presence, const struct sh_scope *scope)
{
    struct sp_error ignored;

    if (sh_lease_postpone(scope, sh_now_ms() + POSTPONE_MS, &ignored))
        sh_presence_renew(presence);
}

int sh_claim_take_fenced(struct sh_host *host, const struct sh_scope *scope, int64_t worker,
                         struct sh_claim *ret, struct sp_error *err)
{
    int rc;

    *ret = (struct sh_claim){-1, worker, host->presence, *scope};
    rc = lock(host, scope, &ret->file, err);
    if (rc <= 0 && scope->fence)
        sh_claim_postpone_row(host->presence, scope);
    return rc;
}

int sh_claim_take(struct sh_host *host, const char *connection, int64_t repository_id,
                  struct sh_claim *ret, struct sp_error *err)
{
    struct sh_scope scope = {host->store, connection, repository_id, 0, 0};
    struct sh_worker_row worker = {0};
    int rc = sh_host_need_presence(host, err);

    *ret = SH_CLAIM_NONE;
    if (rc)
        return rc;
    if (host->presence) {
        worker = sh_presence_worker(host->presence);
        scope.fence = sh_lease_take(&scope, &worker, sh_now_ms(), err);
        if (scope.fence < 0)
            sh_claim_failed(host);
        if (scope.fence <= 0)
            return (int)scope.fence;
    }
    return sh_claim_take_fenced(host, &scope, worker.id, ret, err);
}

void sh_claim_give(struct sh_claim *claim)
{
    if (claim->file >= 0 && claim->scope.fence)
        sh_claim_give_row(claim->presence, &claim->scope);
    if (claim->file >= 0)
        close(claim->file);
    claim->file = -1;
}

bool sh_claim_any_is_taken(const char *store)
{
    char *pattern = NULL;
    glob_t found = {0};
    bool is_taken = false;

    if (asprintf(&pattern, "%s-claims-*", store) < 0)
        return false;
    glob(pattern, 0, NULL, &found);
    free(pattern);
    for (size_t i = 0; i < found.gl_pathc && !is_taken; i++) {
        struct sp_error ignored;
        int file = sh_range_open(found.gl_pathv[i], &ignored);

        is_taken = file >= 0 && sh_range_any_is_held(file);
        if (file >= 0)
            close(file);
    }
    globfree(&found);
    return is_taken;
}

int sh_claim_wait(struct sh_host *host, const char *connection, int64_t repository_id,
                  struct sh_claim *ret, struct sp_error *err)
{
    const struct sh_scope scope = {host->store, connection, repository_id, 0, 0};
    char holder[64];
    bool told = false;
    int rc;

    while ((rc = sh_claim_take(host, connection, repository_id, ret, err)) == 0) {
        if (sh_stopping())
            return sp_error_set(err, SP_ERR_CANCELLED, "%s: stopped", connection);
        if (!told && !sh_job_holder(&scope, holder, sizeof holder, err))
            sh_complain("%s: %s %s it now; waiting for that", connection, holder,
                        repository_id ? "imports from" : "lists");
        told = true;
        usleep(LOOK_AGAIN_MS * 1000);
    }
    return rc < 0 ? rc : SP_OK;
}
