/* copy.h - an installation moved from one store to another, whatever their engines
 *
 * What is copied is read again from where it was put, before that counts: the other store has
 * all of it, proven, or nothing.
 */
#ifndef SH_COPY_H
#define SH_COPY_H

#include "store/checksum.h"

/* Of one table: what there was, and what was read again. */
struct sh_copied {
    const char *table;
    struct sh_checksum from, to;
};

bool sh_copied_is_equal(const struct sh_copied *);

typedef void (*sh_copied_fn)(void *ctx, const struct sh_copied *);

/* From the store at one URL, as it is at one moment, which holds up nobody, to the one at the
 * other, which has to be empty (SP_ERR_INVALID).  Each table is given to fn at the end, also
 * when something differs (SP_ERR_HOST). */
int sh_store_copy(const char *from, const char *to, sh_copied_fn fn, void *ctx,
                  struct sp_error *);

#endif
