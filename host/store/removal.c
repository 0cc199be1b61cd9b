/* removal.c - see removal.h */
#include "store/removal.h"

static int put(const struct sh_scope *scope, const char *path, int64_t now_ms,
               struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "INSERT INTO removal (connection, repository_id, path, since)"
                    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(path),
                    SH_INT(now_ms));

    if (rc)
        return rc;
    return SH_RUN(scope->store, err,
                  "UPDATE repository SET imported = 0, imported_at = NULL, imported_by = NULL,"
                  " removed_at = ?3, empty_at = NULL WHERE connection = ?1 AND id = ?2",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(now_ms));
}

int sh_removal_begin(const struct sh_scope *scope, const char *path, int64_t now_ms,
                     struct sp_error *err)
{
    int rc = sh_store_begin(scope->store, err);

    return rc ? rc : sh_store_end(scope->store, put(scope, path, now_ms, err), err);
}

static int put_all(struct sh_store *store, const char *connection, int64_t now_ms,
                   struct sp_error *err)
{
    int rc = SH_RUN(store, err,
                    "INSERT INTO removal (connection, repository_id, path, since)"
                    " SELECT connection, id, path, ?2 FROM repository WHERE connection = ?1"
                    " ON CONFLICT DO NOTHING",
                    SH_TEXT(connection), SH_INT(now_ms));

    if (!rc)
        rc = SH_RUN(store, err, "UPDATE repository SET imported = 0 WHERE connection = ?1",
                    SH_TEXT(connection));
    return rc ? rc
              : SH_RUN(store, err,
                       "INSERT INTO removal (connection, repository_id, path, since)"
                       " VALUES (?1, 0, ?1, ?2) ON CONFLICT DO NOTHING",
                       SH_TEXT(connection), SH_INT(now_ms));
}

int sh_removal_begin_all(struct sh_store *store, const char *connection, int64_t now_ms,
                         struct sp_error *err)
{
    int rc = sh_store_begin(store, err);

    return rc ? rc : sh_store_end(store, put_all(store, connection, now_ms, err), err);
}

struct reader {
    sh_removal_fn fn;
    void *ctx;
};

static int give(void *ctx, const struct sh_value *column, size_t n)
{
    const struct reader *reader = ctx;
    const struct sh_removal removal = {
        .connection = column[0].text,
        .repository_id = column[1].number,
        .path = column[2].text,
    };

    (void)n;
    return reader->fn(reader->ctx, &removal);
}

int sh_removals(struct sh_store *store, sh_removal_fn fn, void *ctx, struct sp_error *err)
{
    struct reader reader = {fn, ctx};

    return SH_QUERY(store, err, give, &reader,
                    "SELECT connection, repository_id, path FROM removal"
                    " ORDER BY connection, repository_id = 0, repository_id");
}

#define OF_REPOSITORY " WHERE connection = ?1 AND repository_id = ?2"
#define OF_CONNECTION " WHERE connection = ?1"

static const char *const repository_rows[] = {
    "DELETE FROM activity" OF_REPOSITORY,
    "DELETE FROM pull_request_commit" OF_REPOSITORY,
    "DELETE FROM pull_request_reviewer" OF_REPOSITORY,
    "DELETE FROM pull_request" OF_REPOSITORY,
    "DELETE FROM pull_request_ref" OF_REPOSITORY,
    "DELETE FROM git_commit" OF_REPOSITORY,
    "DELETE FROM git_ref" OF_REPOSITORY,
    "DELETE FROM sync_run" OF_REPOSITORY,
    "DELETE FROM repository_alias" OF_REPOSITORY
    " AND NOT EXISTS (SELECT 1 FROM repository r WHERE r.connection = ?1 AND r.id = ?2"
    " AND r.listed = 1)",
    "DELETE FROM repository WHERE connection = ?1 AND id = ?2 AND listed = 0",
    NULL,
};

/* What is left when all repositories are gone.  A refused login concerns the account: it is
 * kept, so that nobody gets around it this way. */
static const char *const connection_rows[] = {
    "DELETE FROM repository_alias" OF_CONNECTION,
    "DELETE FROM repository" OF_CONNECTION,
    "DELETE FROM organization" OF_CONNECTION,
    "DELETE FROM auto_import" OF_CONNECTION,
    "DELETE FROM person" OF_CONNECTION,
    "DELETE FROM job" OF_CONNECTION " AND repository_id <> 0",
    "DELETE FROM sync_run" OF_CONNECTION,
    "DELETE FROM connection_check" OF_CONNECTION,
    "DELETE FROM connection WHERE name = ?1",
    NULL,
};

static int run_all(const struct sh_scope *scope, const char *const *sql, size_t n,
                   struct sp_error *err)
{
    const struct sh_value of[] = {SH_TEXT(scope->connection), SH_INT(scope->repository_id)};
    int rc = sh_scope_begin(scope, err);

    if (rc)
        return rc;
    for (; !rc && *sql; sql++)
        rc = sh_store_run(scope->store, err, NULL, NULL, *sql, of, n);
    return sh_store_end(scope->store, rc, err);
}

int sh_removal_delete_rows(const struct sh_scope *scope, struct sp_error *err)
{
    return scope->repository_id ? run_all(scope, repository_rows, 2, err)
                                : run_all(scope, connection_rows, 1, err);
}

/* The job last, as it is what is claimed.  Who asked for the repository meanwhile gets a new
 * one. */
static const char *const rest[] = {
    "DELETE FROM removal" OF_REPOSITORY,
    "DELETE FROM job" OF_REPOSITORY,
    "INSERT INTO job (connection, repository_id, state, since, next_at)"
    " SELECT connection, id, 'queued', imported_at, imported_at FROM repository"
    " WHERE connection = ?1 AND id = ?2 AND imported = 1 AND excluded_by IS NULL",
    NULL,
};

int sh_removal_end(const struct sh_scope *scope, struct sp_error *err)
{
    return run_all(scope, rest, 2, err);
}
