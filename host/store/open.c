/* open.c - opening a store: its engine, and its tables brought up to date */
#include "store/store.h"

#include <string.h>

bool sh_store_is_shared(const char *url)
{
    return strncmp(url, "postgresql://", strlen("postgresql://")) == 0 ||
           strncmp(url, "postgres://", strlen("postgres://")) == 0;
}

int sh_store_open(const char *url, struct sh_store **ret, struct sp_error *err)
{
    struct sh_store *store;
    int rc;

    if (!sh_store_is_shared(url) && strstr(url, "://"))
        return sp_error_set(err, SP_ERR_INVALID,
                            "store %.*s: give postgresql://HOST/DATABASE, or the path of an "
                            "SQLite file",
                            (int)(strstr(url, "://") - url), url);
    rc = sh_store_is_shared(url) ? sh_postgres_open(url, &store, err)
                                 : sh_sqlite_open(url, &store, err);

    if (rc)
        return rc;
    rc = sh_schema_migrate(store, err);
    if (rc)
        sh_store_close(store);
    else
        *ret = store;
    return rc;
}

void sh_store_close(struct sh_store *store)
{
    if (store)
        store->engine->close(store);
}
