/* due.h - when something is to be done again, from how it went; nothing but arithmetic
 *
 * Listings come at a steady pace; a repository comes sooner the more recently it changed, and
 * one that fails waits twice as long each time.
 */
#ifndef SH_DUE_H
#define SH_DUE_H

#include <stdbool.h>
#include <stdint.h>

/* How often, in milliseconds. */
struct sh_pace {
    int64_t list_ms; /* a connection's listing */
    int64_t sync_ms; /* a repository that changed two days ago */
};

/* What is wrong with the server or the way there, and not with one repository: all of the
 * connection waits, and no repository is to blame. */
bool sh_concerns_connection(int code);

/* When to list again, after `failures` in a row. */
int64_t sh_due_listing(const struct sh_pace *, int64_t failures, int64_t now_ms);

/* When to sync a repository again.  `changed_ms`: when something new was last found in it;
 * `spread`: any number, by which those that were due together part. */
int64_t sh_due_sync(const struct sh_pace *, int64_t failures, int64_t changed_ms,
                    uint64_t spread, int64_t now_ms);

/* Later than that nothing is due that was put off now. */
int64_t sh_due_latest(const struct sh_pace *, int64_t now_ms);

#endif
