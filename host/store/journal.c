/* journal.c - see journal.h */
#include "store/journal.h"

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

int sh_journal_start(const struct sh_scope *scope, const struct sh_run *run,
                     struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "INSERT INTO sync_run (connection, repository_id, started_at)"
                    " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                    SH_INT(run->started_ms));

    if (rc || scope->repository_id == 0)
        return rc;
    rc = set_job(scope, "running", NULL, run->started_ms, err);
    if (rc)
        return rc;
    return SH_RUN(scope->store, err,
                  "UPDATE job SET started_at = ?3 WHERE connection = ?1 AND repository_id = ?2",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                  SH_INT(run->started_ms));
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
