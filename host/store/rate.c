/* rate.c - see rate.h */
#include "store/rate.h"

#include "clock.h"
#include "store/worker.h"

enum { AGAIN_MS = 1 };

struct row {
    struct sp_rate_state state;
    int64_t capacity, fill_rate, told_ms;
    int64_t now_us;
};

static int take_row(void *ctx, const struct sh_value *column, size_t n)
{
    struct row *row = ctx;

    (void)n;
    *row = (struct row){
        {column[0].number, column[1].number},
        column[2].number,
        column[3].number,
        column[4].number,
        column[5].number * 1000,
    };
    return 0;
}

#define READ_ROW(now)                                                                          \
    "SELECT rate_paced_us, rate_full_us, rate_capacity, rate_fill, rate_told_at, " now         \
    " FROM login_account WHERE id = ?1"

/* By a clock that all have who share the store: the database's, or the one of this machine
 * since its start.  After the next start its moments are lost ones for sp_rate_take, if they
 * are ahead at all. */
static int read_row(struct sh_store *store, int64_t account, struct row *row,
                    struct sp_error *err)
{
    int rc = store->engine->tell
                 ? SH_QUERY(store, err, take_row, row, READ_ROW(SH_STORE_NOW), SH_INT(account))
                 : SH_QUERY(store, err, take_row, row, READ_ROW("0"), SH_INT(account));

    if (!row->now_us)
        row->now_us = sh_ticks_ms() * 1000;
    return rc;
}

/* Unless somebody else was faster: 0. */
static int write_row(struct sh_store *store, int64_t account, const struct row *before,
                     const struct row *after, struct sp_error *err)
{
    int64_t found = 0;
    int rc =
        SH_QUERY(store, err, sh_take_number, &found,
                 "UPDATE login_account SET rate_paced_us = ?4, rate_full_us = ?5,"
                 " rate_capacity = ?6, rate_fill = ?7, rate_told_at = ?8"
                 " WHERE id = ?1 AND rate_paced_us = ?2 AND rate_full_us = ?3 RETURNING 1",
                 SH_INT(account), SH_INT(before->state.paced_us), SH_INT(before->state.full_us),
                 SH_INT(after->state.paced_us), SH_INT(after->state.full_us),
                 SH_INT(after->capacity), SH_INT(after->fill_rate), SH_INT(after->told_ms));

    return rc ? rc : (int)found;
}

/* The newer of both is what both have from then on. */
static bool exchange_told(struct row *row, struct sp_rate *rate)
{
    /* What was told by a clock that was ahead was never told. */
    bool is_news = rate->told_ms > row->told_ms || row->told_ms > sh_now_ms();

    if (is_news) {
        row->capacity = rate->capacity;
        row->fill_rate = rate->fill_rate;
        row->told_ms = rate->told_ms;
    } else {
        rate->capacity = row->capacity;
        rate->fill_rate = row->fill_rate;
        rate->told_ms = row->told_ms;
    }
    return is_news;
}

int sh_rate_enter(struct sh_store *store, int64_t account, struct sp_rate *rate,
                  int64_t *ret_wait_ms, struct sp_error *err)
{
    struct row before = {.now_us = 0}, after;
    int64_t wait_us;
    bool is_news;
    int rc = read_row(store, account, &before, err);

    if (rc)
        return rc;
    after = before;
    is_news = exchange_told(&after, rate);
    wait_us = sp_rate_take(rate, &after.state, before.now_us);
    if (wait_us > 0) {
        *ret_wait_ms = (wait_us + 999) / 1000;
        return 0;
    }
    if (!is_news && !rate->pace_us && !rate->refill_us)
        return 1;
    *ret_wait_ms = AGAIN_MS;
    return write_row(store, account, &before, &after, err);
}
