/* tables.h - the tables of a store and their columns, as data
 *
 * They are said in schema.c alone, and read here off an empty store that it has made.
 */
#ifndef SH_TABLES_H
#define SH_TABLES_H

#include "store/key.h"

enum { SH_COLUMNS_MAX = 64 };

/* A table that is moved with an installation, with those of its columns that are. */
struct sh_table {
    char *name;
    char *column[SH_COLUMNS_MAX];
    enum sh_value_type type[SH_COLUMNS_MAX];
    size_t n;
    size_t key[SH_KEY_MAX]; /* which columns are its primary key */
    size_t n_key;
    /* All of its columns, in the order of its key: from the beginning, and beyond the key that
     * is given; and what puts a row in.  Engines keep them prepared by their address. */
    char *select_first, *select_next, *insert;
};

struct sh_tables {
    struct sh_table *table;
    size_t n;
    char *any; /* names a table that has a row, of all that there are */
};

/* How many rows one of the two gives. */
#define SH_ROWS_AT_ONCE 500

int sh_tables_read(struct sh_tables *ret, struct sp_error *);
/* Only once the stores that ran their statements are closed. */
void sh_tables_clear(struct sh_tables *);

#endif
