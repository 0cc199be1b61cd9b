/* check.c - see check.h */
#include "store/check.h"

#include <stdlib.h>
#include <string.h>

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

void sh_checks_add(struct sh_checks *checks, const struct sp_check *check)
{
    if (checks->n == SH_CHECKS_MAX)
        return;
    checks->row[checks->n++] = (struct sh_check_row){
        .name = copy(check->id),
        .status = sp_check_status_name(check->status),
        .detail = copy(check->detail),
        .cause = copy(check->cause),
        .remedy = copy(check->remedy),
        .setting = copy(check->setting),
    };
}

void sh_checks_clear(struct sh_checks *checks)
{
    for (size_t i = 0; i < checks->n; i++) {
        free((char *)checks->row[i].name);
        free((char *)checks->row[i].detail);
        free((char *)checks->row[i].cause);
        free((char *)checks->row[i].remedy);
        free((char *)checks->row[i].setting);
    }
    checks->n = 0;
}

static int put(struct sh_store *store, const char *connection, const struct sh_checks *checks,
               int64_t now_ms, struct sp_error *err)
{
    int rc = SH_RUN(store, err, "DELETE FROM connection_check WHERE connection = ?1",
                    SH_TEXT(connection));

    for (size_t i = 0; !rc && i < checks->n; i++) {
        const struct sh_check_row *row = &checks->row[i];

        rc = SH_RUN(store, err,
                    "INSERT INTO connection_check (connection, name, position, status, detail,"
                    " cause, remedy, setting, checked_at)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
                    SH_TEXT(connection), SH_TEXT(row->name), SH_INT((int64_t)i),
                    SH_TEXT(row->status), SH_TEXT(row->detail), SH_TEXT(row->cause),
                    SH_TEXT(row->remedy), SH_TEXT(row->setting), SH_INT(now_ms));
    }
    return rc;
}

int sh_checks_put(struct sh_store *store, const char *connection,
                  const struct sh_checks *checks, int64_t now_ms, struct sp_error *err)
{
    int rc = sh_store_begin(store, err);

    return rc ? rc : sh_store_end(store, put(store, connection, checks, now_ms, err), err);
}

struct reader {
    sh_check_fn fn;
    void *ctx;
};

static int give(void *ctx, const struct sh_value *column, size_t n)
{
    const struct reader *reader = ctx;
    struct sh_check_row row = {
        .connection = column[0].text,
        .name = column[1].text,
        .status = column[2].text,
        .detail = column[3].text,
        .cause = column[4].text,
        .remedy = column[5].text,
        .setting = column[6].text,
        .checked_ms = column[7].number,
    };

    (void)n;
    return reader->fn(reader->ctx, &row);
}

int sh_checks_bad(struct sh_store *store, sh_check_fn fn, void *ctx, struct sp_error *err)
{
    struct reader reader = {fn, ctx};

    return SH_QUERY(store, err, give, &reader,
                    "SELECT connection, name, status, detail, cause, remedy, setting,"
                    " checked_at FROM connection_check WHERE status IN ('warn', 'fail')"
                    " ORDER BY connection, position");
}

static int take_last(void *ctx, const struct sh_value *column, size_t n)
{
    (void)n;
    *(struct sh_checkup *)ctx = (struct sh_checkup){column[0].number, column[1].number != 0};
    return 0;
}

int sh_checks_last(struct sh_store *store, const char *connection, struct sh_checkup *ret,
                   struct sp_error *err)
{
    *ret = (struct sh_checkup){0};
    return SH_QUERY(store, err, take_last, ret,
                    "SELECT max(checked_at), max(CASE WHEN status = 'fail' THEN 1 ELSE 0 END)"
                    " FROM connection_check WHERE connection = ?1",
                    SH_TEXT(connection));
}
