/* arena.h - memory for one record's lists, freed at once
 *
 * A record borrows its lists; they go when the next record is made.
 */
#ifndef BB_ARENA_H
#define BB_ARENA_H

#include <stddef.h>

struct bb_arena {
    struct bb_arena_block *blocks;
};

/* Zeroed memory until bb_arena_clear; NULL when there is none. */
void *bb_arena_take(struct bb_arena *, size_t size);
void bb_arena_clear(struct bb_arena *);

#define BB_AUTOARENA __attribute__((__cleanup__(bb_arena_clear)))

#endif
