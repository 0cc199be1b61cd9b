/* refusal.c - see refusal.h */
#include "store/refusal.h"

#include <stdio.h>
#include <string.h>

static int take(void *ctx, const struct sh_value *column, size_t n)
{
    struct sh_refusal *refusal = ctx;

    (void)n;
    snprintf(refusal->fingerprint, sizeof refusal->fingerprint, "%s",
             column[0].text ? column[0].text : "");
    snprintf(refusal->reason, sizeof refusal->reason, "%s", column[1].text);
    refusal->since_ms = column[2].number;
    refusal->released = column[3].number != 0;
    snprintf(refusal->cause, sizeof refusal->cause, "%s", column[4].text ? column[4].text : "");
    return 1; /* one row is enough */
}

int sh_refusal_read(struct sh_store *store, const char *account, const char *connection,
                    struct sh_refusal *ret, struct sp_error *err)
{
    int rc;

    memset(ret, 0, sizeof *ret);
    rc = SH_QUERY(store, err, take, ret,
                  "SELECT CASE WHEN connection = ?2 THEN fingerprint END, reason, since,"
                  " released, cause FROM login_refusal"
                  " WHERE account = ?1 AND (connection = ?2 OR released = 0)"
                  " ORDER BY CASE WHEN connection = ?2 THEN 0 ELSE 1 END, since",
                  SH_TEXT(account), SH_TEXT(connection));
    return rc < 0 ? rc : SP_OK;
}

int sh_refusal_put(struct sh_store *store, const char *account, const char *connection,
                   const struct sh_refusal *refusal, struct sp_error *err)
{
    return SH_RUN(store, err,
                  "INSERT INTO login_refusal"
                  " (account, connection, fingerprint, reason, since, released, cause)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                  " ON CONFLICT (account, connection) DO UPDATE SET"
                  " fingerprint = excluded.fingerprint, reason = excluded.reason,"
                  " since = excluded.since, released = excluded.released,"
                  " cause = excluded.cause",
                  SH_TEXT(account), SH_TEXT(connection), SH_TEXT(refusal->fingerprint),
                  SH_TEXT(refusal->reason), SH_INT(refusal->since_ms),
                  SH_INT(refusal->released), SH_TEXT(refusal->cause));
}

int sh_refusal_spread(struct sh_store *store, const char *account, const char *connection,
                      const struct sh_refusal *refusal, struct sp_error *err)
{
    return SH_RUN(store, err,
                  "UPDATE login_refusal SET released = 0, reason = ?3, since = ?4, cause = ?5"
                  " WHERE account = ?1 AND connection <> ?2 AND released = 1",
                  SH_TEXT(account), SH_TEXT(connection), SH_TEXT(refusal->reason),
                  SH_INT(refusal->since_ms), SH_TEXT(refusal->cause));
}

int sh_refusal_clear(struct sh_store *store, const char *account, struct sp_error *err)
{
    return SH_RUN(store, err, "DELETE FROM login_refusal WHERE account = ?1", SH_TEXT(account));
}
