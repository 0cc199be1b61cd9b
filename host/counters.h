/* counters.h - what this process has done so far, for who watches it from outside
 *
 * From any thread.  They begin at 0 with each start.
 */
#ifndef SH_COUNTERS_H
#define SH_COUNTERS_H

#include <stdint.h>

enum sh_counter {
    SH_COUNT_REQUESTS,  /* to servers, that carry credentials */
    SH_COUNT_IN_FLIGHT, /* of them, now */
    SH_COUNT_REFUSED,   /* logins */
    SH_COUNT_WAITED_MS, /* as servers have asked */
    SH_COUNT_ROWS,      /* commits, pull requests and activities that were stored */
    SH_COUNT_RUNS_DONE, /* listings and imports that went well */
    SH_COUNT_RUNS_FAILED,
    SH_COUNTERS
};

void sh_count(enum sh_counter, int64_t n);
int64_t sh_counted(enum sh_counter);

#endif
