/* presence.h - that this process is there, at a store that machines share
 *
 * A thread says so every second; what the process holds, jobs and seats of accounts, is taken
 * back by others when it was not heard of for SH_WORKER_LEASE_MS.  So it asks here, too,
 * whether it may still use its seats.
 */
#ifndef SH_PRESENCE_H
#define SH_PRESENCE_H

#include "store/worker.h"

struct sh_presence;

/* `command` is what the process does, `grace_ms` how long a repository waits for a machine that
 * holds its mirror; url and data are borrowed. */
int sh_presence_begin(const char *url, const char *data, const char *command, int64_t grace_ms,
                      struct sh_presence **ret, struct sp_error *);
void sh_presence_end(struct sh_presence *);

/* Who we are now: the id changes when we were given up meanwhile.  Any thread. */
struct sh_worker_row sh_presence_worker(struct sh_presence *);

/* Something that is held could not be given back, since the database was away: we are to enter
 * anew, which gives back everything.  Any thread. */
void sh_presence_renew(struct sh_presence *);

/* Where the process keeps its locks of seats; borrowed. */
const char *sh_presence_seats_path(const struct sh_presence *);

/* Takes one of an account's `most` seats: how many of them are ours; 0: none is free now, ask
 * again.  Any thread. */
unsigned sh_presence_take_seat(struct sh_presence *, int64_t account, unsigned most);
void sh_presence_give_seat(struct sh_presence *, int64_t account);

#endif
