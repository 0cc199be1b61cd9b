/* account.c - see account.h */
#include "account.h"

#include "clock.h"
#include "counters.h"
#include "directories.h"
#include "output.h"
#include "store/rate.h"
#include "store/share.h"
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of this thread: imports of one connection may go on in several. */
static _Thread_local int64_t requests, works_as;

static int open_seats(struct sh_account *account, struct sp_error *err)
{
    char *path = NULL;
    int rc;

    if (account->host->presence)
        path = strdup(sh_presence_seats_path(account->host->presence));
    else if (asprintf(&path, "%s-seats", account->host->options.store) < 0)
        path = NULL;
    if (!path)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    rc = sh_seats_open(&account->seats, path, account->login.account, err);
    free(path);
    return rc;
}

/* Whom a token belongs to only the server knows; but whoever has the same token is the same.
 * All that are named so share a salt, that of the account without a name. */
static int name_by_secrets(struct sh_account *account, struct sp_error *err)
{
    char secrets[SP_FINGERPRINT_MAX];
    struct sh_account_row row;
    int rc = sh_account_row(account->store, "", &row, err);

    if (!rc)
        rc = sp_secrets_fingerprint(account->provider, account->values, row.salt, secrets,
                                    sizeof secrets, err);
    if (!rc)
        snprintf(account->name, sizeof account->name, "%s %s",
                 *secrets ? "secret" : "connection", *secrets ? secrets : account->connection);
    return rc;
}

static void close_all(struct sh_account *account)
{
    sh_seats_close(&account->seats);
    sh_store_close(account->store);
    account->store = NULL;
}

static int open_all(struct sh_account *account, struct sp_error *err)
{
    struct sh_account_row row;
    int rc;

    if (account->store)
        return SP_OK;
    rc = sh_make_data_directory(account->host->options.data, err);
    if (!rc)
        rc = sh_host_need_presence(account->host, err);
    if (!rc)
        rc = sh_store_open(account->host->options.store, &account->store, err);
    if (!rc && !*account->name)
        rc = name_by_secrets(account, err);
    if (!rc)
        rc = sh_account_row(account->store, account->name, &row, err);
    if (!rc)
        rc = sp_values_fingerprint(account->values, row.salt, account->fingerprint,
                                   sizeof account->fingerprint, err);
    account->login = (struct sh_login){row.number, account->connection, account->fingerprint};
    if (!rc)
        rc = open_seats(account, err);
    if (rc)
        close_all(account);
    return rc;
}

static void give_proof(struct sh_account *account)
{
    struct sh_presence *presence = account->host->presence;
    struct sp_error ignored;

    if (presence && sh_share_proven(account->store, account->login.account,
                                    sh_presence_worker(presence).id, &ignored))
        sh_presence_renew(presence);
}

/* What the store could not take when it was refused. */
static int save_refusal(struct sh_account *account, struct sp_error *err)
{
    int rc = *account->unsaved.reason
                 ? sh_refusal_note(account->store, &account->login, &account->unsaved,
                                   account->is_unsaved_clear, err)
                 : SP_OK;

    if (!rc && *account->unsaved.reason) {
        *account->unsaved.reason = '\0';
        give_proof(account);
    }
    return rc;
}

/* SP_ERR_LOGIN with the reason when these settings must not be tried. */
static int check_refusal(struct sh_account *account, struct sp_error *err)
{
    struct sh_refusal refusal;
    int rc = sh_refusal_read(account->store, &account->login, account->is_typed, &refusal, err);
    bool is_other = strcmp(refusal.connection, account->connection) != 0;

    if (rc || !*refusal.reason)
        return rc;
    sp_error_set(err, SP_ERR_LOGIN,
                 "not tried again since %s%s%s: %.300s; change the settings, or say "
                 "`source-host resume %.64s` when the account was mended",
                 sh_time_text(refusal.since_ms), is_other ? ", of connection " : "",
                 is_other ? refusal.connection : "", refusal.reason, account->connection);
    snprintf(err->cause, sizeof err->cause, "%s", refusal.cause);
    return SP_ERR_LOGIN;
}

/* What could not be noted would be tried again, by each process and each pass. */
static int check_store(struct sh_account *account, struct sp_error *err)
{
    struct sp_error why;
    int rc = sh_refusal_try(account->store, &account->login, &why);

    return rc ? sp_error_set(err, rc,
                             "the login is not tried, since a refusal could not be kept: %s",
                             why.message)
              : SP_OK;
}

/* 1: the seats are those that all others take, too.  0: not before the last one is given back
 * that was taken where nobody sees it any more. */
