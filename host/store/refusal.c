/* refusal.c - see refusal.h */
#include "store/refusal.h"

#include <stdio.h>
#include <string.h>

enum { TRIES_MAX = 10 };
enum { UNCERTAIN_MAX = 2 }; /* one more counts as certain: far below what locks an account */

#define COPY(to, column) snprintf(to, sizeof(to), "%s", (column).text ? (column).text : "")

static int take_account(void *ctx, const struct sh_value *column, size_t n)
{
    struct sh_account_row *row = ctx;

    (void)n;
    row->number = column[0].number;
    COPY(row->salt, column[1]);
    return 0;
}

static int read_account(struct sh_store *store, const char *name, struct sh_account_row *ret,
                        struct sp_error *err)
{
    *ret = (struct sh_account_row){0};
    return SH_QUERY(store, err, take_account, ret,
                    "SELECT id, salt FROM login_account WHERE name = ?1", SH_TEXT(name));
}

static int make_account(struct sh_store *store, const char *name, const char *salt,
                        struct sp_error *err)
{
    return SH_RUN(store, err,
                  "INSERT INTO login_account (id, name, salt)"
                  " SELECT coalesce(max(id), 0) + 1, ?1, ?2 FROM login_account"
                  " WHERE 1 = 1 ON CONFLICT DO NOTHING",
                  SH_TEXT(name), SH_TEXT(salt));
}

int sh_account_row(struct sh_store *store, const char *name, struct sh_account_row *ret,
                   struct sp_error *err)
{
    char salt[SP_SALT_MAX];
    int rc = read_account(store, name, ret, err);

    if (rc || ret->number)
        return rc;
    rc = sp_fingerprint_salt(salt, sizeof salt, err);
    /* Another machine may make the same one, or take its number, at this moment. */
    for (int i = 0; !rc && !ret->number && i < TRIES_MAX; i++) {
        rc = make_account(store, name, salt, err);
        if (!rc)
            rc = read_account(store, name, ret, err);
    }
    return rc;
}

struct newest {
    int64_t id;
    struct sh_refusal *refusal;
};

static int take_newest(void *ctx, const struct sh_value *column, size_t n)
{
    struct newest *newest = ctx;

    (void)n;
    newest->id = column[0].number;
    COPY(newest->refusal->reason, column[1]);
    COPY(newest->refusal->cause, column[2]);
    newest->refusal->since_ms = column[3].number;
    COPY(newest->refusal->connection, column[4]);
    return 0;
}

struct block {
    int64_t newest; /* refusal because of which settings of the connection are not tried */
    bool is_same;   /* these settings are among them */
};

static int take_block(void *ctx, const struct sh_value *column, size_t n)
{
    struct block *block = ctx;

    (void)n;
    block->newest = column[0].number;
    block->is_same = column[1].number != 0;
    return 0;
}

static int put_block(struct sh_store *store, const struct sh_login *login, int64_t refusal,
                     struct sp_error *err)
{
    return SH_RUN(store, err,
                  "INSERT INTO login_block (account, connection, fingerprint, refusal)"
                  " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (account, connection, fingerprint)"
                  " DO UPDATE SET refusal = excluded.refusal",
                  SH_INT(login->account), SH_TEXT(login->connection),
                  SH_TEXT(login->fingerprint), SH_INT(refusal));
}

int sh_refusal_read(struct sh_store *store, const struct sh_login *login, bool is_typed,
                    struct sh_refusal *ret, struct sp_error *err)
{
    struct newest newest = {.refusal = ret};
    struct block block = {0};
    int rc;

    *ret = (struct sh_refusal){0};
    rc = SH_QUERY(store, err, take_newest, &newest,
                  "SELECT id, reason, cause, since, connection FROM login_refusal"
                  " WHERE account = ?1 AND certain = 1 ORDER BY id DESC LIMIT 1",
                  SH_INT(login->account));
    if (rc || !newest.id)
        return rc;
    rc = SH_QUERY(store, err, take_block, &block,
                  "SELECT coalesce(max(refusal), 0),"
                  " coalesce(max(CASE WHEN fingerprint = ?3 THEN 1 ELSE 0 END), 0)"
                  " FROM login_block WHERE account = ?1 AND connection = ?2",
                  SH_INT(login->account), SH_TEXT(login->connection),
                  SH_TEXT(login->fingerprint));
    if (rc || block.is_same)
        return rc;
    /* The connection has not been asked about since: what it has now is what it had then. */
    if (block.newest < newest.id && !is_typed)
        return put_block(store, login, newest.id, err);
    *ret = (struct sh_refusal){0};
    return SP_OK;
}

