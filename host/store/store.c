/* store.c - statements and transactions */
#include "store/store.h"

#include "trace.h"

#include <poll.h>

int sh_take_number(void *ctx, const struct sh_value *column, size_t n)
{
    (void)n;
    *(int64_t *)ctx = column[0].number;
    return 0;
}

int sh_store_run(struct sh_store *store, struct sp_error *err, sh_row_fn fn, void *ctx,
                 const char *sql, const struct sh_value *parameters, size_t n)
{
    return store->engine->run(store, sql, parameters, n, fn, ctx, err);
}

int sh_store_whole(struct sh_store *store, struct sp_error *err)
{
    if (store->lost.code)
        *err = store->lost;
    return store->lost.code;
}

int sh_store_send(struct sh_store *store, struct sp_error *err, const char *sql,
                  const struct sh_value *parameters, size_t n)
{
    int rc = sh_store_whole(store, err);

    if (rc)
        return rc;
    rc = store->engine->send(store, sql, parameters, n, err);
    if (rc && !store->lost.code)
        store->lost = *err;
    return rc;
}

int sh_store_version(struct sh_store *store, int64_t *ret, struct sp_error *err)
{
    *ret = -1;
    return store->engine->version
               ? sh_store_run(store, err, sh_take_number, ret, store->engine->version, NULL, 0)
               : SP_OK;
}

int sh_store_tell(struct sh_store *store, struct sp_error *err)
{
    return store->engine->tell ? store->engine->tell(store, err) : SP_OK;
}

void sh_store_wait(struct sh_store *store, int descriptor, int64_t ms)
{
    struct pollfd waiting = {descriptor, POLLIN, 0};

    if (store->engine->wait)
        store->engine->wait(store, descriptor, ms);
    else
        poll(&waiting, 1, (int)ms);
}

int sh_store_begin(struct sh_store *store, struct sp_error *err)
{
    store->began_ns = sh_trace_begin();
    return store->engine->script(store, store->engine->begin, err);
}

int sh_store_end(struct sh_store *store, int rc, struct sp_error *err)
{
    struct sp_error ignored;

    if (!rc)
        rc = store->engine->script(store, "COMMIT", err);
    if (rc)
        store->engine->script(store, "ROLLBACK", &ignored);
    SH_TRACE(store->began_ns, "store", "transaction",
             SH_FACT_TEXT("ended", rc ? "rolled back" : "committed"));
    return rc;
}
