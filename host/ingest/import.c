/* import.c - see import.h
 *
 * Git comes first: the mirror is fetched and read into the store while the provider waits in
 * git_remote.  Then come the pull requests (reviews.h).
 */
#include "ingest/import.h"

#include "clock.h"
#include "git/git.h"
#include "ingest/due.h"
#include "ingest/history.h"
#include "ingest/importing.h"
#include "ingest/ranges.h"
#include "ingest/reviews.h"
#include "ingest/sharing.h"
#include "output.h"
#include "space.h"
#include "store/catalog.h"
#include "store/choice.h"
#include "store/person.h"
#include "store/review.h"
#include "store/split.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAUSE_MS = 5 * 60 * 1000 }; /* of imports, where nothing else is known */

static int on_git_remote(void *ctx, const struct sp_git_remote *remote)
{
    struct sh_importing *importing = ctx;

    importing->has_git = true;
    return sh_ingest_history(importing, remote);
}

static int on_held(void *ctx, int64_t after, int64_t since_ms, int64_t *number)
{
    struct sh_importing *importing = ctx;

    return sh_review_held(&importing->scope, after, since_ms, number, &importing->err);
}

static int on_gone(void *ctx, int64_t number)
{
    struct sh_importing *importing = ctx;

    return sh_review_drop(&importing->scope, number, &importing->err);
}

static int on_person(void *ctx, const struct sp_person *person)
{
    struct sh_importing *importing = ctx;

    return sh_person_note(&importing->scope, person, &importing->err);
}

static int on_left_out(void *ctx, const char *setting, int64_t n)
{
    struct sh_run *run = ((struct sh_importing *)ctx)->run;

    snprintf(run->left_out_setting, sizeof run->left_out_setting, "%s", setting);
    run->left_out = n;
    return SP_OK;
}

/* It is worth something when nothing was left to others. */
static int on_cursor(void *ctx, const char *cursor)
{
    const struct sh_importing *importing = ctx;
    struct sh_run *run = importing->run;

    if (importing->sharing.has_left)
        return SP_OK;
    snprintf(run->cursor, sizeof run->cursor, "%s", cursor);
    run->has_cursor = true;
    return SP_OK;
}

static void on_progress(void *ctx, const struct sp_progress *progress)
{
    struct sh_importing *importing = ctx;

    sh_tell(&importing->telling, "importing", progress->what, progress->done, progress->total);
}

static void on_waiting(void *ctx, int64_t until_ms, const struct sp_error *why)
{
    sh_tell_wait(&((struct sh_importing *)ctx)->telling, until_ms, why);
}

static int call(struct sh_importing *importing, struct sh_connection *connection,
                struct sp_error *err)
{
    struct sp_import what = {
        .size = sizeof what,
        .repository_id = importing->scope.repository_id,
        .path = importing->path,
        .cursor = importing->run->has_cursor ? importing->run->cursor : NULL,
    };
    struct sp_sink sink = {
        .size = sizeof sink,
        .ctx = importing,
        .git_remote = importing->has_git ? NULL : on_git_remote,
        .held_pull_request = on_held,
        .pull_request_gone = on_gone,
        .person = on_person,
        .left_out = on_left_out,
        .cursor = on_cursor,
        .progress = on_progress,
        .waiting = on_waiting,
        .cancelled = sh_importing_cancelled,
    };

    sh_reviews_sink(&sink);
    return sh_importing_call(importing, connection, &what, &sink, err);
}

/* The server's fault is none of those that came before it: what git tells of them is kept. */
static void finish_what_came(struct sh_importing *importing)
{
    if (importing->err.code || sh_importing_cancelled(importing))
        return;
    sh_ranges_finish(importing);
    sp_error_clear(&importing->err);
}

/* In one pass, or where others share it, in as many as it takes until nothing is left to them;
 * what they could not do without the mirror comes then. */
