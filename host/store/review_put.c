/* review_put.c - a set that is whole goes into its place
 *
 * Only rows that differ are written: an open pull request is read again with each sync, and
 * mostly nothing has happened in it.
 */
#include "store/review.h"

#include "store/person.h"
#include "trace.h"

#include <stdio.h>

enum { READ_AT_HOURS = 12 };

#define OF_PULL_REQUEST                                                                        \
    " WHERE connection = ?1 AND repository_id = ?2 AND pull_request_number = ?3"

/* Deletes from `table` what is not staged as it stands there (with ?4 only what is staged in
 * another form), and inserts what is missing.  The offset paging of a feed can give a row twice
 * while people work: the first counts. */
#define REPLACE(table, key, keep)                                                              \
    {                                                                                          \
        keep,                                                                                  \
            "DELETE FROM " table OF_PULL_REQUEST " AND " key " IN (SELECT " key                \
            " FROM (SELECT * FROM " table OF_PULL_REQUEST                                      \
            " EXCEPT SELECT * FROM staged_" table ") AS changed)"                              \
            " AND (?4 = 0 OR " key " IN (SELECT " key " FROM staged_" table "))",              \
            "INSERT INTO " table " SELECT * FROM staged_" table                                \
            " WHERE true ON CONFLICT DO NOTHING"                                               \
    }

static const struct {
    uint32_t keep; /* flags of a set that does not tell all */
    const char *remove, *add;
} tables[] = {
    REPLACE("pull_request_reviewer", "person_id", 0),
    REPLACE("pull_request_commit", "position", SP_PULL_REQUEST_COMMITS_UNKNOWN),
    REPLACE("activity", "id", SP_PULL_REQUEST_PARTIAL),
};

static int replace_rows(const struct sh_scope *scope, const struct sp_pull_request *pr,
                        struct sp_error *err)
{
    int rc = SP_OK;

    for (size_t i = 0; !rc && i < sizeof tables / sizeof *tables; i++) {
        rc = SH_RUN(scope->store, err, tables[i].remove, SH_TEXT(scope->connection),
                    SH_INT(scope->repository_id), SH_INT(pr->number),
                    SH_INT((pr->flags & tables[i].keep) != 0));
        if (!rc)
            rc = sh_store_run(scope->store, err, NULL, NULL, tables[i].add, NULL, 0);
    }
    return rc;
}

/* When it was read last need not be exact, so that it alone is rarely a reason to write; but
 * not ahead of the clock. */
static int replace_pull_request(const struct sh_scope *scope, int64_t number, int64_t now_ms,
                                struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "UPDATE staged_pull_request SET read_at = coalesce((SELECT p.read_at"
                    " FROM pull_request p WHERE p.connection = ?1 AND p.repository_id = ?2"
                    " AND p.number = ?3 AND p.read_at > ?4 AND p.read_at <= ?5"
                    " AND p.revision = staged_pull_request.revision), read_at)",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(number),
                    SH_INT(now_ms - INT64_C(3600000) * READ_AT_HOURS), SH_INT(now_ms));

    if (!rc)
        rc = SH_RUN(scope->store, err,
                    "DELETE FROM pull_request WHERE connection = ?1 AND repository_id = ?2"
                    " AND number = ?3 AND EXISTS (SELECT * FROM pull_request WHERE"
                    " connection = ?1 AND repository_id = ?2 AND number = ?3"
                    " EXCEPT SELECT * FROM staged_pull_request)",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(number));
    return rc ? rc
              : SH_RUN(scope->store, err,
                       "INSERT INTO pull_request SELECT * FROM staged_pull_request WHERE true"
                       " ON CONFLICT DO NOTHING");
}

int sh_review_put(const struct sh_scope *scope, const struct sp_pull_request *pr,
                  int64_t now_ms, struct sp_error *err)
{
    int64_t began_ns = sh_trace_begin();
    int rc = sh_scope_begin(scope, err);

    if (rc)
        return rc;
    rc = sh_store_whole(scope->store, err);
    if (!rc)
        rc = sh_person_put_staged(scope, err);
    if (!rc)
        rc = replace_pull_request(scope, pr->number, now_ms, err);
    if (!rc)
        rc = replace_rows(scope, pr, err);
    if (!rc)
        rc = SH_RUN(scope->store, err,
                    "INSERT INTO git_commit SELECT * FROM staged_commit WHERE true"
                    " ON CONFLICT DO NOTHING");
    if (!rc)
        rc = sh_scope_survived(scope, err);
    rc = sh_store_end(scope->store, rc, err);
    SH_TRACE(began_ns, "store", "put pull request", SH_FACT("number", pr->number));
    return rc;
}

