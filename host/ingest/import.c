/* import.c - see import.h
 *
 * The sink of a provider's import.  Git comes first: the mirror is fetched and read into the
 * store while the provider waits in git_remote.  Then each pull request is gathered aside
 * and stored at its end.
 */
#include "ingest/import.h"

#include "breaker.h"
#include "clock.h"
#include "git/git.h"
#include "ingest/history.h"
#include "ingest/importing.h"
#include "store/catalog.h"
#include "store/review.h"

#include <stdio.h>
#include <stdlib.h>

static int on_git_remote(void *ctx, const struct sp_git_remote *remote)
{
    return sh_ingest_history(ctx, remote);
}

static int on_known_revision(void *ctx, int64_t number, char *revision, size_t size)
{
    struct sh_importing *importing = ctx;

    return sh_review_revision(&importing->scope, number, revision, size, &importing->err);
}

static int on_has_commit(void *ctx, const char *sha)
{
    struct sh_importing *importing = ctx;

    return sh_history_has(&importing->scope, sha, &importing->err);
}

static int on_begin(void *ctx, int64_t number)
{
    struct sh_importing *importing = ctx;

    importing->number = number;
    importing->position = 0;
    importing->pending_activities = 0;
    return sh_review_begin(&importing->scope, &importing->err);
}

static int on_commit(void *ctx, const struct sp_commit *commit)
{
    struct sh_importing *importing = ctx;
    int rc = sh_review_commit(&importing->scope, importing->number, importing->position++,
                              commit->sha, &importing->err);

    return rc ? rc : sh_review_commit_facts(&importing->scope, commit, &importing->err);
}

static int on_activity(void *ctx, const struct sp_activity *activity)
{
    struct sh_importing *importing = ctx;

    importing->pending_activities++;
    return sh_review_activity(&importing->scope, importing->number, activity, &importing->err);
}

static int on_range_commit(void *ctx, const char *sha)
{
    struct sh_importing *importing = ctx;

    return sh_review_commit(&importing->scope, importing->number, importing->position++, sha,
                            &importing->err);
}

/* The commits that the source had and the target had not.  After a merge the target's end may
 * be told as it is now, with the source in it: then its end before the merge counts. */
static int take_range(struct sh_importing *importing,
                      const struct sp_pull_request *pull_request)
{
    char before[64];
    int rc = sh_git_range(importing->mirror, pull_request->from_commit, pull_request->to_commit,
                          on_range_commit, importing, &importing->err);

    if (rc || importing->position > 0 || !pull_request->merge_commit)
        return rc;
    rc = sh_history_first_parent(&importing->scope, pull_request->merge_commit, before,
                                 sizeof before, &importing->err);
    if (rc || !*before)
        return rc;
    return sh_git_range(importing->mirror, pull_request->from_commit, before, on_range_commit,
                        importing, &importing->err);
}

static int on_end(void *ctx, const struct sp_pull_request *pull_request)
{
    struct sh_importing *importing = ctx;
    int rc = SP_OK;

    if (pull_request->flags & SP_PULL_REQUEST_COMMITS_IN_GIT)
        rc = take_range(importing, pull_request);
    if (!rc)
        rc = sh_review_end(&importing->scope, pull_request, &importing->err);
    if (rc)
        return rc;
    importing->run->pull_requests++;
    importing->run->activities += importing->pending_activities;
    return SP_OK;
}

static void on_progress(void *ctx, const struct sp_progress *progress)
{
    const struct sh_importing *importing = ctx;

    sh_progress_tell(importing->progress, importing->path, progress->what, progress->done,
                     progress->total);
}

static int call(struct sh_importing *importing, struct sh_connection *connection,
                struct sp_error *err)
{
    struct sp_import what = {
        .size = sizeof what,
        .repository_id = importing->scope.repository_id,
        .path = importing->path,
    };
    struct sp_sink sink = {
        .size = sizeof sink,
        .ctx = importing,
        .git_remote = on_git_remote,
        .known_revision = on_known_revision,
        .has_commit = on_has_commit,
        .pull_request_begin = on_begin,
        .pull_request_commit = on_commit,
        .activity = on_activity,
        .pull_request_end = on_end,
        .progress = on_progress,
        .cancelled = sh_cancelled,
    };
    int rc = sp_connection_import(connection->live, &what, &sink, err);

    /* Where Git or the store ended it, they have told why. */
    if (rc && importing->err.code)
        *err = importing->err;
    return rc;
}

static int not_listed(const struct sh_selected *selected, struct sp_error *err)
{
    return sp_error_set(
        err, SP_ERR_NOT_FOUND,
        "%s is not listed any more: it was deleted or moved, the account may no "
        "longer see it, or a setting leaves it out; what was imported is kept",
        selected->path);
}

int sh_import(struct sh_host *host, struct sh_connection *connection,
              const struct sh_selected *selected, struct sh_progress *progress,
              struct sh_run *run, struct sp_error *err)
{
    struct sh_importing importing = {
        .scope = {host->store, connection->name, selected->id},
        .path = selected->path,
        .progress = progress,
        .run = run,
    };
    struct sp_error store_err;
    int rc, journal_rc;

    *run = (struct sh_run){.started_ms = sh_now_ms()};
    sp_error_clear(&importing.err);
    if (asprintf(&importing.mirror, "%s/mirrors/%s/%lld.git", host->options.data,
                 connection->name, (long long)selected->id) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    rc = sh_journal_start(&importing.scope, run, err);
    if (!rc)
        rc = sh_breaker_check(host, connection, err);
    if (!rc)
        rc = selected->listed ? call(&importing, connection, err) : not_listed(selected, err);
    rc = sh_breaker_note(host, connection, rc, err);
    free(importing.mirror);
    sh_progress_clear(progress);
    journal_rc =
        sh_journal_finish(&importing.scope, run, rc, err->message, sh_now_ms(), &store_err);
    if (!rc && journal_rc)
        *err = store_err;
    return rc ? rc : journal_rc;
}
