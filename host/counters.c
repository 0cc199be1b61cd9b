/* counters.c - see counters.h */
#include "counters.h"

#include <stdatomic.h>

static _Atomic int64_t counters[SH_COUNTERS];

void sh_count(enum sh_counter counter, int64_t n)
{
    atomic_fetch_add_explicit(&counters[counter], n, memory_order_relaxed);
}

int64_t sh_counted(enum sh_counter counter)
{
    return atomic_load_explicit(&counters[counter], memory_order_relaxed);
}
