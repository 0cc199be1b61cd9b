/* idset.h - the ids that were sent already
 *
 * Offset paging shifts while people work, so that a row can come twice; each is sent once.
 */
#ifndef BB_IDSET_H
#define BB_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bb_idset {
    int64_t *slot; /* 0: free, which no id is */
    size_t room, n;
};

/* 1: it is new and now in the set; 0: it was there; -1: out of memory. */
int bb_idset_add(struct bb_idset *, int64_t id);
bool bb_idset_has(const struct bb_idset *, int64_t id);
void bb_idset_clear(struct bb_idset *);

#endif
