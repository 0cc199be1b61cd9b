/* arena.c - see arena.h */
#include "arena.h"

#include <stddef.h>
#include <stdlib.h>

struct bb_arena_block {
    struct bb_arena_block *next;
    max_align_t data[];
};

void *bb_arena_take(struct bb_arena *arena, size_t size)
{
    struct bb_arena_block *block = calloc(1, sizeof *block + size);

    if (!block)
        return NULL;
    block->next = arena->blocks;
    arena->blocks = block;
    return block->data;
}

void bb_arena_clear(struct bb_arena *arena)
{
    while (arena->blocks) {
        struct bb_arena_block *next = arena->blocks->next;

        free(arena->blocks);
        arena->blocks = next;
    }
}
