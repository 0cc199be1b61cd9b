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

enum sh_value_type { SH_VALUE_INT, SH_VALUE_TEXT };

/* A parameter or a column.  Text is borrowed: of a column, until the row's end.  What is NULL
 * has a type, too: PostgreSQL asks for it. */
struct sh_value {
    enum sh_value_type type;
    bool is_null;
    int64_t number;
    const char *text;
};

/* NULL text and 0 as "none" become NULL. */
#define SH_TEXT(t) ((struct sh_value){SH_VALUE_TEXT, !(t), 0, (t)})
#define SH_INT(n)  ((struct sh_value){SH_VALUE_INT, false, (n), NULL})
#define SH_SOME(n) ((struct sh_value){SH_VALUE_INT, (n) == 0, (n), NULL})

/* A row of n columns.  Non-zero ends the query, which returns it. */
typedef int (*sh_row_fn)(void *ctx, const struct sh_value *column, size_t n);

struct sh_store;

struct sh_store_engine {
    /* Runs one statement with parameters ?1, ?2, ...; `sql` is a literal, by whose address
     * it is kept prepared.  fn may be NULL. */
    int (*run)(struct sh_store *, const char *sql, const struct sh_value *parameters, size_t n,
               sh_row_fn fn, void *ctx, struct sp_error *err);
    /* The same for a statement that gives no rows, and may not have been obeyed yet: what
     * goes wrong with it is told by a later call, at the latest by the next run or script. */
    int (*send)(struct sh_store *, const char *sql, const struct sh_value *parameters, size_t n,
                struct sp_error *err);
    /* Runs several statements without parameters. */
    int (*script)(struct sh_store *, const char *sql, struct sp_error *err);
    void (*close)(struct sh_store *);
    /* What begins a transaction, and one that all others wait for who begin one so. */
    const char *begin, *begin_alone;
    /* What begins one that writes nothing and sees all as it is at one moment, however long it
     * reads. */
    const char *begin_reading;
    /* Gives a number that is another one once somebody else has written; NULL: there is none.
     */
    const char *version;
    /* Gives back the room that temporary tables have used; NULL: not needed. */
    const char *tidy;
    /* Where machines share the store, else NULL: tells others that something is due, and waits
     * for others to, or for a descriptor to become readable, at most so long. */
    int (*tell)(struct sh_store *, struct sp_error *err);
    void (*wait)(struct sh_store *, int descriptor, int64_t ms);
};

struct sh_store {
    const struct sh_store_engine *engine;
    bool is_staged;       /* the temporary tables are there: see sh_store_stage */
    struct sp_error lost; /* why what is gathered aside is not whole; code 0: it is */
    bool is_unsure;       /* the last run's answer was lost: it may have been obeyed */
    unsigned stagings;
    int64_t began_ns; /* the transaction: see trace.h */
};

/* Opens the store at `url`: postgresql://..., or the path of an SQLite file, made if there is
 * none.  Brings its tables up to date. */
int sh_store_open(const char *url, struct sh_store **ret, struct sp_error *err);
/* Whether that is a database which other machines may use, too. */
bool sh_store_is_shared(const char *url);
void sh_store_close(struct sh_store *);

/* For queries of one number: puts it, 0 for NULL, into the int64_t at ctx. */
int sh_take_number(void *ctx, const struct sh_value *column, size_t n);

int sh_store_run(struct sh_store *, struct sp_error *err, sh_row_fn fn, void *ctx,
                 const char *sql, const struct sh_value *parameters, size_t n);

/* SH_RUN(store, err, sql, parameters...): a statement that gives no rows, or none that
 * matter; SH_QUERY: one whose rows go to fn. */
#define SH_QUERY(store, err, fn, ctx, sql, ...)                                                \
    sh_store_run(                                                                              \
        store, err, fn, ctx, sql, (struct sh_value[]){SH_INT(0), __VA_ARGS__} + 1,             \
        sizeof((struct sh_value[]){SH_INT(0), __VA_ARGS__}) / sizeof(struct sh_value) - 1)
#define SH_RUN(store, err, ...) SH_QUERY(store, err, NULL, NULL, __VA_ARGS__)

int sh_store_send(struct sh_store *, struct sp_error *err, const char *sql,
                  const struct sh_value *parameters, size_t n);

/* SH_SEND(store, err, sql, parameters...): for rows that are gathered aside by the thousand. */
#define SH_SEND(store, err, sql, ...)                                                          \
    sh_store_send(                                                                             \
        store, err, sql, (struct sh_value[]){SH_INT(0), __VA_ARGS__} + 1,                      \
        sizeof((struct sh_value[]){SH_INT(0), __VA_ARGS__}) / sizeof(struct sh_value) - 1)

/* Before what was gathered goes into its place: fails when some of it got lost since the last
 * stage, whoever was told of that then. */
int sh_store_whole(struct sh_store *, struct sp_error *err);

/* One transaction.  In SQLite writers wait for each other at its begin; in PostgreSQL only
 * where they meet in a row, so that who counts up something takes a row for it first. */
int sh_store_begin(struct sh_store *, struct sp_error *err);
/* Ends it: commits when rc is 0, else rolls back and returns rc unchanged. */
int sh_store_end(struct sh_store *, int rc, struct sp_error *err);

/* A number that is another one once somebody else has written anything; < 0: not known. */
int sh_store_version(struct sh_store *, int64_t *ret, struct sp_error *err);

/* Something is due that was not, in the same transaction: who waits for it looks. */
int sh_store_tell(struct sh_store *, struct sp_error *err);
/* Waits for somebody to tell, where others can, and for something to read from the descriptor;
 * at most so long. */
void sh_store_wait(struct sh_store *, int descriptor, int64_t ms);

/* The engines' constructors. */
int sh_sqlite_open(const char *path, struct sh_store **ret, struct sp_error *err);
int sh_postgres_open(const char *url, struct sh_store **ret, struct sp_error *err);

/* schema.c */
int sh_schema_migrate(struct sh_store *, struct sp_error *err);
/* Before anything is gathered aside: makes the temporary tables for it, once. */
int sh_store_stage(struct sh_store *, struct sp_error *err);

#endif