static int take_pending(void *ctx, const struct sh_value *column, size_t n)
{
    struct sh_review_pending *pending = ctx;

    (void)n;
    pending->number = column[0].number;
    pending->is_merged = column[1].number != 0;
    snprintf(pending->from_commit, SH_SHA_MAX, "%s", column[2].text);
    snprintf(pending->to_commit, SH_SHA_MAX, "%s", column[3].text);
    snprintf(pending->merge_commit, SH_SHA_MAX, "%s", column[4].text);
    return 0;
}

int sh_review_next_pending(const struct sh_scope *scope, int64_t after,
                           struct sh_review_pending *ret, struct sp_error *err)
{
    int rc;

    ret->number = after;
    rc = SH_QUERY(scope->store, err, take_pending, ret,
                  "SELECT number, CASE WHEN state = 'MERGED' THEN 1 ELSE 0 END,"
                  " coalesce(from_commit, ''), coalesce(to_commit, ''),"
                  " coalesce(merge_commit, '') FROM pull_request WHERE connection = ?1"
                  " AND repository_id = ?2 AND commits_pending <> 0 AND number > ?3"
                  " ORDER BY number LIMIT 1",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(after));
    return rc ? rc : ret->number != after;
}

/* Meanwhile it may have come once more, with other ends, or be gone. */
static int still_pends(const struct sh_scope *scope, const struct sh_review_pending *of,
                       int64_t *ret, struct sp_error *err)
{
    *ret = 0;
    return SH_QUERY(scope->store, err, sh_take_number, ret,
                    "SELECT 1 FROM pull_request WHERE connection = ?1 AND repository_id = ?2"
                    " AND number = ?3 AND commits_pending <> 0"
                    " AND coalesce(from_commit, '') = ?4 AND coalesce(to_commit, '') = ?5"
                    " AND coalesce(merge_commit, '') = ?6",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                    SH_INT(of->number), SH_TEXT(of->from_commit), SH_TEXT(of->to_commit),
                    SH_TEXT(of->merge_commit));
}

static int put_pending(const struct sh_scope *scope, const struct sh_review_pending *of,
                       const struct sh_review_size *size, struct sp_error *err)
{
    int64_t number = of->number, pends = 0;
    int rc = sh_store_whole(scope->store, err);

    if (!rc)
        rc = still_pends(scope, of, &pends, err);
    if (rc || !pends)
        return rc;
    if (!rc && !size->is_lost)
        rc = SH_RUN(scope->store, err, "DELETE FROM pull_request_commit" OF_PULL_REQUEST,
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(number));
    if (!rc && !size->is_lost)
        rc = SH_RUN(scope->store, err,
                    "INSERT INTO pull_request_commit SELECT * FROM staged_pull_request_commit"
                    " WHERE true ON CONFLICT DO NOTHING");
    return rc ? rc
              : SH_RUN(scope->store, err,
                       "UPDATE pull_request SET commits_pending = 0, files = ?4,"
                       " insertions = ?5, deletions = ?6 WHERE connection = ?1"
                       " AND repository_id = ?2 AND number = ?3",
                       SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(number),
                       size->known ? SH_INT(size->files) : SH_SOME(0),
                       size->known ? SH_INT(size->insertions) : SH_SOME(0),
                       size->known ? SH_INT(size->deletions) : SH_SOME(0));
}

int sh_review_put_pending(const struct sh_scope *scope, const struct sh_review_pending *of,
                          const struct sh_review_size *size, struct sp_error *err)
{
    int rc = sh_scope_begin(scope, err);

    return rc ? rc : sh_store_end(scope->store, put_pending(scope, of, size, err), err);
}

/* Deletes from one table what belongs to a pull request. */
#define DROP(table) "DELETE FROM " table OF_PULL_REQUEST

static int drop(const struct sh_scope *scope, int64_t number, struct sp_error *err)
{
    static const char *const statements[] = {
        DROP("activity"),
        DROP("pull_request_commit"),
        DROP("pull_request_reviewer"),
        "DELETE FROM pull_request WHERE connection = ?1 AND repository_id = ?2 AND number = ?3",
    };
    int rc = SP_OK;

    for (size_t i = 0; !rc && i < sizeof statements / sizeof *statements; i++)
        rc = SH_RUN(scope->store, err, statements[i], SH_TEXT(scope->connection),
                    SH_INT(scope->repository_id), SH_INT(number));
    return rc;
}

int sh_review_drop(const struct sh_scope *scope, int64_t number, struct sp_error *err)
{
    int rc = sh_scope_begin(scope, err);

    return rc ? rc : sh_store_end(scope->store, drop(scope, number, err), err);
}