static int count_uncertain(struct sh_store *store, int64_t account, int64_t *ret,
                           struct sp_error *err)
{
    return SH_QUERY(store, err, sh_take_number, ret,
                    "SELECT count(*) FROM login_refusal WHERE account = ?1 AND certain = 0",
                    SH_INT(account));
}

static int put_refusal(struct sh_store *store, const struct sh_login *login,
                       const struct sh_refusal *refusal, bool is_certain, struct sp_error *err)
{
    int64_t id = 0;
    /* One after the other: the number is one more than the last. */
    int rc = SH_RUN(store, err,
                    "UPDATE login_account SET salt = salt"
                    " WHERE id = (SELECT min(id) FROM login_account)");

    if (!rc)
        rc = SH_QUERY(store, err, sh_take_number, &id,
                      "SELECT coalesce(max(id), 0) + 1 FROM login_refusal");
    /* SH_TEXT asks whether there is a text: an array is taken for a pointer.
     * NOLINTBEGIN(clang-analyzer-core.NullDereference) */
    if (!rc)
        rc = SH_RUN(store, err,
                    "INSERT INTO login_refusal"
                    " (id, account, connection, reason, cause, since, certain)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    SH_INT(id), SH_INT(login->account), SH_TEXT(login->connection),
                    SH_TEXT(refusal->reason), SH_TEXT(refusal->cause),
                    SH_INT(refusal->since_ms), SH_INT(is_certain));
    /* NOLINTEND(clang-analyzer-core.NullDereference) */
    return rc || !is_certain ? rc : put_block(store, login, id, err);
}

int sh_refusal_note(struct sh_store *store, const struct sh_login *login,
                    const struct sh_refusal *refusal, bool is_certain, struct sp_error *err)
{
    int64_t uncertain = 0;
    int rc = sh_store_begin(store, err);

    if (rc)
        return rc;
    if (!is_certain)
        rc = count_uncertain(store, login->account, &uncertain, err);
    if (!rc)
        rc = put_refusal(store, login, refusal, is_certain || uncertain >= UNCERTAIN_MAX, err);
    return sh_store_end(store, rc, err);
}

int sh_refusal_try(struct sh_store *store, const struct sh_login *login, struct sp_error *err)
{
    return SH_RUN(store, err, "UPDATE login_account SET salt = salt WHERE id = ?1",
                  SH_INT(login->account));
}

int sh_refusal_accepted(struct sh_store *store, const struct sh_login *login,
                        struct sp_error *err)
{
    int64_t uncertain = 0;
    int rc = count_uncertain(store, login->account, &uncertain, err);

    return rc || !uncertain
               ? rc
               : SH_RUN(store, err,
                        "DELETE FROM login_refusal WHERE account = ?1 AND certain = 0",
                        SH_INT(login->account));
}

int sh_refusal_is_known(struct sh_store *store, const char *connection, bool *ret,
                        struct sp_error *err)
{
    int64_t n = 0;
    int rc = SH_QUERY(store, err, sh_take_number, &n,
                      "SELECT count(*) FROM login_refusal WHERE connection = ?1",
                      SH_TEXT(connection));

    *ret = n > 0;
    return rc;
}

/* The accounts that sh_refusal_clear means. */
#define MEANT                                                                                  \
    "account IN (SELECT id FROM login_account WHERE name = ?1"                                 \
    " UNION SELECT account FROM login_block WHERE connection = ?2"                             \
    " UNION SELECT account FROM login_refusal WHERE connection = ?2)"

int sh_refusal_clear(struct sh_store *store, const char *account, const char *connection,
                     struct sp_error *err)
{
    int rc = sh_store_begin(store, err);

    if (rc)
        return rc;
    rc = SH_RUN(store, err, "DELETE FROM login_refusal WHERE " MEANT, SH_TEXT(account),
                SH_TEXT(connection));
    if (!rc)
        rc = SH_RUN(store, err, "DELETE FROM login_block WHERE " MEANT, SH_TEXT(account),
                    SH_TEXT(connection));
    return sh_store_end(store, rc, err);
}