static int renew_seats(struct sh_account *account, struct sp_error *err)
{
    int rc;

    if (!sh_seats_are_lost(&account->seats))
        return 1;
    if (account->seats.held)
        return 0;
    sh_seats_close(&account->seats);
    rc = open_seats(account, err);
    return rc ? rc : 1;
}

/* Who was refused while the store was away proves until the others can hear of it. */
static void give_seat(struct sh_account *account, int seat)
{
    struct sh_presence *presence = account->host->presence;
    int64_t number = account->login.account;

    /* The proof first of all, as the next of this process proves as the same worker. */
    if (account->seats.proof == seat && !*account->unsaved.reason)
        give_proof(account);
    sh_seats_give(&account->seats, seat);
    if (presence)
        sh_presence_give_seat(presence, number);
}

/* Where machines share the account, this process has a share of its seats. */
static int take_seat(struct sh_account *account, unsigned most, bool is_proof,
                     struct sp_error *err)
{
    struct sh_presence *presence = account->host->presence;
    int64_t number = account->login.account;
    unsigned seats = presence ? sh_presence_take_seat(presence, number, most) : most;
    int seat = seats ? sh_seats_take(&account->seats, seats, is_proof) : 0;

    if (seats)
        account->most = seats;
    if (presence && seats && !seat)
        sh_presence_give_seat(presence, number);
    if (seat && works_as && works_as != sh_presence_worker(presence).id) {
        give_seat(account, seat);
        return sp_error_set(err, SP_ERR_CANCELLED,
                            "%s: this process was not heard of for too long, and another one "
                            "may be at its work",
                            account->connection);
    }
    return seat;
}

/* 1: of all machines it is this process that may prove the login, 0: it is another. */
static int prove(struct sh_account *account, struct sp_error *err)
{
    struct sh_presence *presence = account->host->presence;

    return presence ? sh_share_prove(account->store, account->login.account,
                                     sh_presence_worker(presence).id, err)
                    : 1;
}

/* Nothing was refused before the seat was taken; 1: it may be used. */
static int check_seat(struct sh_account *account, bool is_proven, struct sp_error *err)
{
    int rc = is_proven ? 1 : prove(account, err);

    if (rc <= 0)
        return rc;
    rc = check_refusal(account, err);
    if (!rc && !is_proven)
        rc = check_store(account, err);
    if (!rc && is_proven && !account->is_accepted)
        rc = sh_refusal_accepted(account->store, &account->login, err);
    account->is_accepted = is_proven;
    return rc ? rc : 1;
}

static int fail_retired(const struct sh_account *account, struct sp_error *err)
{
    return sp_error_set(err, SP_ERR_CANCELLED, "%s: its settings were changed meanwhile",
                        account->connection);
}

static int enter(struct sh_account *account, unsigned most, bool is_proven,
                 struct sp_error *err)
{
    int seat, rc = open_all(account, err);

    if (!rc)
        rc = save_refusal(account, err);
    if (!rc && account->is_retired)
        rc = fail_retired(account, err);
    if (!rc)
        rc = renew_seats(account, err);
    if (rc <= 0)
        return rc;
    seat = take_seat(account, most, !is_proven, err);
    if (seat <= 0)
        return seat;
    rc = check_seat(account, is_proven, err);
    if (rc <= 0) {
        give_seat(account, seat);
        return rc;
    }
    sh_count(SH_COUNT_IN_FLIGHT, 1);
    return seat;
}

static int on_enter(void *ctx, uint32_t most, int proven, struct sp_error *err)
{
    struct sh_account *account = ctx;
    int rc;

    pthread_mutex_lock(&account->lock);
    rc = enter(account, most, proven, err);
    pthread_mutex_unlock(&account->lock);
    return rc;
}

static void on_refused(void *ctx, const struct sp_error *why)
{
    struct sh_account *account = ctx;
    bool is_clear = !(why->flags & SP_ERROR_RETRY);
    struct sh_refusal refusal = {.since_ms = sh_now_ms()};
    struct sp_error err;

    sh_count(SH_COUNT_REFUSED, 1);
    snprintf(refusal.reason, sizeof refusal.reason, "%s", why->message);
    snprintf(refusal.cause, sizeof refusal.cause, "%s", why->cause);
    pthread_mutex_lock(&account->lock);
    if (open_all(account, &err) ||
        sh_refusal_note(account->store, &account->login, &refusal, is_clear, &err)) {
        account->unsaved = refusal;
        account->is_unsaved_clear = is_clear;
        sh_complain_of(account->connection, &err);
    } else if (is_clear && !account->is_typed)
        sh_complain("%s: the login is not tried again until its settings change or, when the "
                    "account was mended, `source-host resume %s`",
                    account->connection, account->connection);
    pthread_mutex_unlock(&account->lock);
}

