/* attempts.c - see attempts.h */
#include "web/attempts.h"

#include <stdio.h>
#include <string.h>

static size_t find(const struct sh_attempts *attempts, const char *from)
{
    size_t i = 0;

    while (i < SH_ATTEMPTS_FROM && strcmp(attempts->row[i].from, from) != 0)
        i++;
    return i;
}

int64_t sh_attempts_wait(const struct sh_attempts *attempts, const char *from, int64_t ticks)
{
    size_t i = find(attempts, from);
    int64_t oldest = i < SH_ATTEMPTS_FROM ? attempts->row[i].at[SH_ATTEMPTS_MOST - 1] : 0;
    int64_t wait = oldest ? oldest + SH_ATTEMPTS_MINUTE_MS - ticks : 0;

    return wait > 0 ? wait : 0;
}

void sh_attempts_note(struct sh_attempts *attempts, const char *from, int64_t ticks)
{
    size_t i = find(attempts, from);

    if (i == SH_ATTEMPTS_FROM) {
        i = 0;
        for (size_t other = 1; other < SH_ATTEMPTS_FROM; other++)
            if (attempts->row[other].at[0] < attempts->row[i].at[0])
                i = other;
        memset(&attempts->row[i], 0, sizeof attempts->row[i]);
        snprintf(attempts->row[i].from, sizeof attempts->row[i].from, "%s", from);
    }
    memmove(attempts->row[i].at + 1, attempts->row[i].at,
            (SH_ATTEMPTS_MOST - 1) * sizeof *attempts->row[i].at);
    attempts->row[i].at[0] = ticks;
}
