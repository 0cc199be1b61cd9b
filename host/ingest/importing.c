/* importing.c - see importing.h */
#include "ingest/importing.h"

#include "clock.h"
#include "signals.h"
#include "space.h"

enum { LOOK_AT_DISK_MS = 1000 };

int sh_importing_cancelled(void *ctx)
{
    struct sh_importing *importing = ctx;
    int64_t ticks = sh_ticks_ms();
    struct sp_error why;

    if (!importing->is_short && ticks - importing->looked_ticks >= LOOK_AT_DISK_MS) {
        importing->looked_ticks = ticks;
        importing->is_short = sh_space_check(importing->host, &why) != SP_OK;
    }
    return importing->is_short || sh_stopping();
}
