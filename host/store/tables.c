/* tables.c - see tables.h */
#include "store/tables.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is true only where it stands: processes that work now, and what they hold.  A column
 * that is not moved has its default. */
static const struct {
    const char *table, *column; /* column NULL: all */
} stays[] = {
    {"schema_version", NULL},
    {"worker", NULL},
    {"login_share", NULL},
    {"place", NULL}, /* data directories and when they were seen; of a repository's mirror: */
    {"job", "place"},
    {"job", "worker"},
    {"login_account", "prover"},
    {"job", "split"},
    {"job_helper", NULL},
    {"job_part", NULL},
    {"login_account", "rate_paced_us"},
    {"login_account", "rate_full_us"},
};

static bool does_stay(const char *table, const char *column)
{
    for (size_t i = 0; i < sizeof stays / sizeof *stays; i++)
        if (strcmp(stays[i].table, table) == 0 &&
            (!stays[i].column || strcmp(stays[i].column, column) == 0))
            return true;
    return false;
}

struct reading {
    struct sh_tables *tables;
    FILE *any;
    bool is_any_begun;
    char *last; /* table, of those that stay, too */
    struct sp_error *err;
};

static int no_memory(struct sp_error *err)
{
    return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
}

/* A table begins: whether it is empty is asked of all but the one that is never. */
static int on_table(struct reading *reading, const char *name)
{
    free(reading->last);
    reading->last = strdup(name);
    if (!reading->last)
        return no_memory(reading->err);
    if (strcmp(name, "schema_version") != 0) {
        fprintf(reading->any, "%sSELECT '%s' WHERE EXISTS (SELECT 1 FROM \"%s\")",
                reading->is_any_begun ? " UNION ALL " : "", name, name);
        reading->is_any_begun = true;
    }
    return SP_OK;
}

static struct sh_table *add_table(struct sh_tables *tables, const char *name)
{
    struct sh_table *grown = realloc(tables->table, (tables->n + 1) * sizeof *grown);

    if (!grown)
        return NULL;
    tables->table = grown;
    grown[tables->n] = (struct sh_table){.name = strdup(name)};
    return grown[tables->n].name ? &grown[tables->n++] : NULL;
}

static int add_column(struct sh_table *table, const char *name, bool is_number, int64_t key,
                      struct sp_error *err)
{
    if (table->n == SH_COLUMNS_MAX || key > SH_KEY_MAX)
        return sp_error_set(err, SP_ERR_INTERNAL, "store: %s has too many columns",
                            table->name);
    table->type[table->n] = is_number ? SH_VALUE_INT : SH_VALUE_TEXT;
    table->column[table->n] = strdup(name);
    if (!table->column[table->n])
        return no_memory(err);
    if (key > 0) {
        table->key[key - 1] = table->n;
        table->n_key++;
    }
    table->n++;
    return SP_OK;
}

static int on_column(void *ctx, const struct sh_value *column, size_t n)
{
    struct reading *reading = ctx;
    struct sh_tables *tables = reading->tables;
    const char *name = column[0].text;
    struct sh_table *table = tables->n ? &tables->table[tables->n - 1] : NULL;
    int rc = SP_OK;

    (void)n;
    if (!reading->last || strcmp(reading->last, name) != 0)
        rc = on_table(reading, name);
    if (rc || does_stay(name, column[1].text))
        return rc;
    if (!table || strcmp(table->name, name) != 0)
        table = add_table(tables, name);
    return table ? add_column(table, column[1].text, column[2].number != 0, column[3].number,
                              reading->err)
                 : no_memory(reading->err);
}

static void put_columns(FILE *out, const struct sh_table *table)
{
    for (size_t i = 0; i < table->n; i++)
        fprintf(out, "%s\"%s\"", i ? ", " : "", table->column[i]);
}

static void put_key(FILE *out, const struct sh_table *table)
{
    for (size_t i = 0; i < table->n_key; i++)
        fprintf(out, "%s\"%s\"", i ? ", " : "", table->column[table->key[i]]);
}

static void put_parameters(FILE *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fprintf(out, "%s?%zu", i ? ", " : "", i + 1);
}

static void put_select(FILE *out, const struct sh_table *table, bool is_next)
{
    fputs("SELECT ", out);
    put_columns(out, table);
    fprintf(out, " FROM \"%s\"", table->name);
    if (is_next) {
        fputs(" WHERE (", out);
        put_key(out, table);
        fputs(") > (", out);
        put_parameters(out, table->n_key);
        fputs(")", out);
    }
    fputs(" ORDER BY ", out);
    put_key(out, table);
    fprintf(out, " LIMIT %d", SH_ROWS_AT_ONCE);
}

static void put_insert(FILE *out, const struct sh_table *table)
{
    fprintf(out, "INSERT INTO \"%s\" (", table->name);
    put_columns(out, table);
    fputs(") VALUES (", out);
    put_parameters(out, table->n);
    fputs(")", out);
}

enum statement { FIRST, NEXT, INSERT };

static char *statement_of(const struct sh_table *table, enum statement kind)
{
    char *sql = NULL;
    size_t size;
    FILE *out = open_memstream(&sql, &size);

    if (!out)
        return NULL;
    if (kind == INSERT)
        put_insert(out, table);
    else
        put_select(out, table, kind == NEXT);
    if (sh_text_end(out, &sql))
        return sql;
    free(sql);
    return NULL;
}

static int say(struct sh_table *table, struct sp_error *err)
{
    if (!table->n_key)
        return sp_error_set(err, SP_ERR_INTERNAL, "store: %s has no primary key", table->name);
    table->select_first = statement_of(table, FIRST);
    table->select_next = statement_of(table, NEXT);
    table->insert = statement_of(table, INSERT);
    return table->select_first && table->select_next && table->insert ? SP_OK : no_memory(err);
}

static int read_schema(struct sh_store *empty, struct sh_tables *tables, struct sp_error *err)
{
    size_t size;
    struct reading reading = {
        .tables = tables, .any = open_memstream(&tables->any, &size), .err = err};
    int rc;

    if (!reading.any)
        return no_memory(err);
    rc = SH_QUERY(empty, err, on_column, &reading,
                  "SELECT m.name, c.name, c.type = 'BIGINT', c.pk FROM sqlite_master m"
                  " JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
                  " ORDER BY m.name, c.cid");
    free(reading.last);
    if (!sh_text_end(reading.any, &tables->any) && !rc)
        rc = no_memory(err);
    for (size_t i = 0; !rc && i < tables->n; i++)
        rc = say(&tables->table[i], err);
    return rc;
}

int sh_tables_read(struct sh_tables *ret, struct sp_error *err)
{
    struct sh_store *empty;
    int rc = sh_store_open(":memory:", &empty, err);

    *ret = (struct sh_tables){0};
    if (rc)
        return rc;
    rc = read_schema(empty, ret, err);
    sh_store_close(empty);
    return rc;
}

void sh_tables_clear(struct sh_tables *tables)
{
    for (size_t i = 0; i < tables->n; i++) {
        struct sh_table *table = &tables->table[i];

        for (size_t j = 0; j < table->n; j++)
            free(table->column[j]);
        free(table->name);
        free(table->select_first);
        free(table->select_next);
        free(table->insert);
    }
    free(tables->table);
    free(tables->any);
}
