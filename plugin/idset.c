/* idset.c - see idset.h; open addressing, at most half full */
#include "idset.h"

#include <stdlib.h>

static size_t place_of(const struct bb_idset *set, int64_t id)
{
    size_t at = (size_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (set->room - 1);

    while (set->slot[at] && set->slot[at] != id)
        at = (at + 1) & (set->room - 1);
    return at;
}

static int grow(struct bb_idset *set)
{
    struct bb_idset grown = {.room = set->room ? set->room * 2 : 64, .n = set->n};

    grown.slot = calloc(grown.room, sizeof *grown.slot);
    if (!grown.slot)
        return -1;
    for (size_t i = 0; i < set->room; i++)
        if (set->slot[i])
            grown.slot[place_of(&grown, set->slot[i])] = set->slot[i];
    free(set->slot);
    *set = grown;
    return 0;
}

int bb_idset_add(struct bb_idset *set, int64_t id)
{
    size_t at;

    if (set->n * 2 >= set->room && grow(set))
        return -1;
    at = place_of(set, id);
    if (set->slot[at])
        return 0;
    set->slot[at] = id;
    set->n++;
    return 1;
}

bool bb_idset_has(const struct bb_idset *set, int64_t id)
{
    return set->room && set->slot[place_of(set, id)];
}

void bb_idset_clear(struct bb_idset *set)
{
    free(set->slot);
    *set = (struct bb_idset){0};
}
