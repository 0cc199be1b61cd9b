/* listing.c - see listing.h */
#include "ingest/listing.h"

#include "clock.h"
#include "ingest/telling.h"
#include "output.h"
#include "store/catalog.h"
#include "store/journal.h"
#include "store/listing.h"
#include "trace.h"

struct listing {
    struct sh_store *store;
    const char *connection;
    struct sh_telling telling;
    struct sp_error *err;
};

static int on_organization(void *ctx, const struct sp_organization *organization)
{
    const struct listing *listing = ctx;

    return sh_listing_organization(listing->store, listing->connection, organization,
                                   listing->err);
}

static int on_repository(void *ctx, const struct sp_repository *repository)
{
    const struct listing *listing = ctx;

    return sh_listing_repository(listing->store, listing->connection, repository, listing->err);
}

static int on_move(void *ctx, const char *old_path, const char *path)
{
    const struct listing *listing = ctx;

    sh_complain("%s: %s is now %s", listing->connection, old_path, path);
    return 0;
}

static int on_complete(void *ctx)
{
    struct listing *listing = ctx;
    int64_t now_ms = sh_now_ms();
    int rc = sh_listing_end(&listing->telling.scope, now_ms, listing->err);

    return rc ? rc
              : sh_listing_moves(listing->store, listing->connection, now_ms, on_move, ctx,
                                 listing->err);
}

static void on_progress(void *ctx, const struct sp_progress *progress)
{
    struct listing *listing = ctx;

    sh_tell(&listing->telling, "listing", progress->what, progress->done, progress->total);
}

static void on_waiting(void *ctx, int64_t until_ms, const struct sp_error *why)
{
    sh_tell_wait(&((struct listing *)ctx)->telling, until_ms, why);
}

static int enumerate(struct listing *listing, struct sh_connection *connection, uint64_t held,
                     struct sp_error *err)
{
    struct sp_sink sink = {
        .size = sizeof sink,
        .ctx = listing,
        .organization = on_organization,
        .repository = on_repository,
        .complete = on_complete,
        .progress = on_progress,
        .waiting = on_waiting,
        .cancelled = sh_cancelled,
        .held_repositories = held,
    };
    int64_t began_ns = sh_trace_begin();
    int rc = sp_connection_enumerate(connection->live, &sink, err);

    SH_TRACE(began_ns, "listing", connection->name, SH_FACT_TEXT("result", sp_code_name(rc)));

    sh_account_rest(connection->account);
    /* What ended the call may have been the store, whose own words are in listing->err. */
    if (rc && listing->err->code)
        *err = *listing->err;
    return sh_account_excuse(connection->account, rc, err);
}

/* When to list again; never by itself while the login is refused. */
static int64_t next_ms(const struct sh_pace *pace, const struct sh_run *run, int64_t now_ms,
                       int rc, const struct sp_error *err)
{
    if (rc == SP_ERR_CANCELLED)
        return now_ms;
    if (rc == SP_ERR_RATE_LIMIT && err->retry_after_ms)
        return now_ms + err->retry_after_ms;
    return sh_due_listing(pace, rc ? run->failures + 1 : 0, now_ms);
}

static int finish(const struct sh_host *host, const struct sh_scope *scope,
                  const struct sh_run *run, int rc, struct sp_error *err)
{
    struct sh_result result = {.code = rc, .message = err->message, .now_ms = sh_now_ms()};
    struct sp_error store_err;
    int store_rc;

    result.next_ms = next_ms(&host->configuration.pace, run, result.now_ms, rc, err);
    store_rc = sh_journal_finish(scope, run, &result, &store_err);
    if (!rc && !store_rc)
        store_rc = sh_jobs_revive(scope->store, scope->connection, result.now_ms, &store_err);
    if (!rc && store_rc)
        *err = store_err;
    return rc ? rc : store_rc;
}

int sh_list(struct sh_host *host, struct sh_connection *connection,
            const struct sh_claim *claim, struct sh_progress *progress, struct sp_error *err)
{
    struct sp_error store_err;
    struct sh_scope scope = claim->scope;
    struct listing listing = {
        .store = host->store,
        .connection = connection->name,
        .telling = {.scope = scope,
                    .subject = connection->name,
                    .progress = progress,
                    .account = connection->account},
        .err = &store_err,
    };
    struct sh_run run = {.started_ms = sh_now_ms(), .left_out = -1};
    uint64_t held;
    int rc;

    sp_error_clear(&store_err);
    rc = sh_catalog_connection(host->store, connection->name, connection->provider->name,
                               connection->file->owner, err);
    if (!rc)
        rc = sh_journal_start(&scope, &run, err);
    if (!rc)
        rc = sh_listing_held(host->store, connection->name, &held, err);
    if (!rc)
        rc = sh_listing_begin(host->store, err);
    if (rc)
        return rc;
    run.requests = -sh_account_requests();
    sh_account_work_as(claim->worker);
    rc = enumerate(&listing, connection, held, err);
    sh_account_work_as(0);
    run.requests += sh_account_requests();
    sh_progress_clear(progress);
    return finish(host, &scope, &run, rc, err);
}