static void leave(struct sh_account *account, int seat)
{
    sh_count(SH_COUNT_IN_FLIGHT, -1);
    give_seat(account, seat);
}

static void on_leave(void *ctx, int seat)
{
    struct sh_account *account = ctx;

    requests++;
    sh_count(SH_COUNT_REQUESTS, 1);
    pthread_mutex_lock(&account->lock);
    leave(account, seat);
    pthread_mutex_unlock(&account->lock);
}

static int on_rate(void *ctx, int seat, struct sp_rate *rate, int64_t *ret_wait_ms,
                   struct sp_error *err)
{
    struct sh_account *account = ctx;
    int rc;

    pthread_mutex_lock(&account->lock);
    rc = open_all(account, err);
    if (!rc)
        rc = sh_rate_enter(account->store, account->login.account, rate, ret_wait_ms, err);
    if (rc <= 0 && seat)
        leave(account, seat);
    pthread_mutex_unlock(&account->lock);
    return rc;
}

static void on_log(void *ctx, uint32_t level, const char *line)
{
    const struct sh_account *account = ctx;

    if (level <= SP_LOG_WARNING || account->host->options.debug)
        sh_event((enum sp_log_level)level, "provider", account->connection, NULL, "%s", line);
}

static int64_t on_now(void *ctx)
{
    (void)ctx;
    return sh_now_ms();
}

struct sh_account *sh_account_new(struct sh_host *host, const char *connection,
                                  const struct source_provider *provider,
                                  const struct sp_values *values)
{
    struct sh_account *account = calloc(1, sizeof *account);

    if (!account)
        return NULL;
    account->host = host;
    account->connection = connection;
    account->provider = provider;
    account->values = values;
    account->seats = SH_SEATS_INIT;
    pthread_mutex_init(&account->lock, NULL);
    account->services = (struct sp_host){
        .size = sizeof account->services,
        .ctx = account,
        .user_agent = "source-host/" PACKAGE_VERSION,
        .log = on_log,
        .login_enter = on_enter,
        .login_refused = on_refused,
        .login_leave = on_leave,
        .now_ms = on_now,
        .span = sh_trace_for_providers(),
        .rate_enter = on_rate,
    };
    return account;
}

void sh_account_free(struct sh_account *account)
{
    if (!account)
        return;
    close_all(account);
    pthread_mutex_destroy(&account->lock);
    free(account);
}

int sh_account_identify(struct sh_account *account, struct sp_connection *live,
                        struct sp_error *err)
{
    return sp_connection_account(live, account->name, sizeof account->name, err);
}

int sh_account_name(struct sh_account *account, const char **ret, struct sp_error *err)
{
    int rc;

    pthread_mutex_lock(&account->lock);
    rc = open_all(account, err);
    pthread_mutex_unlock(&account->lock);
    *ret = account->name;
    return rc;
}

void sh_account_rest(struct sh_account *account)
{
    pthread_mutex_lock(&account->lock);
    sh_seats_rest(&account->seats);
    pthread_mutex_unlock(&account->lock);
}

void sh_account_limited(struct sh_account *account, int64_t until_ms)
{
    struct sp_error ignored; /* they find out themselves */

    pthread_mutex_lock(&account->lock);
    if (account->host->presence && account->store)
        sh_share_limited(account->store, account->login.account, until_ms, &ignored);
    pthread_mutex_unlock(&account->lock);
}

int sh_account_may_login(struct sh_account *account, struct sp_error *err)
{
    int rc;

    pthread_mutex_lock(&account->lock);
    rc = open_all(account, err);
    if (!rc)
        rc = save_refusal(account, err);
    if (!rc)
        rc = check_refusal(account, err);
    pthread_mutex_unlock(&account->lock);
    return rc;
}

void sh_account_retire(struct sh_account *account)
{
    pthread_mutex_lock(&account->lock);
    account->is_retired = true;
    pthread_mutex_unlock(&account->lock);
}

int sh_account_excuse(struct sh_account *account, int rc, struct sp_error *err)
{
    bool is_retired;

    pthread_mutex_lock(&account->lock);
    is_retired = account->is_retired;
    pthread_mutex_unlock(&account->lock);
    return rc && rc != SP_ERR_PARTIAL && is_retired ? fail_retired(account, err) : rc;
}

void sh_account_work_as(int64_t worker)
{
    works_as = worker;
}

int64_t sh_account_requests(void)
{
    return requests;
}

unsigned sh_account_most(struct sh_account *account)
{
    unsigned most;

    pthread_mutex_lock(&account->lock);
    most = account->most;
    pthread_mutex_unlock(&account->lock);
    return most;
}
