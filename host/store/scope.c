/* scope.c - see scope.h */
#include "store/scope.h"

/* Whoever declares a worker dead waits for this, and it for them. */
static int check_helper(const struct sh_scope *scope, struct sp_error *err)
{
    int64_t is_there = 0;
    int rc =
        SH_QUERY(scope->store, err, sh_take_number, &is_there,
                 "SELECT 1 FROM worker WHERE id = ?1 FOR KEY SHARE", SH_INT(scope->helper));

    if (!rc && !is_there)
        return sp_error_set(err, SP_ERR_CANCELLED,
                            "%s: this process was not heard of for too long, and others do "
                            "what it helped with",
                            scope->connection);
    return rc;
}

/* The row stays locked until the end of the transaction, so that nobody takes the work over
 * meanwhile. */
static int check_fence(const struct sh_scope *scope, struct sp_error *err)
{
    int64_t is_ours = 0;
    int rc = SH_QUERY(scope->store, err, sh_take_number, &is_ours,
                      "SELECT 1 FROM job WHERE connection = ?1 AND repository_id = ?2"
                      " AND fence = ?3 AND worker IS NOT NULL FOR UPDATE",
                      SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                      SH_INT(scope->fence));

    if (!rc && !is_ours)
        return sp_error_set(err, SP_ERR_CANCELLED,
                            "%s: this process was not heard of for too long, and another one "
                            "has taken its work over",
                            scope->connection);
    return rc;
}

int sh_scope_begin(const struct sh_scope *scope, struct sp_error *err)
{
    int rc = sh_store_begin(scope->store, err);

    if (!rc && scope->fence) {
        rc = scope->helper ? check_helper(scope, err) : SP_OK;
        if (!rc)
            rc = check_fence(scope, err);
        if (rc)
            rc = sh_store_end(scope->store, rc, err);
    }
    return rc;
}

int sh_scope_survived(const struct sh_scope *scope, struct sp_error *err)
{
    return scope->fence ? SH_RUN(scope->store, err,
                                 "UPDATE job SET crashes = 0 WHERE connection = ?1"
                                 " AND repository_id = ?2 AND crashes <> 0",
                                 SH_TEXT(scope->connection), SH_INT(scope->repository_id))
                        : SP_OK;
}

int sh_scope_write(const struct sh_scope *scope, struct sp_error *err, const char *sql,
                   const struct sh_value *parameters, size_t n)
{
    int rc;

    if (!scope->fence)
        return sh_store_run(scope->store, err, NULL, NULL, sql, parameters, n);
    rc = sh_scope_begin(scope, err);
    if (rc)
        return rc;
    rc = sh_store_run(scope->store, err, NULL, NULL, sql, parameters, n);
    return sh_store_end(scope->store, rc, err);
}
