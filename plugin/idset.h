/* idset.h - the ids that were sent already
 *
 * Offset paging shifts while people work, so that a row can come twice; each is sent once.
 * Servers number their rows one after the other, so 64 neighbours share a slot.
 */
#ifndef BB_IDSET_H
#define BB_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bb_idset_slot {
    uint64_t group; /* the ids without their last six bits */
    uint64_t ids;   /* one bit each; none: the slot is free */
};

struct bb_idset {
    struct bb_idset_slot *slot;
    size_t room, n; /* in slots */
};

/* 1: it is new and now in the set; 0: it was there; -1: out of memory. */
int bb_idset_add(struct bb_idset *, int64_t id);
bool bb_idset_has(const struct bb_idset *, int64_t id);
void bb_idset_clear(struct bb_idset *);

#endif
