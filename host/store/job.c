/* job.c - see job.h */
#include "store/job.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* After so long an interrupted import is not gone on with: too much will have changed that
 * no revision tells of. */
#define ROUND_MAX_MS (INT64_C(24) * 60 * 60 * 1000)

/* `since` moves only when the state does: it answers "since when". */
static int set_state(const struct sh_scope *scope, const char *state, const char *reason,
                     int64_t now_ms, int64_t next_ms, struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "INSERT INTO job (connection, repository_id, state, reason, since, next_at)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                  " ON CONFLICT (connection, repository_id) DO UPDATE SET"
                  " since = CASE WHEN job.state = excluded.state THEN job.since"
                  " ELSE excluded.since END, next_at = excluded.next_at,"
                  " state = excluded.state, reason = excluded.reason",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(state),
                  SH_TEXT(reason), SH_INT(now_ms), SH_SOME(next_ms));
}

static int take_left(void *ctx, const struct sh_value *column, size_t n)
{
    struct sh_run *run = ctx;

    (void)n;
    run->round_ms = column[0].number;
    run->has_cursor = column[1].text != NULL;
    snprintf(run->cursor, sizeof run->cursor, "%s", column[1].text ? column[1].text : "");
    run->commits_since_ms = column[2].number;
    snprintf(run->mirror_id, sizeof run->mirror_id, "%s", column[3].text ? column[3].text : "");
    run->failures = column[4].number;
    run->changed_ms = column[5].number;
    run->is_first = !column[6].number;
    run->was_split = column[7].number != 0;
    return 0;
}

int sh_job_start(const struct sh_scope *scope, struct sh_run *run, struct sp_error *err)
{
    char holder[64];
    const char *us = holder;
    int rc = set_state(scope, scope->repository_id ? "fetching" : "listing", NULL,
                       run->started_ms, run->started_ms, err);

    snprintf(holder, sizeof holder, "process %ld", (long)getpid());
    if (!rc)
        rc = SH_RUN(scope->store, err,
                    "UPDATE job SET started_at = ?3, holder = ?5, what = NULL, done = NULL,"
                    " total = NULL, round_at = CASE WHEN round_at > ?4 AND round_at <= ?3"
                    " THEN round_at ELSE ?3 END WHERE connection = ?1 AND repository_id = ?2",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                    SH_INT(run->started_ms), SH_INT(run->started_ms - ROUND_MAX_MS),
                    SH_TEXT(us));
    return rc ? rc
              : SH_QUERY(scope->store, err, take_left, run,
                         "SELECT round_at, cursor, commits_since, mirror_id, failures,"
                         " changed_at, succeeded_at, split FROM job"
                         " WHERE connection = ?1 AND repository_id = ?2",
                         SH_TEXT(scope->connection), SH_INT(scope->repository_id));
}

int sh_job_advance(const struct sh_scope *scope, const char *state, const char *what,
                   uint64_t done, uint64_t total, struct sp_error *err)
{
    return SH_WRITE(scope, err,
                    "UPDATE job SET state = ?3, reason = NULL, what = ?4, done = ?5, total = ?6"
                    " WHERE connection = ?1 AND repository_id = ?2",
                    SH_TEXT(state), SH_TEXT(what), SH_INT((int64_t)done),
                    SH_SOME((int64_t)total));
}

int sh_job_limited(const struct sh_scope *scope, const char *reason, int64_t until_ms,
                   struct sp_error *err)
{
    return SH_WRITE(scope, err,
                    "UPDATE job SET state = 'limited', reason = ?3, next_at = ?4"
                    " WHERE connection = ?1 AND repository_id = ?2",
                    SH_TEXT(reason), SH_INT(until_ms));
}

static const char *state_for(int code)
{
    switch (code) {
    case SP_OK:
        return "done";
    case SP_ERR_LOGIN:
    case SP_ERR_FORBIDDEN:
    case SP_ERR_NOT_FOUND:
        return "blocked";
    case SP_ERR_CANCELLED:
        return "queued";
    case SP_ERR_PARTIAL:
        return "partial";
    case SP_ERR_RATE_LIMIT:
        return "limited";
    case SH_ERR_PAUSED:
        return "paused";
    default:
        return "failing";
    }
}

/* Stopped by us, asked to wait, or locked out with all others: not its own failure. */
static bool is_failure(const struct sh_scope *scope, int code)
{
    if (code == SP_ERR_LOGIN)
        return scope->repository_id == 0;
    return code != SP_OK && code != SP_ERR_CANCELLED && code != SP_ERR_RATE_LIMIT &&
           code != SH_ERR_PAUSED;
}

/* It came to its end: what it leaves for the next counts from here. */
static int end_round(const struct sh_scope *scope, const struct sh_run *run,
                     struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "UPDATE job SET round_at = NULL, cursor = ?3"
                    " WHERE connection = ?1 AND repository_id = ?2",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                    SH_TEXT(run->has_cursor ? run->cursor : NULL));

    if (rc || run->left_out < 0)
        return rc;
    return SH_RUN(scope->store, err,
                  "UPDATE job SET left_out_setting = ?3, left_out_pull_requests = ?4"
                  " WHERE connection = ?1 AND repository_id = ?2",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                  SH_TEXT(run->left_out_setting), SH_INT(run->left_out));
}

