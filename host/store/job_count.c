/* job_count.c - how it goes with all jobs together: see job.h */
#include "store/job.h"

struct counting {
    sh_state_fn fn;
    void *ctx;
};

static int give_state(void *ctx, const struct sh_value *column, size_t n)
{
    const struct counting *counting = ctx;

    (void)n;
    return counting->fn(counting->ctx, column[0].text, column[1].number);
}

int sh_jobs_count(struct sh_store *store, sh_state_fn fn, void *ctx, struct sp_error *err)
{
    struct counting counting = {fn, ctx};

    return SH_QUERY(store, err, give_state, &counting,
                    "SELECT coalesce(j.state, 'queued'), count(*) FROM repository r"
                    " LEFT JOIN job j ON j.connection = r.connection"
                    " AND j.repository_id = r.id WHERE r.imported = 1"
                    " AND r.excluded_by IS NULL GROUP BY 1 ORDER BY 1");
}

struct pausing {
    sh_paused_fn fn;
    void *ctx;
};

static int give_paused(void *ctx, const struct sh_value *column, size_t n)
{
    const struct pausing *pausing = ctx;

    (void)n;
    return pausing->fn(pausing->ctx, column[0].text, column[1].number);
}

int sh_jobs_paused(struct sh_store *store, sh_paused_fn fn, void *ctx, struct sp_error *err)
{
    struct pausing pausing = {fn, ctx};

    return SH_QUERY(store, err, give_paused, &pausing,
                    "SELECT reason, since FROM job WHERE state = 'paused'"
                    " ORDER BY since LIMIT 1");
}

struct ageing {
    sh_oldest_fn fn;
    void *ctx;
};

static int give_oldest(void *ctx, const struct sh_value *column, size_t n)
{
    const struct ageing *ageing = ctx;

    (void)n;
    return ageing->fn(ageing->ctx, column[0].text, column[1].number);
}

int sh_jobs_oldest(struct sh_store *store, sh_oldest_fn fn, void *ctx, struct sp_error *err)
{
    struct ageing ageing = {fn, ctx};

    return SH_QUERY(store, err, give_oldest, &ageing,
                    "SELECT j.connection, min(j.succeeded_at) FROM job j JOIN repository r"
                    " ON r.connection = j.connection AND r.id = j.repository_id"
                    " WHERE r.imported = 1 AND r.excluded_by IS NULL"
                    " AND j.succeeded_at IS NOT NULL GROUP BY j.connection ORDER BY 1");
}
