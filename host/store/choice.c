/* choice.c - see choice.h */
#include "store/choice.h"

/* What is to be imported has a job, which is due unless it is already at its time. */
static int make_due(const struct sh_scope *scope, int64_t now_ms, struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "INSERT INTO job (connection, repository_id, state, since, next_at)"
                  " SELECT connection, id, 'queued', ?3, ?3 FROM repository"
                  " WHERE connection = ?1 AND id = ?2 AND imported = 1 AND excluded_by IS NULL"
                  " ON CONFLICT (connection, repository_id)"
                  " DO UPDATE SET next_at = coalesce(job.next_at, excluded.next_at)",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(now_ms));
}

int sh_choice_import(const struct sh_scope *scope, const char *by, int64_t now_ms,
                     struct sp_error *err)
{
    int rc = SH_RUN(scope->store, err,
                    "UPDATE repository SET imported = 1, imported_at = ?3, imported_by = ?4,"
                    " removed_at = NULL WHERE connection = ?1 AND id = ?2 AND imported = 0",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(now_ms),
                    SH_TEXT(by));

    return rc ? rc : make_due(scope, now_ms, err);
}

int sh_choice_is_imported(const struct sh_scope *scope, bool *ret, struct sp_error *err)
{
    int64_t found = 0;
    int rc = SH_QUERY(scope->store, err, sh_take_number, &found,
                      "SELECT 1 FROM repository WHERE connection = ?1 AND id = ?2"
                      " AND imported = 1",
                      SH_TEXT(scope->connection), SH_INT(scope->repository_id));

    *ret = found != 0;
    return rc;
}

int sh_choice_exclude(const struct sh_scope *scope, const char *by, int64_t now_ms,
                      struct sp_error *err)
{
    int rc = SP_OK;

    /* The job first, as who is at it takes both rows in that order. */
    if (by)
        rc = SH_RUN(scope->store, err,
                    "UPDATE job SET next_at = NULL"
                    " WHERE connection = ?1 AND repository_id = ?2",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id));
    if (!rc)
        rc = SH_RUN(scope->store, err,
                    "UPDATE repository SET excluded_by = ?3 WHERE connection = ?1 AND id = ?2",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(by));
    return rc || by ? rc : make_due(scope, now_ms, err);
}

int sh_choice_auto_import(struct sh_store *store, const char *connection,
                          int64_t organization_id, bool is_on, int64_t now_ms,
                          struct sp_error *err)
{
    return SH_RUN(store, err,
                  "INSERT INTO auto_import (connection, organization_id, is_on, changed_at)"
                  " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (connection, organization_id)"
                  " DO UPDATE SET is_on = excluded.is_on, changed_at = excluded.changed_at"
                  " WHERE auto_import.is_on <> excluded.is_on",
                  SH_TEXT(connection), SH_INT(organization_id), SH_INT(is_on), SH_INT(now_ms));
}

int sh_choice_note_empty(const struct sh_scope *scope, int64_t ms, struct sp_error *err)
{
    return SH_WRITE(scope, err,
                    "UPDATE repository SET empty_at = ?3 WHERE connection = ?1 AND id = ?2"
                    " AND coalesce(empty_at, 0) <> coalesce(?3, 0)",
                    SH_SOME(ms));
}