static int count_failure(const struct sh_scope *scope, int64_t now_ms, struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "UPDATE job SET failures = failures + 1,"
                  " failing_since = coalesce(failing_since, ?3)"
                  " WHERE connection = ?1 AND repository_id = ?2",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(now_ms));
}

static int note_success(const struct sh_scope *scope, const struct sh_run *run, int64_t now_ms,
                        struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "UPDATE job SET failures = 0, failing_since = NULL, succeeded_at = ?3,"
                  " changed_at = ?4 WHERE connection = ?1 AND repository_id = ?2",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(now_ms),
                  SH_SOME(run->changed_ms));
}

/* A refused login's reason tells the way out, by itself or here. */
static int set_result(const struct sh_scope *scope, const struct sh_result *result,
                      struct sp_error *err)
{
    const char *reason = result->message;
    char longer[1024];

    if (result->code == SP_OK || result->code == SP_ERR_CANCELLED)
        reason = NULL;
    if (result->code == SP_ERR_LOGIN && !strstr(reason, "source-host resume")) {
        snprintf(longer, sizeof longer,
                 "%s; when the account was mended, say `source-host resume %s`", reason,
                 scope->connection);
        reason = longer;
    }
    return set_state(scope, state_for(result->code), reason, result->now_ms, result->next_ms,
                     err);
}

int sh_job_finish(const struct sh_scope *scope, const struct sh_run *run,
                  const struct sh_result *result, struct sp_error *err)
{
    int code = result->code, rc = set_result(scope, result, err);

    if (!rc && (code == SP_OK || code == SP_ERR_PARTIAL))
        rc = end_round(scope, run, err);
    if (!rc && is_failure(scope, code))
        rc = count_failure(scope, result->now_ms, err);
    if (!rc && code == SP_OK)
        rc = note_success(scope, run, result->now_ms, err);
    return rc;
}

int sh_job_pause(const struct sh_scope *scope, const char *reason, int64_t now_ms,
                 int64_t next_ms, struct sp_error *err)
{
    int rc = sh_scope_begin(scope, err);

    if (!rc) {
        rc = set_state(scope, state_for(SH_ERR_PAUSED), reason, now_ms, next_ms, err);
        rc = sh_store_end(scope->store, rc, err);
    }
    return rc;
}

int sh_job_commits_since(const struct sh_scope *scope, int64_t since_ms, struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "UPDATE job SET commits_since = ?3"
                  " WHERE connection = ?1 AND repository_id = ?2",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(since_ms));
}

int sh_job_older_commits(const struct sh_scope *scope, int64_t n, bool more,
                         struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "UPDATE job SET left_out_commits = ?3 + CASE WHEN ?4 = 1"
                  " THEN coalesce(left_out_commits, 0) ELSE 0 END"
                  " WHERE connection = ?1 AND repository_id = ?2",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(n),
                  SH_INT(more));
}

struct holder {
    char *text;
    size_t size;
};

static int take_holder(void *ctx, const struct sh_value *column, size_t n)
{
    const struct holder *holder = ctx;

    (void)n;
    if (column[0].text)
        snprintf(holder->text, holder->size, "%s", column[0].text);
    return 0;
}

int sh_job_holder(const struct sh_scope *scope, char *holder, size_t size, struct sp_error *err)
{
    struct holder to = {holder, size};

    snprintf(holder, size, "another process");
    return SH_QUERY(scope->store, err, take_holder, &to,
                    "SELECT holder FROM job WHERE connection = ?1 AND repository_id = ?2",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id));
}

static int take_row(void *ctx, const struct sh_value *column, size_t n)
{
    struct sh_job_row *row = ctx;

    (void)n;
    snprintf(row->state, sizeof row->state, "%s", column[0].text ? column[0].text : "");
    row->failures = column[1].number;
    row->next_ms = column[2].number;
    return 0;
}

int sh_job_read(const struct sh_scope *scope, struct sh_job_row *ret, struct sp_error *err)
{
    *ret = (struct sh_job_row){0};
    return SH_QUERY(scope->store, err, take_row, ret,
                    "SELECT state, failures, next_at FROM job"
                    " WHERE connection = ?1 AND repository_id = ?2",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id));
}

int sh_job_blame_connection(const struct sh_scope *scope, const struct sh_result *result,
                            struct sp_error *err)
{
    struct sh_scope listing = {scope->store, scope->connection, 0, 0, 0};
    int rc = set_result(&listing, result, err);

    return rc || !is_failure(&listing, result->code)
               ? rc
               : count_failure(&listing, result->now_ms, err);
}

struct sh_due sh_due_row(const struct sh_value *column)
{
    return (struct sh_due){
        .repository_id = column[0].number,
        .path = column[1].text,
        .state = column[2].text,
        .listed = column[3].number != 0,
        .offline = column[4].number != 0,
    };
}

