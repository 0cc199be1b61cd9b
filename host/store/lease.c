/* lease.c - see lease.h */
#include "store/lease.h"

/* One higher than the last, also where the row was removed in between. */
#define MICROSECONDS "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
#define FENCE        "greatest(job.fence + 1, " MICROSECONDS ")"
/* Only a worker that is there claims: whoever takes back what it holds waits for this. */
#define US "(SELECT id FROM worker WHERE id = ?4 FOR KEY SHARE) AS us"

int64_t sh_lease_take(const struct sh_scope *scope, const struct sh_worker_row *worker,
                      int64_t now_ms, struct sp_error *err)
{
    int64_t fence = 0;
    int rc =
        SH_QUERY(scope->store, err, sh_take_number, &fence,
                 "INSERT INTO job (connection, repository_id, state, since, next_at, worker,"
                 " fence, place) SELECT ?1, ?2, 'queued', ?3, ?3, us.id,"
                 " " MICROSECONDS ", ?5 FROM " US
                 " ON CONFLICT (connection, repository_id) DO UPDATE SET"
                 " worker = excluded.worker, fence = " FENCE ","
                 " place = excluded.place WHERE job.worker IS NULL RETURNING fence",
                 SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(now_ms),
                 SH_INT(worker->id), SH_TEXT(scope->repository_id ? worker->place : ""));

    return rc ? rc : fence;
}

int sh_lease_give(const struct sh_scope *scope, struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "UPDATE job SET worker = NULL"
                  " WHERE connection = ?1 AND repository_id = ?2 AND fence = ?3",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                  SH_INT(scope->fence));
}

int sh_lease_postpone(const struct sh_scope *scope, int64_t until_ms, struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "UPDATE job SET worker = NULL,"
                  " next_at = CASE WHEN next_at < ?4 THEN ?4 ELSE next_at END"
                  " WHERE connection = ?1 AND repository_id = ?2 AND fence = ?3",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                  SH_INT(scope->fence), SH_INT(until_ms));
}

struct taking {
    sh_due_fn fn;
    void *ctx;
    bool found;
};

static int give(void *ctx, const struct sh_value *column, size_t n)
{
    struct taking *taking = ctx;
    struct sh_due row = sh_due_row(column);

    (void)n;
    row.fence = column[5].number;
    taking->found = true;
    return taking->fn(taking->ctx, &row);
}

/* Whether what has no mirror yet has waited for longer than what has its mirror here: who
 * always has enough to do there would never come to it. */
static int is_unplaced_first(struct sh_store *store, const char *connection, const char *place,
                             int64_t *ret, struct sp_error *err)
{
    return SH_QUERY(store, err, sh_take_number, ret,
                    "SELECT coalesce((SELECT min(next_at) FROM job WHERE connection = ?1"
                    " AND place = '' AND worker IS NULL AND repository_id <> 0)"
                    " < (SELECT min(next_at) FROM job WHERE connection = ?1 AND place = ?2"
                    " AND worker IS NULL AND repository_id <> 0), 1 = 0)",
                    SH_TEXT(connection), SH_TEXT(place));
}

/* One at a time: where the planner does not know how many are asked for, it reads them all. */
int sh_lease_take_due(struct sh_store *store, const char *connection,
                      const struct sh_worker_row *worker, int64_t now_ms, sh_due_fn fn,
                      void *ctx, struct sp_error *err)
{
    const char *const places[] = {worker->place, "", worker->place};
    struct taking taking = {fn, ctx, false};
    int64_t is_turned = 0;
    int rc = is_unplaced_first(store, connection, worker->place, &is_turned, err);

    for (int i = 0; !rc && !taking.found && i < 2; i++)
        rc = SH_QUERY(store, err, give, &taking,
                      "UPDATE job SET worker = us.id, fence = " FENCE ", place = ?5"
                      " FROM (SELECT j.connection, j.repository_id, r.path, r.state, r.listed,"
                      " r.offline FROM job j JOIN repository r ON r.connection = j.connection"
                      " AND r.id = j.repository_id WHERE j.connection = ?1 AND j.place = ?2"
                      " AND j.worker IS NULL AND j.repository_id <> 0 AND j.next_at <= ?3"
                      " AND r.imported = 1 AND r.excluded_by IS NULL"
                      " ORDER BY j.next_at LIMIT 1 FOR UPDATE OF j SKIP LOCKED) AS due, " US
                      " WHERE job.connection = due.connection"
                      " AND job.repository_id = due.repository_id"
                      " RETURNING job.repository_id, due.path, due.state, due.listed,"
                      " due.offline, job.fence",
                      SH_TEXT(connection), SH_TEXT(places[i + is_turned]), SH_INT(now_ms),
                      SH_INT(worker->id), SH_TEXT(worker->place));
    return rc ? rc : taking.found;
}
