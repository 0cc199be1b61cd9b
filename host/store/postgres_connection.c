/* postgres_connection.c - see postgres_connection.h */
#include "store/postgres_connection.h"

#include "clock.h"
#include "signals.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_MS = 20000,
    LOOK_MS = 200,      /* for the wish to stop */
    PATIENCE_MS = 10000 /* with a statement when we are to stop */
};

/* A wait for a lock, and a transaction of a process that was stopped in the middle, which holds
 * up others, end by themselves. */
static const char set_up_sql[] = "SET lock_timeout = '30s';"
                                 "SET idle_in_transaction_session_timeout = '15s'";

/* The first line, without what stands before it. */
static int fail_with(const char *text, struct sp_error *err)
{
    static const char prefix[] = "connection to server ";
    const char *says = text && *text ? text : "no answer";

    if (strncmp(says, prefix, strlen(prefix)) != 0 && strncmp(says, "ERROR:  ", 8) == 0)
        says += 8;
    return sp_error_set(err, SP_ERR_HOST, "store: PostgreSQL: %.*s", (int)strcspn(says, "\r\n"),
                        says);
}

int sh_postgres_fail(struct sh_postgres *self, const PGresult *result, struct sp_error *err)
{
    const char *says = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (self->db && PQstatus(self->db) != CONNECTION_OK)
        return sp_error_set(err, SP_ERR_HOST,
                            "store: the connection to PostgreSQL is lost (%.*s); it is opened "
                            "again with the next step",
                            (int)strcspn(PQerrorMessage(self->db), "\r\n"),
                            PQerrorMessage(self->db));
    return fail_with(says       ? says
                     : self->db ? PQerrorMessage(self->db)
                                : "no answer in time, and the program is to stop",
                     err);
}

static bool wait_for(int socket, bool is_write)
{
    struct pollfd waiting = {socket, is_write ? POLLOUT : POLLIN, 0};

    return poll(&waiting, 1, LOOK_MS) > 0;
}

/* Goes on with connecting until that has an end. */
static bool establish(PGconn *db)
{
    int64_t ends = sh_ticks_ms() + CONNECT_MS;
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;

    while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
        if (sh_stopping() || sh_ticks_ms() > ends)
            return false;
        if (wait_for(PQsocket(db), status == PGRES_POLLING_WRITING))
            status = PQconnectPoll(db);
    }
    return status == PGRES_POLLING_OK;
}

static void note_transaction(struct sh_postgres *self)
{
    PGTransactionStatusType status = PQtransactionStatus(self->db);

    if (PQstatus(self->db) == CONNECTION_OK)
        self->in_transaction = status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

static void close_db(struct sh_postgres *self)
{
    if (self->db)
        PQfinish(self->db);
    self->db = NULL;
}

/* An answer that is not waited for must not be taken for that of the next statement. */
bool sh_postgres_wait(struct sh_postgres *self)
{
    int64_t began = sh_ticks_ms();

    while (PQisBusy(self->db)) {
        wait_for(PQsocket(self->db), false);
        if (sh_stopping() && sh_ticks_ms() - began > PATIENCE_MS) {
            close_db(self);
            return false;
        }
        if (!PQconsumeInput(self->db))
            return false;
    }
    return true;
}

PGresult *sh_postgres_result(struct sh_postgres *self)
{
    PGresult *last = NULL, *next;

    while (sh_postgres_wait(self) && (next = PQgetResult(self->db))) {
        if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(next);
            continue;
        }
        PQclear(last);
        last = next;
    }
    note_transaction(self);
    return last;
}

/* Runs one statement without parameters that gives one text, or none. */
static int ask(struct sh_postgres *self, const char *sql, char *to, size_t size,
               struct sp_error *err)
{
    PGresult *result = NULL;
    int rc = SP_OK;