struct due {
    sh_due_fn fn;
    void *ctx;
};

static int take_due(void *ctx, const struct sh_value *column, size_t n)
{
    const struct due *due = ctx;
    const struct sh_due row = sh_due_row(column);

    (void)n;
    return due->fn(due->ctx, &row);
}

int sh_jobs_due(struct sh_store *store, const char *connection, int64_t by_ms, int64_t n,
                sh_due_fn fn, void *ctx, struct sp_error *err)
{
    struct due due = {fn, ctx};

    return SH_QUERY(store, err, take_due, &due,
                    "SELECT r.id, r.path, r.state, r.listed, r.offline FROM job j"
                    " JOIN repository r ON r.connection = j.connection"
                    " AND r.id = j.repository_id WHERE j.connection = ?1 AND j.place = ''"
                    " AND j.worker IS NULL AND j.repository_id <> 0 AND j.next_at <= ?2"
                    " AND r.imported = 1 AND r.excluded_by IS NULL"
                    " ORDER BY j.next_at, j.repository_id LIMIT ?3",
                    SH_TEXT(connection), SH_INT(by_ms), SH_INT(n));
}

static int take_next(void *ctx, const struct sh_value *column, size_t n)
{
    int64_t *next_ms = ctx;

    (void)n;
    if (!column[0].is_null && column[0].number < *next_ms)
        *next_ms = column[0].number;
    return 0;
}

int sh_jobs_next(struct sh_store *store, const char *connection, const char *place,
                 int64_t after_ms, int64_t *ret, struct sp_error *err)
{
    const char *const places[] = {"", place};
    int rc = SP_OK;

    *ret = INT64_MAX;
    for (int i = 0; !rc && i < (*place ? 2 : 1); i++)
        rc = SH_QUERY(store, err, take_next, ret,
                      "SELECT min(next_at) FROM job WHERE connection = ?1 AND place = ?2"
                      " AND worker IS NULL AND repository_id <> 0 AND next_at > ?3",
                      SH_TEXT(connection), SH_TEXT(places[i]), SH_INT(after_ms));
    return rc;
}

int sh_job_hurry(const struct sh_scope *scope, int64_t now_ms, struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "UPDATE job SET next_at = ?3 WHERE connection = ?1 AND repository_id = ?2"
                    " AND next_at > ?3",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(now_ms));

    return rc ? rc : sh_store_tell(scope->store, err);
}

int sh_jobs_recall(struct sh_store *store, int64_t now_ms, int64_t latest_ms,
                   struct sp_error *err)
{
    int64_t limited_ms = now_ms + UINT32_MAX; /* the most that sp_error.retry_after_ms says */
    int rc = SH_RUN(store, err,
                    "UPDATE job SET next_at = ?1 WHERE next_at >"
                    " CASE WHEN state = 'limited' THEN ?3 ELSE ?2 END",
                    SH_INT(now_ms), SH_INT(latest_ms), SH_INT(limited_ms));

    return rc ? rc
              : SH_RUN(store, err,
                       "UPDATE login_account SET limited_until = NULL"
                       " WHERE limited_until > ?1",
                       SH_INT(limited_ms));
}

int sh_jobs_revive(struct sh_store *store, const char *connection, int64_t now_ms,
                   struct sp_error *err)
{
    return SH_RUN(store, err,
                  "UPDATE job SET next_at = ?2 WHERE connection = ?1 AND next_at IS NULL"
                  " AND EXISTS (SELECT 1 FROM repository r WHERE r.connection = ?1"
                  " AND r.id = job.repository_id AND r.listed = 1 AND r.imported = 1"
                  " AND r.excluded_by IS NULL)",
                  SH_TEXT(connection), SH_INT(now_ms));
}

static int take_forecast(void *ctx, const struct sh_value *column, size_t n)
{
    struct sh_forecast *forecast = ctx;

    (void)n;
    forecast->queued = column[0].number;
    forecast->each_ms = column[1].number;
    return 0;
}

int sh_jobs_forecast(struct sh_store *store, const char *connection, int64_t now_ms,
                     struct sh_forecast *ret, struct sp_error *err)
{
    *ret = (struct sh_forecast){0};
    return SH_QUERY(store, err, take_forecast, ret,
                    "SELECT (SELECT count(*) FROM repository r LEFT JOIN job j"
                    " ON j.connection = r.connection AND j.repository_id = r.id"
                    " WHERE r.connection = ?1 AND r.imported = 1 AND r.excluded_by IS NULL"
                    " AND (j.state IS NULL OR j.next_at <= ?2)),"
                    " (SELECT CAST(coalesce(avg(finished_at - started_at), 0) AS BIGINT)"
                    " FROM (SELECT finished_at, started_at FROM sync_run WHERE connection = ?1"
                    " AND repository_id <> 0 AND result = 'done'"
                    " ORDER BY started_at DESC LIMIT 50) AS last)",
                    SH_TEXT(connection), SH_INT(now_ms));
}
