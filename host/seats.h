/* seats.h - how many requests of one account may be under way, over all processes of a machine
 *
 * A seat is a byte of a file, locked while it is held: the kernel gives back what a process
 * held that died.  The lowest 64 bytes of an account's range are seats, the next is held by
 * who has to prove its login, and one is shared by all who wait without a seat: before them
 * those who hold one take no more.
 */
#ifndef SH_SEATS_H
#define SH_SEATS_H

#include "source_provider.h"

#include <stdbool.h>

/* One taker's: for each connection its own, used by one thread at a time. */
struct sh_seats {
    int file;            /* -1: not open */
    int64_t range;       /* where the account's bytes begin */
    uint64_t held;       /* a bit for each seat */
    int proof;           /* the seat that proves a login; 0: none does */
    int64_t waits_since; /* 0: it does not wait */
};

#define SH_SEATS_INIT ((struct sh_seats){.file = -1})

/* `number` is the account's, from 1 on. */
int sh_seats_open(struct sh_seats *, const char *path, int64_t number, struct sp_error *);
void sh_seats_close(struct sh_seats *);

/* Whether others may take the same seats, as the file was deleted. */
bool sh_seats_are_lost(const struct sh_seats *);

/* One of the first `most` seats, or the one for proving a login besides it.  > 0: taken, to be
 * given back under that number; 0: none is free now, or it is somebody else's turn. */
int sh_seats_take(struct sh_seats *, unsigned most, bool is_proof);
void sh_seats_give(struct sh_seats *, int seat);

/* It will not ask again soon. */
void sh_seats_rest(struct sh_seats *);

#endif