static int call_until_whole(struct sh_importing *importing, struct sh_connection *connection,
                            struct sp_error *err)
{
    bool again = true;
    int rc = SP_OK, ours = SP_OK;

    while (again && !ours) {
        rc = call(importing, connection, err);
        if (rc && rc != SP_ERR_PARTIAL) {
            finish_what_came(importing);
            return rc;
        }
        ours = sh_ranges_finish(importing);
        if (!ours)
            ours = sh_sharing_gather(importing, rc == SP_OK, &again);
    }
    if (!ours)
        ours = sh_reviews_complete(importing);
    if (ours)
        *err = importing->err;
    return ours ? ours : rc;
}

static int offline(const struct sh_selected *selected, struct sp_error *err)
{
    return sp_error_set(err, SP_ERR_UNAVAILABLE,
                        "%s cannot be read now: the server says that it is %s; what was "
                        "imported is kept, and each sync tries again",
                        selected->path, selected->state);
}

/* What is listed has the server's word for its state.  Of what is not, only an attempt tells:
 * the provider makes sure that the path has not become another's. */
static int note_state(const struct sh_importing *importing, int code, struct sp_error *err)
{
    const struct sh_scope *scope = &importing->scope;
    const char *state = code == SP_ERR_NOT_FOUND   ? "DELETED"
                        : code == SP_ERR_FORBIDDEN ? "FORBIDDEN"
                                                   : NULL;

    return state ? sh_catalog_set_state(scope, state, sh_now_ms(), err) : SP_OK;
}

/* Two that were imported together part, each time a little. */
static uint64_t spread(const struct sh_selected *selected, int64_t now_ms)
{
    return (uint64_t)selected->id * 7919 + (uint64_t)now_ms;
}

/* As long as the server asked for; Git does not tell how long that is. */
static int64_t limited_ms(const struct sp_error *err)
{
    return err->retry_after_ms ? (int64_t)err->retry_after_ms : PAUSE_MS;
}

/* Not by itself when the repository is gone: a listing that has it again makes it due. */
static int64_t next_ms(const struct sh_importing *importing, const struct sh_selected *selected,
                       int code, const struct sp_error *err, int64_t now_ms)
{
    const struct sh_run *run = importing->run;

    if (code == SP_OK || code == SP_ERR_PARTIAL)
        return sh_due_sync(&importing->host->configuration.pace, 0, run->changed_ms,
                           spread(selected, now_ms), now_ms);
    if (code == SH_ERR_PAUSED)
        return now_ms + PAUSE_MS;
    if (code == SP_ERR_RATE_LIMIT)
        return now_ms + limited_ms(err);
    if (code == SP_ERR_CANCELLED || code == SP_ERR_LOGIN)
        return now_ms;
    if (!selected->listed && (code == SP_ERR_NOT_FOUND || code == SP_ERR_FORBIDDEN))
        return 0;
    return sh_due_sync(&importing->host->configuration.pace, run->failures + 1, 0, 0, now_ms);
}

/* A failure of the connection, unless Git or the store had it: that was met in this one. */
static int blame_connection(const struct sh_importing *importing,
                            const struct sh_selected *selected, struct sh_result result,
                            const struct sp_error *why, struct sp_error *err)
{
    struct sh_scope listing = {importing->scope.store, importing->scope.connection, 0, 0, 0};
    struct sh_job_row job;
    int rc;

    if (!sh_concerns_connection(result.code) || importing->err.code || selected->offline)
        return SP_OK;
    rc = sh_job_read(&listing, &job, err);
    if (rc)
        return rc;
    result.next_ms =
        sh_due_listing(&importing->host->configuration.pace, job.failures + 1, result.now_ms);
    if (result.code == SP_ERR_RATE_LIMIT)
        result.next_ms = result.now_ms + limited_ms(why);
    return sh_job_blame_connection(&listing, &result, err);
}

