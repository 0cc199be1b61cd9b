/* access.c - see access.h */
#include "store/access.h"

#include <stdio.h>

static int take_token(void *ctx, const struct sh_value *column, size_t n)
{
    struct sh_token_row *row = ctx;

    (void)n;
    snprintf(row->id, sizeof row->id, "%s", column[0].text);
    snprintf(row->name, sizeof row->name, "%s", column[1].text);
    row->can_change = column[2].number != 0;
    row->created_ms = column[3].number;
    return 0;
}

#define TOKENS "SELECT id, name, can_change, created_at FROM access_token"

int sh_token_find(struct sh_store *store, const char *hash, struct sh_token_row *ret,
                  struct sp_error *err)
{
    *ret = (struct sh_token_row){0};
    return SH_QUERY(store, err, take_token, ret, TOKENS " WHERE hash = ?1", SH_TEXT(hash));
}

int sh_token_read(struct sh_store *store, const char *id, struct sh_token_row *ret,
                  struct sp_error *err)
{
    *ret = (struct sh_token_row){0};
    return SH_QUERY(store, err, take_token, ret, TOKENS " WHERE id = ?1", SH_TEXT(id));
}

int sh_token_add(struct sh_store *store, const struct sh_token_row *row, const char *hash,
                 struct sp_error *err)
{
    int64_t is_added = 0;
    /* SH_TEXT asks whether there is a text: an array is taken for a pointer.
     * NOLINTBEGIN(clang-analyzer-core.NullDereference) */
    int rc = SH_QUERY(store, err, sh_take_number, &is_added,
                      "INSERT INTO access_token (id, name, hash, can_change, created_at)"
                      " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING RETURNING 1",
                      SH_TEXT(row->id), SH_TEXT(row->name), SH_TEXT(hash),
                      SH_INT(row->can_change), SH_INT(row->created_ms));
    /* NOLINTEND(clang-analyzer-core.NullDereference) */

    if (rc || is_added)
        return rc;
    return sp_error_set(err, SP_ERR_INVALID,
                        "there is a token %s already; take another name, or remove that first",
                        row->name);
}

int sh_token_remove(struct sh_store *store, const char *name, struct sp_error *err)
{
    int64_t is_removed = 0;
    int rc = SH_QUERY(store, err, sh_take_number, &is_removed,
                      "DELETE FROM access_token WHERE name = ?1 RETURNING 1", SH_TEXT(name));

    if (rc || is_removed)
        return rc;
    return sp_error_set(err, SP_ERR_INVALID,
                        "there is no token %s; `source-host token --list` lists them", name);
}

struct reader {
    sh_token_fn fn;
    void *ctx;
};

static int give_token(void *ctx, const struct sh_value *column, size_t n)
{
    const struct reader *reader = ctx;
    struct sh_token_row row;

    take_token(&row, column, n);
    return reader->fn(reader->ctx, &row);
}

int sh_tokens_list(struct sh_store *store, sh_token_fn fn, void *ctx, struct sp_error *err)
{
    struct reader reader = {fn, ctx};

    return SH_QUERY(store, err, give_token, &reader, TOKENS " ORDER BY name");
}

struct text {
    char *to;
    size_t size;
};

static int take_text(void *ctx, const struct sh_value *column, size_t n)
{
    const struct text *text = ctx;

    (void)n;
    snprintf(text->to, text->size, "%s", column[0].text);
    return 0;
}

/* Another process may make one at the same moment: the first counts. */
int sh_access_key(struct sh_store *store, const char *candidate, char *key, size_t size,
                  struct sp_error *err)
{
    struct text text = {key, size};
    int rc = SH_RUN(store, err,
                    "INSERT INTO access_key (id, key) VALUES (1, ?1) ON CONFLICT DO NOTHING",
                    SH_TEXT(candidate));

    return rc ? rc : SH_QUERY(store, err, take_text, &text, "SELECT key FROM access_key");
}

int sh_session_end(struct sh_store *store, const char *proof, int64_t until_ms, int64_t now_ms,
                   struct sp_error *err)
{
    int rc =
        SH_RUN(store, err, "DELETE FROM ended_session WHERE until_at < ?1", SH_INT(now_ms));

    return rc ? rc
              : SH_RUN(store, err,
                       "INSERT INTO ended_session (proof, until_at) VALUES (?1, ?2)"
                       " ON CONFLICT DO NOTHING",
                       SH_TEXT(proof), SH_INT(until_ms));
}

int sh_session_is_ended(struct sh_store *store, const char *proof, bool *ret,
                        struct sp_error *err)
{
    int64_t is_ended = 0;
    int rc = SH_QUERY(store, err, sh_take_number, &is_ended,
                      "SELECT 1 FROM ended_session WHERE proof = ?1", SH_TEXT(proof));

    *ret = is_ended != 0;
    return rc;
}
