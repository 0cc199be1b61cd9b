/* journal.c - see journal.h */
#include "store/journal.h"

#include <stdio.h>

/* After so long an interrupted import is not gone on with: too much will have changed that
 * no revision tells of. */
#define ROUND_MAX_MS (INT64_C(24) * 60 * 60 * 1000)

/* `since` moves only when the state does: it answers "since when". */
static int set_job(const struct sh_scope *scope, const char *state, const char *reason,
                   int64_t now_ms, struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "INSERT INTO job (connection, repository_id, state, reason, since)"
                  " VALUES (?1, ?2, ?3, ?4, ?5)"
                  " ON CONFLICT (connection, repository_id) DO UPDATE SET"
                  " since = CASE WHEN job.state = excluded.state THEN job.since"
                  " ELSE excluded.since END,"
                  " state = excluded.state, reason = excluded.reason",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(state),
                  SH_TEXT(reason), SH_INT(now_ms));
}

static int take_round(void *ctx, const struct sh_value *column, size_t n)
{
    struct sh_run *run = ctx;

    (void)n;
    run->round_ms = column[0].number;
    run->has_cursor = column[1].text != NULL;
    snprintf(run->cursor, sizeof run->cursor, "%s", column[1].text ? column[1].text : "");
    run->commits_since_ms = column[2].number;
    snprintf(run->mirror_id, sizeof run->mirror_id, "%s", column[3].text ? column[3].text : "");
    return 0;
}

static int start_round(const struct sh_scope *scope, struct sh_run *run, struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "UPDATE job SET started_at = ?3, round_at = CASE WHEN round_at > ?4"
                    " THEN round_at ELSE ?3 END WHERE connection = ?1 AND repository_id = ?2",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                    SH_INT(run->started_ms), SH_INT(run->started_ms - ROUND_MAX_MS));

    return rc ? rc
              : SH_QUERY(scope->store, err, take_round, run,
                         "SELECT round_at, cursor, commits_since, mirror_id FROM job"
                         " WHERE connection = ?1 AND repository_id = ?2",
                         SH_TEXT(scope->connection), SH_INT(scope->repository_id));
}

int sh_journal_start(const struct sh_scope *scope, struct sh_run *run, struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "INSERT INTO sync_run (connection, repository_id, started_at)"
                    " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                    SH_INT(run->started_ms));

    if (rc || scope->repository_id == 0)
        return rc;
    rc = set_job(scope, "running", NULL, run->started_ms, err);
    return rc ? rc : start_round(scope, run, err);
}

int sh_journal_older_commits(const struct sh_scope *scope, int64_t since_ms, int64_t n,
                             bool more, struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "UPDATE job SET commits_since = ?3,"
                  " left_out_commits = ?4 + CASE WHEN ?5 = 1"
                  " THEN coalesce(left_out_commits, 0) ELSE 0 END"
                  " WHERE connection = ?1 AND repository_id = ?2",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(since_ms),
                  SH_INT(n), SH_INT(more));
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
    default:
        return "failing";
    }
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

int sh_journal_finish(const struct sh_scope *scope, const struct sh_run *run, int code,
                      const char *message, int64_t now_ms, struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "UPDATE sync_run SET finished_at = ?4, result = ?5, message = ?6,"
                    " commits = ?7, pull_requests = ?8, activities = ?9 WHERE connection = ?1"
                    " AND repository_id = ?2 AND started_at = ?3",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                    SH_INT(run->started_ms), SH_INT(now_ms), SH_TEXT(sp_code_name(code)),
                    SH_TEXT(code ? message : NULL), SH_INT(run->commits),
                    SH_INT(run->pull_requests), SH_INT(run->activities));

    if (rc || scope->repository_id == 0)
        return rc;
    rc = set_job(scope, state_for(code), code ? message : NULL, now_ms, err);
    if (!rc && (code == SP_OK || code == SP_ERR_PARTIAL))
        rc = end_round(scope, run, err);
    if (rc)
        return rc;
    if (code == SP_ERR_CANCELLED)
        return SP_OK; /* stopped by us: no failure */
    if (code)
        return SH_RUN(scope->store, err,
                      "UPDATE job SET failures = failures + 1,"
                      " failing_since = coalesce(failing_since, ?3)"
                      " WHERE connection = ?1 AND repository_id = ?2",
                      SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(now_ms));
    return SH_RUN(scope->store, err,
                  "UPDATE job SET failures = 0, failing_since = NULL, succeeded_at = ?3"
                  " WHERE connection = ?1 AND repository_id = ?2",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(now_ms));
}
