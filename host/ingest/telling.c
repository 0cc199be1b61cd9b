/* telling.c - see telling.h */
#include "ingest/telling.h"

#include "clock.h"
#include "counters.h"

#include <string.h>

enum { STORE_EVERY_MS = 1000 };

/* What cannot be noted is not worth an import: the next write that matters will tell. */
void sh_tell(struct sh_telling *telling, const char *state, const char *what, uint64_t done,
             uint64_t total)
{
    int64_t ticks = sh_ticks_ms();
    struct sp_error err;

    sh_progress_tell(telling->progress, telling->subject, what, done, total);
    if (sh_now_ms() < telling->until_ms)
        return; /* an answer that was under way */
    if (telling->state && strcmp(telling->state, state) == 0 &&
        ticks - telling->told_ms < STORE_EVERY_MS)
        return;
    sh_job_advance(&telling->scope, state, what, done, total, &err);
    telling->state = state;
    telling->told_ms = ticks;
}

void sh_tell_wait(struct sh_telling *telling, int64_t until_ms, const struct sp_error *why)
{
    struct sp_error err;
    int64_t wait_ms = until_ms - sh_now_ms();

    if (wait_ms > 0)
        sh_count(SH_COUNT_WAITED_MS, wait_ms);
    sh_job_limited(&telling->scope, why->message, until_ms, &err);
    sh_account_limited(telling->account, until_ms);
    telling->state = NULL;
    telling->until_ms = until_ms;
}
