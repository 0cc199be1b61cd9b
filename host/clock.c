/* clock.c - see clock.h */
#include "clock.h"

#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t sh_now_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t sh_ticks_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
