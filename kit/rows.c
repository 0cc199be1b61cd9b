/* rows.c - what a host would keep: rows of a listing, pull requests with their revisions */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *kit_grow(void *list, size_t n, size_t size)
{
    void *grown = n % 64 ? list : reallocarray(list, n + 64, size);

    if (!grown) {
        fputs("source-provider-check: out of memory\n", stderr);
        abort();
    }
    return grown;
}

char *kit_strdup(const char *text)
{
    char *copy = kit_grow(NULL, 0, strlen(text) / 64 + 1);

    return strcpy(copy, text);
}

void kit_rows_add(struct kit_rows *rows, int64_t id, int64_t organization_id, const char *path,
                  bool importable)
{
    rows->row = kit_grow(rows->row, rows->n, sizeof *rows->row);
    rows->row[rows->n++] = (struct kit_row){id, organization_id, kit_strdup(path), importable};
}

const struct kit_row *kit_rows_find(const struct kit_rows *rows, int64_t id)
{
    for (size_t i = 0; i < rows->n; i++)
        if (rows->row[i].id == id)
            return &rows->row[i];
    return NULL;
}

void kit_rows_clear(struct kit_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        free(rows->row[i].path);
    free(rows->row);
    *rows = (struct kit_rows){0};
}

const struct kit_set *kit_store_find(const struct kit_store *store, int64_t number)
{
    for (size_t i = 0; i < store->n; i++)
        if (store->set[i].number == number)
            return &store->set[i];
    return NULL;
}

void kit_store_put(struct kit_store *store, const struct kit_set *set)
{
    struct kit_set *old = (struct kit_set *)kit_store_find(store, set->number);

    if (!old) {
        store->set = kit_grow(store->set, store->n, sizeof *store->set);
        old = &store->set[store->n++];
        old->revision = NULL;
    }
    free(old->revision);
    *old = *set;
}

void kit_store_copy(struct kit_store *to, const struct kit_store *from)
{
    for (size_t i = 0; i < from->n; i++) {
        struct kit_set copy = from->set[i];

        copy.revision = kit_strdup(copy.revision);
        kit_store_put(to, &copy);
    }
    free(to->cursor);
    to->cursor = from->cursor ? kit_strdup(from->cursor) : NULL;
}

static size_t missing(const struct kit_store *there, const struct kit_store *in,
                      int64_t *ret_number)
{
    size_t n = 0;

    for (size_t i = 0; i < there->n; i++) {
        const struct kit_set *set = kit_store_find(in, there->set[i].number);

        if (set && set->digest == there->set[i].digest)
            continue;
        *ret_number = there->set[i].number;
        n++;
    }
    return n;
}

size_t kit_store_differences(const struct kit_store *a, const struct kit_store *b,
                             int64_t *ret_number)
{
    size_t n = missing(a, b, ret_number);

    return n ? n : missing(b, a, ret_number);
}

void kit_store_clear(struct kit_store *store)
{
    for (size_t i = 0; i < store->n; i++)
        free(store->set[i].revision);
    free(store->set);
    free(store->cursor);
    *store = (struct kit_store){0};
}
