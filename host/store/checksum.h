/* checksum.h - of a table's rows, in whatever order they are read
 *
 * Each row's SHA-256, of which the first 64 bits are added up: databases sort text each in a
 * way of its own, so that an order of all stores there is none.
 */
#ifndef SH_CHECKSUM_H
#define SH_CHECKSUM_H

#include "store/store.h"

struct sh_checksum {
    int64_t rows;
    uint64_t sum;
};

/* Counts a row in. */
int sh_checksum_add(struct sh_checksum *, const struct sh_value *column, size_t n,
                    struct sp_error *);

#endif
