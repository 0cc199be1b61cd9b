/* claim.c - see claim.h */
#include "claim.h"

#include "output.h"
#include "range_lock.h"
#include "store/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOOK_AGAIN_MS = 50 };

int sh_claim_take(struct sh_host *host, const char *connection, int64_t repository_id,
                  struct sh_claim *ret, struct sp_error *err)
{
    char *path = NULL;

    ret->file = -1;
    if (asprintf(&path, "%s-claims-%s", host->options.store, connection) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    ret->file = sh_range_open(path, err);
    free(path);
    if (ret->file < 0)
        return err->code;
    if (sh_range_take(ret->file, repository_id & INT64_MAX))
        return 1;
    sh_claim_give(ret);
    return 0;
}

void sh_claim_give(struct sh_claim *claim)
{
    if (claim->file >= 0)
        close(claim->file);
    claim->file = -1;
}

int sh_claim_wait(struct sh_host *host, const char *connection, int64_t repository_id,
                  struct sh_claim *ret, struct sp_error *err)
{
    const struct sh_scope scope = {host->store, connection, repository_id};
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
