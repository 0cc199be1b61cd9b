/* clock.h - the host's clock: everything that asks for the time asks here */
#ifndef SH_CLOCK_H
#define SH_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970 UTC. */
int64_t sh_now_ms(void);

/* Milliseconds of a clock that nobody sets, for waiting. */
int64_t sh_ticks_ms(void);

#endif
