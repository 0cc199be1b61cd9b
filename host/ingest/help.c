/* help.c - see help.h */
#include "ingest/help.h"

#include "clock.h"
#include "ingest/reviews.h"
#include "ingest/sharing.h"
#include "store/split.h"

static void on_waiting(void *ctx, int64_t until_ms, const struct sp_error *why)
{
    const struct sh_importing *importing = ctx;

    (void)why;
    sh_account_limited(importing->telling.account, until_ms);
}

static int call(struct sh_importing *importing, struct sh_connection *connection,
                struct sp_error *err)
{
    struct sp_import what = {
        .size = sizeof what,
        .repository_id = importing->scope.repository_id,
        .path = importing->path,
        .flags = SP_IMPORT_PART,
    };
    struct sp_sink sink = {
        .size = sizeof sink,
        .ctx = importing,
        .waiting = on_waiting,
        .cancelled = sh_importing_cancelled,
    };

    sh_reviews_sink(&sink);
    return sh_importing_call(importing, connection, &what, &sink, err);
}

/* What cannot be noted is only how much it was. */
static void note(const struct sh_scope *scope, const struct sh_run *run, int rc,
                 const struct sp_error *err)
{
    struct sh_result result = {.code = rc, .message = err->message, .now_ms = sh_now_ms()};
    struct sp_error ignored;

    sh_journal_helped(scope, run, &result, &ignored);
}

int sh_help(struct sh_host *host, struct sh_connection *connection,
            const struct sh_scope *scope, const struct sh_selected *selected,
            struct sh_run *run, struct sp_error *err)
{
    struct sh_importing importing = {
        .scope = *scope,
        .worker = scope->helper,
        .helps = true,
        .path = selected->path,
        .host = host,
        .run = run,
        .telling = {.account = connection->account},
    };
    struct sp_error leave_err;
    int64_t began_ns = sh_trace_begin();
    int rc;

    *run = (struct sh_run){.started_ms = sh_now_ms(), .left_out = -1};
    run->round_ms = run->started_ms;
    sp_error_clear(&importing.err);
    rc = call(&importing, connection, err);
    note(scope, run, rc, err);
    if (sh_split_leave(scope, &leave_err))
        sh_presence_renew(host->presence);
    sh_sharing_clear(&importing);
    sh_importing_trace(&importing, began_ns, rc);
    return rc;
}
