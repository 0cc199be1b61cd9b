/* scheduler.h - keeps connections in sync for as long as the program runs
 *
 * One thread decides, others work. It sleeps until something is due, a file changes, or a
 * signal comes.
 */
#ifndef SH_SCHEDULER_H
#define SH_SCHEDULER_H

#include "host.h"

/* Lists each connection and syncs each imported repository when it is due, until the program
 * is to stop.  What is due stands in the store, so that several processes share the work and
 * a restart changes nothing. */
int sh_schedule(struct sh_host *, struct sp_error *);

#endif
