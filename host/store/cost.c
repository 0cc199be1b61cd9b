/* cost.c - see cost.h */
#include "store/cost.h"

struct sum {
    int64_t of, n;
};

static int take_sum(void *ctx, const struct sh_value *column, size_t n)
{
    struct sum *sum = ctx;

    (void)n;
    *sum = (struct sum){column[0].number, column[1].number};
    return 0;
}

static double quotient(const struct sum *sum)
{
    return sum->n > 0 ? (double)sum->of / (double)sum->n : -1;
}

int sh_cost_of_one(const struct sh_scope *scope, double *ret, struct sp_error *err)
{
    struct sum sum = {0};
    int rc = SH_QUERY(scope->store, err, take_sum, &sum,
                      "SELECT coalesce(sum(requests), 0), count(*) FROM (SELECT requests"
                      " FROM sync_run WHERE connection = ?1 AND repository_id = ?2"
                      " AND (first = 0 OR repository_id = 0) AND result = 'done'"
                      " ORDER BY started_at DESC LIMIT 5) AS last",
                      SH_TEXT(scope->connection), SH_INT(scope->repository_id));

    *ret = quotient(&sum);
    return rc;
}

int sh_cost_of_any(struct sh_store *store, const char *connection, bool is_first, double *ret,
                   struct sp_error *err)
{
    struct sum sum = {0};
    int rc = SH_QUERY(store, err, take_sum, &sum,
                      "SELECT coalesce(sum(requests), 0), count(*) FROM (SELECT requests"
                      " FROM sync_run WHERE connection = ?1 AND repository_id <> 0"
                      " AND first = ?2 AND result = 'done'"
                      " ORDER BY started_at DESC LIMIT 200) AS last",
                      SH_TEXT(connection), SH_INT(is_first));

    *ret = quotient(&sum);
    return rc;
}

int sh_cost_request_ms(struct sh_store *store, const char *connection, double *ret,
                       struct sp_error *err)
{
    struct sum sum = {0};
    int rc = SH_QUERY(store, err, take_sum, &sum,
                      "SELECT coalesce(sum(finished_at - started_at), 0),"
                      " coalesce(sum(requests), 0) FROM (SELECT finished_at, started_at,"
                      " requests FROM sync_run WHERE connection = ?1 AND repository_id <> 0"
                      " AND result = 'done' ORDER BY started_at DESC LIMIT 200) AS last",
                      SH_TEXT(connection));

    *ret = quotient(&sum);
    return rc;
}

int sh_cost_since(struct sh_store *store, const char *connection, int64_t since_ms,
                  int64_t *ret, struct sp_error *err)
{
    struct sum sum = {0};
    int rc = SH_QUERY(store, err, take_sum, &sum,
                      "SELECT coalesce(sum(requests), 0), count(*) FROM sync_run"
                      " WHERE connection = ?1 AND finished_at >= ?2",
                      SH_TEXT(connection), SH_INT(since_ms));

    *ret = sum.of;
    return rc;
}
