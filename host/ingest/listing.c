/* listing.c - see listing.h */
#include "ingest/listing.h"

#include "clock.h"
#include "output.h"
#include "store/catalog.h"
#include "store/journal.h"

struct listing {
    struct sh_store *store;
    const char *connection;
    struct sh_progress *progress;
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
    int rc = sh_listing_end(listing->store, listing->connection, now_ms, listing->err);

    return rc ? rc
              : sh_catalog_moves(listing->store, listing->connection, now_ms, on_move, ctx,
                                 listing->err);
}

static void on_progress(void *ctx, const struct sp_progress *progress)
{
    const struct listing *listing = ctx;

    sh_progress_tell(listing->progress, listing->connection, progress->what, progress->done,
                     progress->total);
}

static int enumerate(struct listing *listing, struct sh_connection *connection,
                     struct sp_error *err)
{
    struct sp_sink sink = {
        .size = sizeof sink,
        .ctx = listing,
        .organization = on_organization,
        .repository = on_repository,
        .complete = on_complete,
        .progress = on_progress,
        .cancelled = sh_cancelled,
    };
    int rc = sp_connection_enumerate(connection->live, &sink, err);

    sh_account_rest(connection->account);
    /* What ended the call may have been the store, whose own words are in listing->err. */
    if (rc && listing->err->code)
        *err = *listing->err;
    return rc;
}

int sh_list(struct sh_host *host, struct sh_connection *connection,
            struct sh_progress *progress, struct sp_error *err)
{
    struct sp_error store_err;
    struct listing listing = {host->store, connection->name, progress, &store_err};
    struct sh_scope scope = {host->store, connection->name, 0};
    struct sh_run run = {.started_ms = sh_now_ms()};
    int rc, journal_rc;

    sp_error_clear(&store_err);
    rc = sh_catalog_connection(host->store, connection->name, connection->provider->name,
                               connection->file->owner, err);
    if (!rc)
        rc = sh_journal_start(&scope, &run, err);
    if (!rc)
        rc = sh_listing_begin(host->store, err);
    if (rc)
        return rc;
    rc = enumerate(&listing, connection, err);
    sh_progress_clear(progress);
    journal_rc = sh_journal_finish(&scope, &run, rc, err->message, sh_now_ms(), &store_err);
    if (!rc && journal_rc)
        *err = store_err;
    return rc ? rc : journal_rc;
}
