/* importing.c - see importing.h */
#include "ingest/importing.h"

#include "clock.h"
#include "signals.h"
#include "space.h"

enum { LOOK_AT_DISK_MS = 1000 };

int sh_importing_cancelled(void *ctx)
{
    struct sh_importing *importing = ctx;
    int64_t ticks = sh_ticks_ms();

    if (!importing->shortage.code && ticks - importing->looked_ticks >= LOOK_AT_DISK_MS) {
        importing->looked_ticks = ticks;
        sh_space_check(importing->host, &importing->shortage);
    }
    return importing->shortage.code || sh_stopping();
}

int sh_importing_call(struct sh_importing *importing, struct sh_connection *connection,
                      const struct sp_import *what, const struct sp_sink *sink,
                      struct sp_error *err)
{
    int rc;

    importing->run->requests -= sh_account_requests();
    sh_account_work_as(importing->worker);
    rc = sp_connection_import(connection->live, what, sink, err);
    sh_account_work_as(0);
    importing->run->requests += sh_account_requests();
    sh_account_rest(connection->account);
    /* That ended it; the room that its end has made is no reason to begin anew at once. */
    if (rc && importing->shortage.code) {
        *err = importing->shortage;
        return err->code;
    }
    /* Where Git or the store ended it, they have told why. */
    if (rc && importing->err.code)
        *err = importing->err;
    return sh_account_excuse(connection->account, rc, err);
}

void sh_importing_trace(const struct sh_importing *importing, int64_t began_ns, int rc)
{
    const struct sh_run *run = importing->run;

    SH_TRACE(began_ns, importing->helps ? "help" : "import", importing->path,
             SH_FACT_TEXT("connection", importing->scope.connection),
             SH_FACT_TEXT("result", sp_code_name(rc)), SH_FACT("commits", run->commits),
             SH_FACT("pull_requests", run->pull_requests),
             SH_FACT("activities", run->activities), SH_FACT("requests", run->requests));
}
