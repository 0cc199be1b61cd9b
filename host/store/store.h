/* store.h - where everything is kept: a database behind one small vtable
 *
 * The SQL of the files in this folder is written once, in the part of the language that
 * SQLite and PostgreSQL share; an engine runs it.  The tables are an interface that people
 * query: see schema.c.
 */
#ifndef SH_STORE_H
#define SH_STORE_H

#include "source_provider_host.h"

#include <stdbool.h>

enum sh_value_type { SH_VALUE_NULL, SH_VALUE_INT, SH_VALUE_TEXT };

/* A parameter or a column.  Text is borrowed: of a column, until the row's end. */
struct sh_value {
    enum sh_value_type type;
    int64_t number;
    const char *text;
};

/* NULL text and 0 as "none" become NULL. */
#define SH_TEXT(t) ((struct sh_value){(t) ? SH_VALUE_TEXT : SH_VALUE_NULL, 0, (t)})
#define SH_INT(n)  ((struct sh_value){SH_VALUE_INT, (n), NULL})
#define SH_SOME(n) ((struct sh_value){(n) ? SH_VALUE_INT : SH_VALUE_NULL, (n), NULL})

/* A row of n columns.  Non-zero ends the query, which returns it. */
typedef int (*sh_row_fn)(void *ctx, const struct sh_value *column, size_t n);

struct sh_store;

struct sh_store_engine {
    /* Runs one statement with parameters ?1, ?2, ...; `sql` is a literal, by whose address
     * it is kept prepared.  fn may be NULL. */
    int (*run)(struct sh_store *, const char *sql, const struct sh_value *parameters, size_t n,
               sh_row_fn fn, void *ctx, struct sp_error *err);
    /* Runs several statements without parameters. */
    int (*script)(struct sh_store *, const char *sql, struct sp_error *err);
    void (*close)(struct sh_store *);
};

struct sh_store {
    const struct sh_store_engine *engine;
};

/* Opens the store at `url`, today the path of an SQLite file, makes it if there is none,
 * and brings its tables up to date. */
int sh_store_open(const char *url, struct sh_store **ret, struct sp_error *err);
void sh_store_close(struct sh_store *);

int sh_store_run(struct sh_store *, struct sp_error *err, sh_row_fn fn, void *ctx,
                 const char *sql, const struct sh_value *parameters, size_t n);

/* SH_RUN(store, err, sql, parameters...): a statement that gives no rows, or none that
 * matter; SH_QUERY: one whose rows go to fn. */
#define SH_QUERY(store, err, fn, ctx, sql, ...)                                                \
    sh_store_run(                                                                              \
        store, err, fn, ctx, sql, (struct sh_value[]){SH_INT(0), __VA_ARGS__} + 1,             \
        sizeof((struct sh_value[]){SH_INT(0), __VA_ARGS__}) / sizeof(struct sh_value) - 1)
#define SH_RUN(store, err, ...) SH_QUERY(store, err, NULL, NULL, __VA_ARGS__)

/* One transaction; writers wait for each other at its begin. */
int sh_store_begin(struct sh_store *, struct sp_error *err);
/* Ends it: commits when rc is 0, else rolls back and returns rc unchanged. */
int sh_store_end(struct sh_store *, int rc, struct sp_error *err);

/* The engine's constructor. */
int sh_sqlite_open(const char *path, struct sh_store **ret, struct sp_error *err);
/* schema.c */
int sh_schema_migrate(struct sh_store *, struct sp_error *err);

#endif
