/* split.c - see split.h
 *
 * What is of another fence, or of a worker that is gone, counts as not there: nobody depends on
 * one that died to have tidied up.
 */
#include "store/split.h"

enum { CLOSED = -1 }; /* no claim's fence */

/* In the order in which who leaves takes the rows: else one would wait for the other. */
static int forget(const struct sh_scope *scope, struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "DELETE FROM job_helper WHERE connection = ?1 AND repository_id = ?2",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id));

    if (!rc)
        rc = SH_RUN(scope->store, err,
                    "DELETE FROM job_part WHERE connection = ?1 AND repository_id = ?2",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id));
    return rc ? rc
              : SH_RUN(scope->store, err,
                       "UPDATE job SET split = 0 WHERE connection = ?1 AND repository_id = ?2",
                       SH_TEXT(scope->connection), SH_INT(scope->repository_id));
}

int sh_split_forget(const struct sh_scope *scope, struct sp_error *err)
{
    int rc = sh_scope_begin(scope, err);

    return rc ? rc : sh_store_end(scope->store, forget(scope, err), err);
}

int sh_split_open(const struct sh_scope *scope, struct sp_error *err)
{
    int rc = sh_scope_begin(scope, err);

    if (rc)
        return rc;
    rc = SH_RUN(scope->store, err,
                "UPDATE job SET split = fence WHERE connection = ?1 AND repository_id = ?2",
                SH_TEXT(scope->connection), SH_INT(scope->repository_id));
    if (!rc)
        rc = sh_store_tell(scope->store, err);
    return sh_store_end(scope->store, rc, err);
}

int sh_split_close(const struct sh_scope *scope, struct sp_error *err)
{
    return SH_WRITE(scope, err,
                    "UPDATE job SET split = ?3 WHERE connection = ?1 AND repository_id = ?2",
                    SH_INT(CLOSED));
}

int sh_split_take(const struct sh_scope *scope, int64_t worker, int64_t part,
                  struct sp_error *err)
{
    int64_t is_ours = 0;
    int rc = sh_scope_begin(scope, err);

    if (rc)
        return rc;
    rc = SH_QUERY(scope->store, err, sh_take_number, &is_ours,
                  "INSERT INTO job_part (connection, repository_id, part, worker, fence)"
                  " VALUES (?1, ?2, ?3, ?4, ?5)"
                  " ON CONFLICT (connection, repository_id, part) DO UPDATE SET"
                  " worker = excluded.worker, fence = excluded.fence"
                  " WHERE job_part.fence <> excluded.fence OR job_part.worker = excluded.worker"
                  " OR NOT EXISTS (SELECT 1 FROM worker WHERE id = job_part.worker)"
                  " RETURNING 1",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(part),
                  SH_INT(worker), SH_INT(scope->fence));
    rc = sh_store_end(scope->store, rc, err);
    return rc ? rc : is_ours != 0;
}

struct joining {
    sh_due_fn fn;
    void *ctx;
    bool found;
};

static int give(void *ctx, const struct sh_value *column, size_t n)
{
    struct joining *joining = ctx;
    struct sh_due row = sh_due_row(column);

    (void)n;
    row.fence = column[5].number;
    joining->found = true;
    return joining->fn(joining->ctx, &row);
}

/* The job's row stays as it is until we stand beside it: a close waits for that. */
int sh_split_join(struct sh_store *store, const char *connection, int64_t worker, sh_due_fn fn,
                  void *ctx, struct sp_error *err)
{
    struct joining joining = {fn, ctx, false};
    int rc = SH_QUERY(store, err, give, &joining,
                      "WITH joined AS (INSERT INTO job_helper (connection, repository_id,"
                      " worker, fence, at_it) SELECT open.connection, open.repository_id,"
                      " us.id, open.fence, 1 FROM (SELECT id FROM worker WHERE id = ?2"
                      " FOR KEY SHARE) AS us, (SELECT j.connection, j.repository_id, j.fence"
                      " FROM job j WHERE j.connection = ?1 AND j.split <> 0"
                      " AND j.split = j.fence AND j.worker <> ?2 AND NOT EXISTS (SELECT 1"
                      " FROM job_helper h WHERE h.connection = j.connection"
                      " AND h.repository_id = j.repository_id AND h.worker = ?2"
                      " AND h.fence = j.fence) LIMIT 1 FOR SHARE OF j SKIP LOCKED) AS open"
                      " ON CONFLICT (connection, repository_id, worker) DO UPDATE SET"
                      " fence = excluded.fence, at_it = 1 RETURNING repository_id, fence)"
                      " SELECT r.id, r.path, r.state, r.listed, r.offline, joined.fence"
                      " FROM joined JOIN repository r ON r.connection = ?1"
                      " AND r.id = joined.repository_id",
                      SH_TEXT(connection), SH_INT(worker));

    return rc ? rc : joining.found;
}

static int leave(const struct sh_scope *scope, struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "UPDATE job_helper SET at_it = 0 WHERE connection = ?1"
                    " AND repository_id = ?2 AND worker = ?3 AND fence = ?4",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                    SH_INT(scope->helper), SH_INT(scope->fence));

    return rc ? rc
              : SH_RUN(scope->store, err,
                       "DELETE FROM job_part WHERE connection = ?1 AND repository_id = ?2"
                       " AND worker = ?3 AND fence = ?4",
                       SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                       SH_INT(scope->helper), SH_INT(scope->fence));
}

int sh_split_leave(const struct sh_scope *scope, struct sp_error *err)
{
    int rc = sh_store_begin(scope->store, err);

    return rc ? rc : sh_store_end(scope->store, leave(scope, err), err);
}

int sh_split_helpers(const struct sh_scope *scope, int64_t *ret, struct sp_error *err)
{
    return SH_QUERY(scope->store, err, sh_take_number, ret,
                    "SELECT count(*) FROM job_helper h JOIN worker w ON w.id = h.worker"
                    " WHERE h.connection = ?1 AND h.repository_id = ?2 AND h.fence = ?3"
                    " AND h.at_it = 1",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                    SH_INT(scope->fence));
}
