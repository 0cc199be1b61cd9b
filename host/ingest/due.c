/* due.c - see due.h */
#include "ingest/due.h"

#include "source_provider.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };

bool sh_concerns_connection(int code)
{
    return code == SP_ERR_LOGIN || code == SP_ERR_NETWORK || code == SP_ERR_TLS ||
           code == SP_ERR_UNAVAILABLE || code == SP_ERR_RATE_LIMIT;
}

static int64_t limited(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* A minute, doubled with each failure after the first. */
static int64_t backoff(int64_t failures, int64_t most)
{
    int64_t delay = MINUTE_MS;

    while (--failures > 0 && delay < most)
        delay *= 2;
    return limited(delay, MINUTE_MS, most);
}

int64_t sh_due_listing(const struct sh_pace *pace, int64_t failures, int64_t now_ms)
{
    return now_ms + (failures ? backoff(failures, HOUR_MS) : pace->list_ms);
}

/* Of what is quiet: also longer than any wait after failures. */
static int64_t longest(const struct sh_pace *pace)
{
    return pace->sync_ms < DAY_MS ? DAY_MS : pace->sync_ms;
}

int64_t sh_due_latest(const struct sh_pace *pace, int64_t now_ms)
{
    int64_t sync_ms = longest(pace) + longest(pace) / 10;

    return now_ms + (pace->list_ms > sync_ms ? pace->list_ms : sync_ms);
}

int64_t sh_due_sync(const struct sh_pace *pace, int64_t failures, int64_t changed_ms,
                    uint64_t spread, int64_t now_ms)
{
    int64_t quiet_ms = now_ms - changed_ms, interval;

    if (failures)
        return now_ms + backoff(failures, 6L * HOUR_MS);
    interval = limited((int64_t)((double)pace->sync_ms * (double)quiet_ms / (2.0 * DAY_MS)),
                       pace->sync_ms / 4, longest(pace));
    return now_ms + interval - interval / 10 + (int64_t)(spread % (uint64_t)(interval / 5 + 1));
}
