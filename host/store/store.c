/* store.c - statements and transactions */
#include "store/store.h"

int sh_store_run(struct sh_store *store, struct sp_error *err, sh_row_fn fn, void *ctx,
                 const char *sql, const struct sh_value *parameters, size_t n)
{
    return store->engine->run(store, sql, parameters, n, fn, ctx, err);
}

int sh_store_send(struct sh_store *store, struct sp_error *err, const char *sql,
                  const struct sh_value *parameters, size_t n)
{
    return store->engine->send(store, sql, parameters, n, err);
}

int sh_store_begin(struct sh_store *store, struct sp_error *err)
{
    return store->engine->script(store, store->engine->begin, err);
}

int sh_store_end(struct sh_store *store, int rc, struct sp_error *err)
{
    struct sp_error ignored;

    if (!rc)
        rc = store->engine->script(store, "COMMIT", err);
    if (rc)
        store->engine->script(store, "ROLLBACK", &ignored);
    return rc;
}