/* Keeps how it went.  Returns rc, or what went wrong in that, with err filled. */
static int finish(const struct sh_importing *importing, const struct sh_selected *selected,
                  int rc, struct sp_error *err)
{
    struct sh_result result = {.code = rc, .message = err->message, .now_ms = sh_now_ms()};
    struct sp_error store_err;
    int store_rc = selected->listed ? SP_OK : note_state(importing, rc, &store_err);

    /* A clock that is wrong somewhere else shall not make it busy for years. */
    if (!importing->run->changed_ms || importing->run->changed_ms > result.now_ms)
        importing->run->changed_ms = result.now_ms;
    result.next_ms = next_ms(importing, selected, rc, err, result.now_ms);
    if (!store_rc)
        store_rc = sh_journal_finish(&importing->scope, importing->run, &result, &store_err);
    if (!store_rc)
        store_rc = blame_connection(importing, selected, result, err, &store_err);
    if (rc || !store_rc)
        return rc;
    *err = store_err;
    return store_rc;
}

/* What takes the room may be what we left here ourselves, when we were killed. */
static int check_space(const struct sh_importing *importing, struct sp_error *err)
{
    const struct sh_scope *scope = &importing->scope;
    char *mirror;

    if (!sh_space_check(importing->host, NULL))
        return SP_OK;
    mirror = sh_host_mirror(importing->host, scope->connection, scope->repository_id);
    if (mirror)
        sh_git_sweep(mirror);
    free(mirror);
    return sh_space_check(importing->host, err);
}

/* Nothing is asked of the server, and no run is noted. */
static int pause_import(const struct sh_importing *importing, const struct sp_error *err)
{
    int64_t now_ms = sh_now_ms();
    struct sp_error store_err;

    if (sh_job_pause(&importing->scope, err->message, now_ms, now_ms + PAUSE_MS, &store_err))
        sh_complain_of(importing->path, &store_err);
    return err->code;
}

/* A removal waits for whoever has the claim: what is asked now holds until the import ends. */
static int check_choice(const struct sh_importing *importing, struct sp_error *err)
{
    bool is_imported;
    int rc = sh_choice_is_imported(&importing->scope, &is_imported, err);

    return rc || is_imported
               ? rc
               : sp_error_set(err, SP_ERR_CANCELLED, "left out, as it was removed meanwhile");
}

int sh_import(struct sh_host *host, struct sh_connection *connection,
              const struct sh_claim *claim, const struct sh_selected *selected,
              struct sh_progress *progress, struct sh_run *run, struct sp_error *err)
{
    struct sh_importing importing = {
        .scope = claim->scope,
        .worker = claim->worker,
        .path = selected->path,
        .host = host,
        .run = run,
    };
    int64_t began_ns = sh_trace_begin();
    int rc;

    importing.telling = (struct sh_telling){
        .scope = importing.scope,
        .subject = selected->path,
        .progress = progress,
        .account = connection->account,
    };

    *run = (struct sh_run){.started_ms = sh_now_ms(), .left_out = -1};
    sp_error_clear(&importing.err);
    rc = check_choice(&importing, err);
    if (rc)
        return rc;
    if (check_space(&importing, err))
        return pause_import(&importing, err);
    importing.mirror = sh_host_mirror(host, connection->name, selected->id);
    if (!importing.mirror)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    rc = sh_journal_start(&importing.scope, run, err);
    if (!rc && run->was_split)
        rc = sh_split_forget(&importing.scope, err);
    if (!rc)
        rc = selected->offline ? offline(selected, err)
                               : call_until_whole(&importing, connection, err);
    sh_ranges_clear(&importing); /* before the mirror may be another's */
    rc = finish(&importing, selected, rc, err);
    sh_sharing_clear(&importing);
    free(importing.mirror);
    sh_progress_clear(progress);
    sh_importing_trace(&importing, began_ns, rc);
    return rc;
}
