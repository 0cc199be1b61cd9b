/* clock.h - the host's clock: everything that asks for the time asks here, providers too
 *
 * SOURCE_HOST_CLOCK names a file with the time in it, milliseconds since 1970, by which a
 * test lets a year pass.
 */
#ifndef SH_CLOCK_H
#define SH_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since 1970 UTC. */
int64_t sh_now_ms(void);

/* Somebody else lets time pass: who waits for a moment looks often. */
bool sh_clock_is_driven(void);

/* Milliseconds of a clock that nobody sets, for waiting; it goes on while the machine sleeps.
 */
int64_t sh_ticks_ms(void);

#endif
