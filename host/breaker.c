/* breaker.c - see breaker.h */
#include "breaker.h"

#include "clock.h"
#include "output.h"
#include "store/refusal.h"

#include <stdio.h>

/* Whom the server knows the connection as; where only the server knows, the connection stands
 * for itself. */
static int account_of(const struct sh_connection *connection, char *account, size_t size,
                      struct sp_error *err)
{
    int rc = sp_connection_account(connection->live, account, size, err);

    if (!rc && !*account)
        snprintf(account, size, "connection %s", connection->name);
    return rc;
}

static void refuse(const struct sh_connection *connection, const struct sh_refusal *refusal)
{
    struct sp_error why;

    sp_error_set(&why, SP_ERR_LOGIN,
                 "not tried again since %s: %.320s; change the settings, or say `source-host "
                 "resume %.64s` when the account was mended",
                 sh_time_text(refusal->since_ms), refusal->reason, connection->name);
    snprintf(why.cause, sizeof why.cause, "%s", refusal->cause);
    sp_connection_refuse(connection->live, &why);
}

/* Writes the refusal, or the release, of these very settings. */
static int put(struct sh_host *host, const struct sh_connection *connection,
               const char *account, struct sh_refusal *refusal, struct sp_error *err)
{
    int rc = sp_values_fingerprint(connection->values, refusal->fingerprint,
                                   sizeof refusal->fingerprint, err);

    return rc ? rc : sh_refusal_put(host->store, account, connection->name, refusal, err);
}

int sh_breaker_check(struct sh_host *host, struct sh_connection *connection,
                     struct sp_error *err)
{
    char account[SP_ACCOUNT_MAX];
    struct sh_refusal refusal;
    bool is_new, changed;
    int rc = account_of(connection, account, sizeof account, err);

    if (!rc)
        rc = sh_refusal_read(host->store, account, connection->name, &refusal, err);
    if (rc || !*refusal.reason)
        return rc;
    is_new = !*refusal.fingerprint; /* another connection of the account was refused */
    changed = !is_new && !sp_values_match(connection->values, refusal.fingerprint);
    refusal.released = !is_new && (changed || refusal.released);
    if (!refusal.released)
        refuse(connection, &refusal);
    return is_new || changed ? put(host, connection, account, &refusal, err) : SP_OK;
}

int sh_breaker_note(struct sh_host *host, struct sh_connection *connection, int rc,
                    struct sp_error *err)
{
    char account[SP_ACCOUNT_MAX];
    struct sh_refusal refusal;
    struct sp_error store_err;
    int store_rc;

    if (rc != SP_ERR_LOGIN)
        return rc;
    store_rc = account_of(connection, account, sizeof account, &store_err);
    if (!store_rc)
        store_rc =
            sh_refusal_read(host->store, account, connection->name, &refusal, &store_err);
    if (!store_rc && *refusal.fingerprint && !refusal.released)
        return rc; /* it is noted already: this was no new attempt */
    snprintf(refusal.reason, sizeof refusal.reason, "%s", err->message);
    snprintf(refusal.cause, sizeof refusal.cause, "%s", err->cause);
    refusal.since_ms = sh_now_ms();
    refusal.released = false;
    if (!store_rc)
        store_rc = put(host, connection, account, &refusal, &store_err);
    if (!store_rc)
        store_rc =
            sh_refusal_spread(host->store, account, connection->name, &refusal, &store_err);
    if (store_rc)
        *err = store_err;
    return store_rc ? store_rc : rc;
}

int sh_breaker_resume(struct sh_host *host, struct sh_connection *connection,
                      struct sp_error *err)
{
    char account[SP_ACCOUNT_MAX];
    int rc = account_of(connection, account, sizeof account, err);

    return rc ? rc : sh_refusal_clear(host->store, account, err);
}
