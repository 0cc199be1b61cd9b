/* call.c - a connection: one configured instance, and the guarded calls on it */
#include "guard.h"
#include "values.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct sp_connection {
    const struct source_provider *provider;
    struct sp_instance *instance;
    pthread_mutex_t lock; /* for SP_ONE_CALL_PER_INSTANCE */
};

/* Providers that ask for SP_ONE_CALL share this one: rare, so no lock for each. */
static pthread_mutex_t one_call_lock = PTHREAD_MUTEX_INITIALIZER;

static pthread_mutex_t *lock_for(struct sp_connection *connection)
{
    switch (connection->provider->threading) {
    case SP_ONE_CALL:
        return &one_call_lock;
    case SP_ONE_CALL_PER_INSTANCE:
        return &connection->lock;
    default:
        return NULL;
    }
}

static pthread_mutex_t *enter(struct sp_connection *connection)
{
    pthread_mutex_t *lock = lock_for(connection);

    if (lock)
        pthread_mutex_lock(lock);
    return lock;
}

static void leave(pthread_mutex_t *lock)
{
    if (lock)
        pthread_mutex_unlock(lock);
}

static int check_configured(const struct source_provider *provider, int rc,
                            const struct sp_instance *instance, struct sp_error *err)
{
    if (rc > 0)
        return sp_error_set(err, SP_ERR_INTERNAL,
                            "provider %s: configure returned the positive code %d",
                            provider->name, rc);
    if (rc == 0 && !instance)
        return sp_error_set(err, SP_ERR_INTERNAL,
                            "provider %s: configure succeeded without an instance",
                            provider->name);
    if (rc < 0 && !err->message[0])
        return sp_error_set(err, rc, "provider %s refuses the settings and does not say why",
                            provider->name);
    sp_error_tidy(err);
    err->code = rc;
    return rc;
}

int sp_connection_open(const struct source_provider *provider, const struct sp_host *host,
                       const struct sp_values *values, struct sp_connection **ret,
                       struct sp_error *err)
{
    struct sp_connection *connection = calloc(1, sizeof *connection);
    pthread_mutex_t *lock;
    int rc;

    sp_error_clear(err);
    if (!connection)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    connection->provider = provider;
    pthread_mutex_init(&connection->lock, NULL);
    lock = enter(connection);
    rc = provider->configure(host, values->pair, values->n, &connection->instance, err);
    leave(lock);
    rc = check_configured(provider, rc, connection->instance, err);
    if (rc) {
        sp_connection_close(connection);
        return rc;
    }
    *ret = connection;
    return SP_OK;
}

void sp_connection_close(struct sp_connection *connection)
{
    pthread_mutex_t *lock;

    if (!connection)
        return;
    lock = enter(connection);
    connection->provider->close(connection->instance);
    leave(lock);
    pthread_mutex_destroy(&connection->lock);
    free(connection);
}

static int call_provider(struct sp_connection *connection, enum sp_call call,
                         const struct sp_import *what, const struct sp_sink *sink,
                         struct sp_error *err)
{
    const struct source_provider *provider = connection->provider;

    switch (call) {
    case SP_CALL_ENUMERATE:
        return provider->enumerate(connection->instance, sink, err);
    case SP_CALL_IMPORT:
        return provider->import(connection->instance, what, sink, err);
    default:
        return provider->health(connection->instance, sink, err);
    }
}

static int guarded(struct sp_connection *connection, enum sp_call call,
                   const struct sp_import *what, const struct sp_sink *sink,
                   struct sp_error *err)
{
    struct sp_guard guard;
    pthread_mutex_t *lock;
    int rc;

    sp_error_clear(err);
    sp_guard_init(&guard, call, sink);
    lock = enter(connection);
    rc = call_provider(connection, call, what, &guard.sink, err);
    leave(lock);
    return sp_guard_result(&guard, connection->provider->name, rc, err);
}

int sp_connection_account(struct sp_connection *connection, char *account, size_t size,
                          struct sp_error *err)
{
    pthread_mutex_t *lock = enter(connection);
    int rc;

    sp_error_clear(err);
    account[0] = '\0';
    rc = connection->provider->account(connection->instance, account, size, err);
    leave(lock);
    account[size - 1] = '\0';
    return rc > 0 ? sp_error_set(err, SP_ERR_INTERNAL, "provider %s: account returned %d",
                                 connection->provider->name, rc)
                  : rc;
}

int sp_connection_enumerate(struct sp_connection *connection, const struct sp_sink *sink,
                            struct sp_error *err)
{
    return guarded(connection, SP_CALL_ENUMERATE, NULL, sink, err);
}

int sp_connection_import(struct sp_connection *connection, const struct sp_import *what,
                         const struct sp_sink *sink, struct sp_error *err)
{
    return guarded(connection, SP_CALL_IMPORT, what, sink, err);
}

int sp_connection_health(struct sp_connection *connection, const struct sp_sink *sink,
                         struct sp_error *err)
{
    return guarded(connection, SP_CALL_HEALTH, NULL, sink, err);
}
