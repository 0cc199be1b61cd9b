/* attempts.h - wrong logins, by the address that they come from
 *
 * A few a minute and no more.  Tokens are far too long to be guessed; this keeps those out who
 * try all the same, and their noise out of the store.
 */
#ifndef SH_ATTEMPTS_H
#define SH_ATTEMPTS_H

#include <stddef.h>
#include <stdint.h>

enum { SH_ATTEMPTS_MOST = 5, SH_ATTEMPTS_MINUTE_MS = 60 * 1000, SH_ATTEMPTS_FROM = 256 };

struct sh_attempts {
    struct {
        char from[64];
        int64_t at[SH_ATTEMPTS_MOST]; /* the last of them, in ticks; 0: none */
    } row[SH_ATTEMPTS_FROM];
};

/* Milliseconds until the next may be tried; 0: now. */
int64_t sh_attempts_wait(const struct sh_attempts *, const char *from, int64_t ticks);
/* One was wrong.  Where there is no room the address that was wrong longest ago is forgotten.
 */
void sh_attempts_note(struct sh_attempts *, const char *from, int64_t ticks);

#endif
