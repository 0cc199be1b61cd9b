/* idset.c - see idset.h; open addressing, at most half full */
#include "idset.h"

#include <stdlib.h>

enum { GROUP_BITS = 6 };

static size_t place_of(const struct bb_idset *set, int64_t id)
{
    uint64_t group = (uint64_t)id >> GROUP_BITS;
    size_t at = (size_t)(group * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (set->room - 1);

    while (set->slot[at].ids && set->slot[at].group != group)
        at = (at + 1) & (set->room - 1);
    return at;
}

static uint64_t bit_of(int64_t id)
{
    return UINT64_C(1) << ((uint64_t)id & ((1u << GROUP_BITS) - 1));
}

static int grow(struct bb_idset *set)
{
    struct bb_idset grown = {.room = set->room ? set->room * 2 : 64, .n = set->n};

    grown.slot = calloc(grown.room, sizeof *grown.slot);
    if (!grown.slot)
        return -1;
    for (size_t i = 0; i < set->room; i++)
        if (set->slot[i].ids)
            grown.slot[place_of(&grown, (int64_t)(set->slot[i].group << GROUP_BITS))] =
                set->slot[i];
    free(set->slot);
    *set = grown;
    return 0;
}

int bb_idset_add(struct bb_idset *set, int64_t id)
{
    struct bb_idset_slot *slot;

    if (set->n * 2 >= set->room && grow(set))
        return -1;
    slot = &set->slot[place_of(set, id)];
    if (slot->ids & bit_of(id))
        return 0;
    if (!slot->ids)
        set->n++;
    slot->group = (uint64_t)id >> GROUP_BITS;
    slot->ids |= bit_of(id);
    return 1;
}

bool bb_idset_has(const struct bb_idset *set, int64_t id)
{
    return set->room && set->slot[place_of(set, id)].ids & bit_of(id);
}

void bb_idset_clear(struct bb_idset *set)
{
    free(set->slot);
    *set = (struct bb_idset){0};
}
