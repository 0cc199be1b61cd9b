/* export.h - what of the store is promised to people: tables and views, their columns, in order
 *
 * A column once given keeps its name, its meaning and its place; new ones come behind it.
 */
#ifndef SH_EXPORT_H
#define SH_EXPORT_H

#include "store/store.h"

struct sh_export {
    const char *name; /* of the table or view */
    const char *summary;
    const char *columns; /* "connection, id, ...": the first are its key, by which rows come */
    size_t n_key;
    const char *since; /* the column by which `since` chooses; NULL: it has none */
    /* Rows from the beginning, and beyond a key. */
    const char *first, *next;
    size_t at_once;
};

enum { SH_EXPORT_COLUMNS_MAX = 64 };

/* The i-th of what there is, or NULL. */
const struct sh_export *sh_export_at(size_t i);

/* Gives each row to fn, as all was at one moment; only what happened at or after since_ms,
 * where it is not 0. */
int sh_export_read(struct sh_store *, const struct sh_export *, int64_t since_ms, sh_row_fn fn,
                   void *ctx, struct sp_error *err);

#endif
