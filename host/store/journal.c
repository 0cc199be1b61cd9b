/* journal.c - see journal.h */
#include "store/journal.h"

#include "counters.h"

static int start(const struct sh_scope *scope, struct sh_run *run, struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "INSERT INTO sync_run (connection, repository_id, started_at)"
                    " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                    SH_INT(run->started_ms));

    return rc ? rc : sh_job_start(scope, run, err);
}

int sh_journal_start(const struct sh_scope *scope, struct sh_run *run, struct sp_error *err)
{
    int rc = sh_scope_begin(scope, err);

    return rc ? rc : sh_store_end(scope->store, start(scope, run, err), err);
}

static int finish(const struct sh_scope *scope, const struct sh_run *run,
                  const struct sh_result *result, struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "UPDATE sync_run SET finished_at = ?4, result = ?5, message = ?6,"
                    " commits = ?7, pull_requests = ?8, activities = ?9,"
                    " requests = ?10, first = ?11 WHERE connection = ?1 AND repository_id = ?2"
                    " AND started_at = ?3",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                    SH_INT(run->started_ms), SH_INT(result->now_ms),
                    SH_TEXT(sp_code_name(result->code)),
                    SH_TEXT(result->code ? result->message : NULL), SH_INT(run->commits),
                    SH_INT(run->pull_requests), SH_INT(run->activities), SH_INT(run->requests),
                    SH_INT(run->is_first));

    if (!rc)
        rc = sh_scope_survived(scope, err);
    return rc ? rc : sh_job_finish(scope, run, result, err);
}

int sh_journal_finish(const struct sh_scope *scope, const struct sh_run *run,
                      const struct sh_result *result, struct sp_error *err)
{
    int rc = sh_scope_begin(scope, err);

    if (!rc)
        rc = sh_store_end(scope->store, finish(scope, run, result, err), err);
    if (!rc) {
        sh_count(result->code ? SH_COUNT_RUNS_FAILED : SH_COUNT_RUNS_DONE, 1);
        if (result->code == SP_ERR_RATE_LIMIT && result->next_ms > result->now_ms)
            sh_count(SH_COUNT_WAITED_MS, result->next_ms - result->now_ms);
        sh_count(SH_COUNT_ROWS, run->commits + run->pull_requests + run->activities);
    }
    return rc;
}

struct reader {
    sh_journal_fn fn;
    void *ctx;
};

static int give(void *ctx, const struct sh_value *column, size_t n)
{
    const struct reader *reader = ctx;
    const struct sh_journal_row row = {
        .started_ms = column[0].number,
        .finished_ms = column[1].number,
        .result = column[2].text,
        .message = column[3].text,
        .commits = column[4].number,
        .pull_requests = column[5].number,
        .activities = column[6].number,
        .requests = column[7].number,
        .is_first = column[8].number != 0,
        .connection = column[9].text,
        .path = column[10].text,
    };

    (void)n;
    return reader->fn(reader->ctx, &row);
}

#define SELECT_RUNS                                                                            \
    "SELECT r.started_at, r.finished_at, r.result, r.message, r.commits, r.pull_requests,"     \
    " r.activities, r.requests, r.first, r.connection, repository.path FROM sync_run r"        \
    " LEFT JOIN repository"                                                                    \
    " ON repository.connection = r.connection AND repository.id = r.repository_id"

int sh_journal_last(const struct sh_scope *scope, int64_t n, sh_journal_fn fn, void *ctx,
                    struct sp_error *err)
{
    struct reader reader = {fn, ctx};

    return SH_QUERY(scope->store, err, give, &reader,
                    SELECT_RUNS " WHERE r.connection = ?1 AND r.repository_id = ?2"
                                " ORDER BY r.started_at DESC LIMIT ?3",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(n));
}

int sh_journal_last_of_all(struct sh_store *store, int64_t n, sh_journal_fn fn, void *ctx,
                           struct sp_error *err)
{
    struct reader reader = {fn, ctx};

    return SH_QUERY(store, err, give, &reader,
                    SELECT_RUNS " ORDER BY r.started_at DESC LIMIT ?1", SH_INT(n));
}

/* Not of a repository that was removed meanwhile.  All are woken at once, so that two may begin
 * in the same millisecond: then the row is of both. */
int sh_journal_helped(const struct sh_scope *scope, const struct sh_run *run,
                      const struct sh_result *result, struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "INSERT INTO sync_run (connection, repository_id, started_at, finished_at,"
                  " result, message, commits, pull_requests, activities, requests, first)"
                  " SELECT connection, id, ?3, ?4, 'helped', ?5, 0, ?6, ?7, ?8, 0"
                  " FROM repository WHERE connection = ?1 AND id = ?2 AND imported = 1"
                  " ON CONFLICT (connection, repository_id, started_at) DO UPDATE SET"
                  " message = coalesce(sync_run.message, excluded.message),"
                  " pull_requests = sync_run.pull_requests + excluded.pull_requests,"
                  " activities = sync_run.activities + excluded.activities,"
                  " requests = sync_run.requests + excluded.requests",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                  SH_INT(run->started_ms), SH_INT(result->now_ms),
                  SH_TEXT(result->code ? result->message : NULL), SH_INT(run->pull_requests),
                  SH_INT(run->activities), SH_INT(run->requests));
}

int sh_journal_prune(struct sh_store *store, int64_t before_ms, struct sp_error *err)
{
    return SH_RUN(store, err, "DELETE FROM sync_run WHERE started_at < ?1", SH_INT(before_ms));
}
