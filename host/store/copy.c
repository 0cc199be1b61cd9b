/* copy.c - see copy.h */
#include "store/copy.h"

#include "signals.h"
#include "store/key.h"
#include "store/tables.h"

#include <stdlib.h>
#include <string.h>

/* A table being read, a few hundred rows at a time: an engine may keep all rows of a query in
 * memory. */
struct reading {
    const struct sh_table *table;
    struct sh_store *to; /* where its rows are put; NULL: they are only counted */
    struct sh_checksum *checksum;
    size_t n;                         /* rows of this time */
    struct sh_value key[SH_KEY_MAX];  /* beyond which this time reads; text is owned */
    struct sh_value last[SH_KEY_MAX]; /* the same for the next time */
    struct sp_error *err;
};

static int keep_last(struct reading *reading, const struct sh_value *row)
{
    const struct sh_table *table = reading->table;
    int rc = SP_OK;

    for (size_t i = 0; !rc && i < table->n_key; i++)
        rc = sh_key_keep(&reading->last[i], &row[table->key[i]], reading->err);
    return rc;
}

/* SQLite lets anything stand in any column, and what is NULL comes without its type. */
static int type_as_said(const struct sh_table *table, struct sh_value *row,
                        struct sp_error *err)
{
    for (size_t i = 0; i < table->n; i++) {
        if (!row[i].is_null && row[i].type != table->type[i])
            return sp_error_set(err, SP_ERR_HOST, "store: a row of %s has no %s in %s",
                                table->name, table->type[i] == SH_VALUE_INT ? "number" : "text",
                                table->column[i]);
        row[i].type = table->type[i];
    }
    return SP_OK;
}

static int on_row(void *ctx, const struct sh_value *column, size_t n)
{
    struct reading *reading = ctx;
    const struct sh_table *table = reading->table;
    struct sh_value row[SH_COLUMNS_MAX];
    int rc;

    memcpy(row, column, n * sizeof *row);
    rc = type_as_said(table, row, reading->err);
    if (!rc)
        rc = sh_checksum_add(reading->checksum, row, n, reading->err);
    if (!rc && reading->to)
        rc = sh_store_send(reading->to, reading->err, table->insert, row, n);
    if (!rc && ++reading->n == SH_ROWS_AT_ONCE)
        rc = keep_last(reading, row);
    return rc;
}

/* Puts them into `to`, where that is given. */
static int read_table(struct sh_store *store, const struct sh_table *table, struct sh_store *to,
                      struct sh_checksum *checksum, struct sp_error *err)
{
    struct reading reading = {.table = table, .to = to, .checksum = checksum, .err = err};
    int rc = sh_store_run(store, err, on_row, &reading, table->select_first, NULL, 0);

    while (!rc && reading.n == SH_ROWS_AT_ONCE) {
        reading.n = 0;
        sh_key_move(reading.key, reading.last);
        if (sh_stopping())
            rc = sp_error_set(err, SP_ERR_CANCELLED, "stopped; nothing was copied");
        else
            rc = sh_store_run(store, err, on_row, &reading, table->select_next, reading.key,
                              table->n_key);
    }
    sh_key_forget(reading.key);
    sh_key_forget(reading.last);
    return rc;
}

static int refuse(void *ctx, const struct sh_value *column, size_t n)
{
    (void)n;
    return sp_error_set(ctx, SP_ERR_INVALID,
                        "the store to copy to is not empty: there are rows in its table %s; "
                        "give one that is",
                        column[0].text);
}

/* One copy under way. */
struct copying {
    struct sh_store *from, *to;
    struct sh_tables tables;
    struct sh_copied *copied; /* for each table */
    bool differs;             /* what was read again */
};

static int copy_tables(struct copying *self, struct sp_error *err)
{
    struct sh_store *from = self->from;
    int rc = sh_store_run(self->to, err, refuse, err, self->tables.any, NULL, 0);

    if (!rc)
        rc = from->engine->script(from, from->engine->begin_reading, err);
    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < self->tables.n; i++)
        rc = read_table(from, &self->tables.table[i], self->to, &self->copied[i].from, err);
    return sh_store_end(from, rc, err);
}

/* Reads what was put in, which begins by hearing whether it was. */
static int read_again(struct copying *self, struct sp_error *err)
{
    int rc = SP_OK;

    for (size_t i = 0; !rc && i < self->tables.n; i++) {
        struct sh_copied *copied = &self->copied[i];

        rc = read_table(self->to, &self->tables.table[i], NULL, &copied->to, err);
        self->differs = self->differs || (!rc && !sh_copied_is_equal(copied));
    }
    return !rc && self->differs
               ? sp_error_set(err, SP_ERR_HOST,
                              "what was read again is not what was copied; nothing was kept: "
                              "try again, and look at the disk and memory of the database")
               : rc;
}

static int copy(struct copying *self, struct sp_error *err)
{
    struct sh_store *to = self->to;
    int rc = to->engine->script(to, to->engine->begin_alone, err);

    if (rc)
        return rc;
    rc = copy_tables(self, err);
    if (!rc)
        rc = read_again(self, err);
    return sh_store_end(to, rc, err);
}

static int prepare(struct copying *self, const char *from, const char *to, struct sp_error *err)
{
    int rc = sh_tables_read(&self->tables, err);

    if (!rc)
        rc = sh_store_open(from, &self->from, err);
    if (!rc)
        rc = sh_store_open(to, &self->to, err);
    if (rc)
        return rc;
    self->copied = calloc(self->tables.n, sizeof *self->copied);
    if (!self->copied)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    for (size_t i = 0; i < self->tables.n; i++)
        self->copied[i].table = self->tables.table[i].name;
    return SP_OK;
}

bool sh_copied_is_equal(const struct sh_copied *copied)
{
    return copied->from.rows == copied->to.rows && copied->from.sum == copied->to.sum;
}

int sh_store_copy(const char *from, const char *to, sh_copied_fn fn, void *ctx,
                  struct sp_error *err)
{
    struct copying self = {0};
    int rc = prepare(&self, from, to, err);

    if (!rc)
        rc = copy(&self, err);
    for (size_t i = 0; (!rc || self.differs) && i < self.tables.n; i++)
        fn(ctx, &self.copied[i]);
    sh_store_close(self.from);
    sh_store_close(self.to);
    free(self.copied);
    sh_tables_clear(&self.tables);
    return rc;
}
