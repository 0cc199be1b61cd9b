/* share.c - see share.h */
#include "store/share.h"

#include "store/worker.h"

struct others {
    const struct sh_share *share;
    int64_t n, before; /* how many others there are, and how many with a lower id */
    int64_t seats;     /* of all others */
};

static int add_other(void *ctx, const struct sh_value *column, size_t n)
{
    struct others *others = ctx;

    (void)n;
    if (column[0].number == others->share->worker)
        return 0;
    others->n++;
    others->before += column[0].number < others->share->worker;
    others->seats += column[1].number;
    return 0;
}

/* Equal parts; what is over goes to those with the lowest ids. */
static void divide(struct sh_share *share, const struct others *others)
{
    int64_t parts = others->n + 1, left = share->most - others->seats;

    share->aim = share->most / parts + (others->before < share->most % parts);
    share->seats = share->aim < left ? share->aim : left;
    if (share->seats < share->in_use)
        share->seats = share->in_use;
    if (share->seats < 0)
        share->seats = 0;
}

static int renew(struct sh_store *store, struct sh_share *share, struct sp_error *err)
{
    struct others others = {.share = share};
    int rc;

    share->limited_until_ms = 0;
    /* Of the same account one after the other. */
    rc = SH_QUERY(store, err, sh_take_number, &share->limited_until_ms,
                  "SELECT coalesce(limited_until, 0) FROM login_account WHERE id = ?1"
                  " FOR UPDATE",
                  SH_INT(share->account));
    if (!rc)
        rc =
            SH_QUERY(store, err, add_other, &others,
                     "SELECT s.worker, s.seats FROM login_share s JOIN worker w"
                     " ON w.id = s.worker WHERE s.account = ?1 AND w.until_at >= " SH_STORE_NOW,
                     SH_INT(share->account));
    if (rc)
        return rc;
    divide(share, &others);
    return SH_RUN(store, err,
                  "INSERT INTO login_share (account, worker, seats) VALUES (?1, ?2, ?3)"
                  " ON CONFLICT (account, worker) DO UPDATE SET seats = excluded.seats"
                  " WHERE login_share.seats <> excluded.seats",
                  SH_INT(share->account), SH_INT(share->worker), SH_INT(share->seats));
}

int sh_share_renew(struct sh_store *store, struct sh_share *share, struct sp_error *err)
{
    int rc = sh_store_begin(store, err);

    return rc ? rc : sh_store_end(store, renew(store, share, err), err);
}

int sh_share_leave(struct sh_store *store, const struct sh_share *share, struct sp_error *err)
{
    return SH_RUN(store, err, "DELETE FROM login_share WHERE account = ?1 AND worker = ?2",
                  SH_INT(share->account), SH_INT(share->worker));
}

int sh_share_pass(struct sh_store *store, int64_t from, int64_t to, struct sp_error *err)
{
    return SH_RUN(store, err, "UPDATE login_share SET worker = ?2 WHERE worker = ?1",
                  SH_INT(from), SH_INT(to));
}

/* Who was given up meanwhile proves nothing, as nobody would take that back. */
int sh_share_prove(struct sh_store *store, int64_t account, int64_t worker,
                   struct sp_error *err)
{
    int64_t found = 0;
    int rc = SH_QUERY(store, err, sh_take_number, &found,
                      "UPDATE login_account SET prover = us.id FROM"
                      " (SELECT id FROM worker WHERE id = ?2 FOR KEY SHARE) AS us"
                      " WHERE login_account.id = ?1"
                      " AND (prover IS NULL OR prover = us.id) RETURNING 1",
                      SH_INT(account), SH_INT(worker));

    return rc ? rc : (int)found;
}

int sh_share_proven(struct sh_store *store, int64_t account, int64_t worker,
                    struct sp_error *err)
{
    return SH_RUN(store, err,
                  "UPDATE login_account SET prover = NULL WHERE id = ?1 AND prover = ?2",
                  SH_INT(account), SH_INT(worker));
}

int sh_share_limited(struct sh_store *store, int64_t account, int64_t until_ms,
                     struct sp_error *err)
{
    return SH_RUN(store, err,
                  "UPDATE login_account SET limited_until = ?2"
                  " WHERE id = ?1 AND coalesce(limited_until, 0) < ?2",
                  SH_INT(account), SH_INT(until_ms));
}