    if (PQsendQuery(self->db, sql))
        result = sh_postgres_result(self);
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        rc = sh_postgres_fail(self, result, err);
    else if (PQntuples(result) > 0)
        snprintf(to, size, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return rc;
}

/* A pooler that hands each transaction to another server process loses what is prepared and
 * gathered aside; it gives itself away since it answers with a process number of its own. */
static int check_database(struct sh_postgres *self, struct sp_error *err)
{
    const char *encoding = PQparameterStatus(self->db, "server_encoding");
    char process[32] = "";
    int rc;

    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return sp_error_set(err, SP_ERR_UNSUPPORTED,
                            "store: the database %s has the encoding %s; make one with UTF8",
                            PQdb(self->db), encoding ? encoding : "that is not told");
    rc = ask(self, "SELECT pg_backend_pid()", process, sizeof process, err);
    if (!rc && atoi(process) != PQbackendPID(self->db))
        rc = sp_error_set(err, SP_ERR_UNSUPPORTED,
                          "store: between here and the database %s stands a pooler, which "
                          "loses temporary tables and prepared statements; give the address of "
                          "PostgreSQL itself",
                          PQdb(self->db));
    if (!rc)
        rc = ask(self, set_up_sql, process, sizeof process, err);
    return rc || !self->listens ? rc
                                : ask(self, "LISTEN source_host", process, sizeof process, err);
}

/* Notices are for people at a terminal of PostgreSQL's own, but for this one. */
static void on_notice(void *ctx, const PGresult *result)
{
    struct sh_postgres *self = ctx;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    if (severity && strcmp(severity, "FATAL") == 0)
        self->is_ended = true;
}

/* What stands before the URL are defaults that it may change. */
static int open_db(struct sh_postgres *self, struct sp_error *err)
{
    const char *const keys[] = {"application_name",
                                "keepalives_idle",
                                "keepalives_interval",
                                "tcp_user_timeout",
                                "dbname",
                                "client_encoding",
                                NULL};
    const char *const values[] = {"source-host", "10", "5", "30000", self->url, "UTF8", NULL};
    int rc;

    close_db(self);
    self->db = PQconnectStartParams(keys, values, 1);
    if (!self->db)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    self->is_ended = false;
    PQsetNoticeReceiver(self->db, on_notice, self);
    if (PQstatus(self->db) == CONNECTION_BAD || !establish(self->db))
        rc = fail_with(PQerrorMessage(self->db), err);
    else
        rc = check_database(self, err);
    self->in_transaction = false;
    if (rc)
        close_db(self);
    else
        self->generation++;
    return rc;
}

/* The first @ ends a login: one in a password leaves the rest of it to the host's name. */
static bool has_login_in_host(const PQconninfoOption *options)
{
    for (; options->keyword; options++)
        if (strcmp(options->keyword, "host") == 0)
            return options->val && strchr(options->val, '@');
    return false;
}

/* libpq's own words for a wrong URL would repeat a part of it, maybe the password. */
static int check_url(const char *url, struct sp_error *err)
{
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &why);
    bool is_wrong = !options || has_login_in_host(options);

    PQfreemem(why);
    PQconninfoFree(options);
    if (is_wrong)
        return sp_error_set(err, SP_ERR_INVALID,
                            "store: this is no address of a PostgreSQL database; write "
                            "postgresql://USER@HOST:PORT/DATABASE, with special characters as "
                            "%%40 and the like");
    return SP_OK;
}

int sh_postgres_connect(struct sh_postgres *self, const char *url, struct sp_error *err)
{
    int rc = check_url(url, err);

    if (rc)
        return rc;
    self->url = strdup(url);
    return self->url ? open_db(self, err) : sp_error_set(err, SP_ERR_NOMEM, "out of memory");
}

void sh_postgres_clear(struct sh_postgres *self)
{
    close_db(self);
    free(self->url);
}

/* Whether the server went away meanwhile is known only when something is read. */
static bool is_there(struct sh_postgres *self)
{
    return self->db && PQstatus(self->db) == CONNECTION_OK && PQconsumeInput(self->db) &&
           !PQisBusy(self->db) && !self->is_ended;
}

int sh_postgres_need(struct sh_postgres *self, struct sp_error *err)
{
    if (is_there(self))
        return SP_OK;
    if (self->in_transaction)
        return sp_error_set(err, SP_ERR_HOST,
                            "store: the connection to PostgreSQL was lost in a transaction");
    return open_db(self, err);
}

bool sh_postgres_forget(struct sh_postgres *self)
{
    bool is_lost = !is_there(self);

    if (is_lost)
        self->in_transaction = false;
    return is_lost;
}

/* Whether something was told, all of which is taken out. */
static bool take_told(struct sh_postgres *self)
{
    bool was_told = false;
    PGnotify *told;

    while ((told = PQnotifies(self->db))) {
        was_told = true;
        PQfreemem(told);
    }
    return was_told;
}

void sh_postgres_listen(struct sh_postgres *self, int descriptor, int64_t ms)
{
    struct pollfd waiting[] = {{descriptor, POLLIN, 0}, {-1, POLLIN, 0}};
    struct sp_error ignored;
    char none[8] = "";

    if (!self->listens && self->db) {
        self->listens = true;
        ask(self, "LISTEN source_host", none, sizeof none, &ignored);
    }
    if (self->db && PQstatus(self->db) == CONNECTION_OK) {
        if (take_told(self))
            return;
        waiting[1].fd = PQsocket(self->db);
    }
    if (poll(waiting, 2, (int)ms) > 0 && waiting[1].revents && PQconsumeInput(self->db))
        take_told(self);
}
