/* postgres.c - the store's engine on PostgreSQL, for many machines
 *
 * A connection that is lost fails what is under way; the next statement that begins anew opens
 * it again.  What was gathered aside is gone with it, so that nothing is concluded from half.
 */
#include "store/postgres_connection.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PREPARED_MAX = 256, /* more than there are in the program: one over that fails for good */
    PARAMETERS_MAX = 40,
    COLUMNS_MAX = 64,
    SENT_MAX = 200, /* few enough that the answers fit into the socket while we still send */
    STATEMENT_MAX = 8192
};

/* Types of PostgreSQL, from its pg_type.dat, which never change. */
enum { BOOL = 16, INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25, NUMERIC = 1700 };

struct postgres_store {
    struct sh_store store;
    struct sh_postgres connection;
    unsigned generation; /* of the connection that the statements were prepared on */
    const char *prepared[PREPARED_MAX];
    size_t n_prepared;
    unsigned n_sent; /* statements whose answers were not read */
};

/* The parameters as libpq wants them. */
struct bound {
    const char *value[PARAMETERS_MAX];
    char number[PARAMETERS_MAX][24];
    char *mended[PARAMETERS_MAX]; /* text that was no UTF-8 */
    Oid type[PARAMETERS_MAX];
    size_t n;
};

static void bound_clear(struct bound *bound)
{
    for (size_t i = 0; i < bound->n; i++)
        free(bound->mended[i]);
}

static const char *bind_text(const char *text, char **mended)
{
    size_t length = strlen(text);

    if (sh_utf8_length(text, length) == length)
        return text;
    *mended = sh_utf8_mend(text, length);
    return *mended;
}

static int bind(struct bound *bound, const struct sh_value *parameters, size_t n,
                struct sp_error *err)
{
    *bound = (struct bound){.n = n};
    if (n > PARAMETERS_MAX)
        return sp_error_set(err, SP_ERR_INTERNAL, "store: more than %d parameters",
                            PARAMETERS_MAX);
    for (size_t i = 0; i < n; i++) {
        const struct sh_value *it = &parameters[i];

        bound->type[i] = it->type == SH_VALUE_INT ? INT8 : TEXT;
        if (it->is_null)
            continue;
        snprintf(bound->number[i], sizeof bound->number[i], "%lld", (long long)it->number);
        bound->value[i] = it->type == SH_VALUE_INT ? bound->number[i]
                                                   : bind_text(it->text, &bound->mended[i]);
        if (!bound->value[i])
            return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    }
    return SP_OK;
}

/* ?1 becomes $1. */
static void translate(const char *sql, char *to)
{
    snprintf(to, STATEMENT_MAX, "%s", sql);
    for (; *to; to++)
        if (*to == '?')
            *to = '$';
}

/* Reads answers until that of the sync. */
static int read_answers(struct sh_postgres *connection, struct sp_error *err)
{
    bool is_end = false;
    int rc = SP_OK;

    if (!PQpipelineSync(connection->db))
        return sh_postgres_fail(connection, NULL, err);
    while (!is_end && sh_postgres_wait(connection)) {
        PGresult *result = PQgetResult(connection->db);
        ExecStatusType status = PQresultStatus(result);

        if (!rc && result && status == PGRES_FATAL_ERROR)
            rc = sh_postgres_fail(connection, result, err);
        is_end = status == PGRES_PIPELINE_SYNC || PQstatus(connection->db) != CONNECTION_OK;
        PQclear(result);
    }
    if (PQstatus(connection->db) != CONNECTION_OK || !PQexitPipelineMode(connection->db))
        rc = rc ? rc : sh_postgres_fail(connection, NULL, err);
    return rc;
}

/* Who is told what went wrong may be somebody who can do without: it is kept, too. */
static int settle(struct postgres_store *self, struct sp_error *err)
{
    int rc = self->n_sent ? read_answers(&self->connection, err) : SP_OK;

    self->n_sent = 0;
    if (rc && !self->store.lost.code)
        self->store.lost = *err;
    return rc;
}

/* What was prepared or gathered aside on a connection before is gone. */
static int begin_anew(struct postgres_store *self, struct sp_error *err)
{
    int rc = sh_postgres_need(&self->connection, err);

    if (!rc && self->generation != self->connection.generation) {
        self->generation = self->connection.generation;
        self->n_prepared = 0;
        self->n_sent = 0;
        if (self->store.is_staged && !self->store.lost.code)
            sp_error_set(&self->store.lost, SP_ERR_HOST,
                         "store: the connection to PostgreSQL was lost, and with it what was "
                         "not yet in its place");
        self->store.is_staged = false;
    }
    return rc;
}

static int take_result(struct postgres_store *self, PGresult **ret, struct sp_error *err)
{
    PGresult *result = sh_postgres_result(&self->connection);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        int rc = sh_postgres_fail(&self->connection, result, err);

        PQclear(result);
        return rc;
    }
    *ret = result;
    return SP_OK;
}

static int prepare(struct postgres_store *self, const char *sql, const struct bound *bound,
                   char *name, size_t size, struct sp_error *err)
{
    char text[STATEMENT_MAX];
    PGresult *result = NULL;
    size_t at = 0;
    int rc;

    while (at < self->n_prepared && self->prepared[at] != sql)
        at++;
    snprintf(name, size, "s%zu", at);
    if (at < self->n_prepared)
        return SP_OK;
    if (at == PREPARED_MAX || strlen(sql) >= sizeof text)
        return sp_error_set(err, SP_ERR_INTERNAL, "store: too many statements, or too long");
    rc = settle(self, err);
    translate(sql, text);
    if (!rc && !PQsendPrepare(self->connection.db, name, text, (int)bound->n, bound->type))
        rc = sh_postgres_fail(&self->connection, NULL, err);
    if (!rc)
        rc = take_result(self, &result, err);
    PQclear(result);
    if (!rc)
        self->prepared[self->n_prepared++] = sql;
    return rc;
}

static struct sh_value value_at(const PGresult *result, int row, int at)
{
    const char *text = PQgetvalue(result, row, at);

    if (PQgetisnull(result, row, at))
        return SH_TEXT(NULL);
    switch (PQftype(result, at)) {
    case BOOL:
        return SH_INT(text[0] == 't');
    case INT8:
    case INT4:
    case INT2:
    case NUMERIC: /* sums */
        return SH_INT(strtoll(text, NULL, 10));
    default:
        return SH_TEXT(text);
    }
}

static int give_rows(const PGresult *result, sh_row_fn fn, void *ctx)
{
    int rc = SP_OK, n = PQnfields(result);

    for (int row = 0; fn && !rc && row < PQntuples(result); row++) {
        struct sh_value column[COLUMNS_MAX] = {{0}};

        for (int i = 0; i < n && i < COLUMNS_MAX; i++)
            column[i] = value_at(result, row, i);
        rc = fn(ctx, column, (size_t)n);
    }
    return rc;
}

/* Sends one, prepared before; its answer is not read yet. */
static int send_bound(struct postgres_store *self, const char *sql, const struct bound *bound,
                      bool is_piped, struct sp_error *err)
{
    PGconn *db = self->connection.db;
    char name[16];
    int rc = prepare(self, sql, bound, name, sizeof name, err);

    if (rc)
        return rc;
    if (is_piped && PQpipelineStatus(db) == PQ_PIPELINE_OFF && !PQenterPipelineMode(db))
        return sh_postgres_fail(&self->connection, NULL, err);
    return PQsendQueryPrepared(db, name, (int)bound->n, bound->value, NULL, NULL, 0)
               ? SP_OK
               : sh_postgres_fail(&self->connection, NULL, err);
}

static int postgres_run(struct sh_store *store, const char *sql,
                        const struct sh_value *parameters, size_t n, sh_row_fn fn, void *ctx,
                        struct sp_error *err)
{
    struct postgres_store *self = (struct postgres_store *)store;
    PGresult *result = NULL;
    struct bound bound;
    int rc = bind(&bound, parameters, n, err);

    store->is_unsure = false;
    if (!rc)
        rc = settle(self, err);
    if (!rc)
        rc = begin_anew(self, err);
    if (!rc)
        rc = send_bound(self, sql, &bound, false, err);
    if (!rc) {
        rc = take_result(self, &result, err);
        store->is_unsure = rc && PQstatus(self->connection.db) != CONNECTION_OK;
    }
    if (!rc)
        rc = give_rows(result, fn, ctx);
    PQclear(result);
    bound_clear(&bound);
    return rc;
}

static int postgres_send(struct sh_store *store, const char *sql,
                         const struct sh_value *parameters, size_t n, struct sp_error *err)
{
    struct postgres_store *self = (struct postgres_store *)store;
    struct bound bound;
    int rc = bind(&bound, parameters, n, err);

    if (!rc && !self->n_sent)
        rc = begin_anew(self, err);
    if (!rc)
        rc = sh_store_whole(store, err);
    if (!rc)
        rc = send_bound(self, sql, &bound, true, err);
    if (!rc && ++self->n_sent >= SENT_MAX)
        rc = settle(self, err);
    bound_clear(&bound);
    return rc;
}

static int postgres_script(struct sh_store *store, const char *sql, struct sp_error *err)
{
    struct postgres_store *self = (struct postgres_store *)store;
    struct sp_error ignored;
    bool is_rollback = strcmp(sql, "ROLLBACK") == 0;
    PGresult *result = NULL;
    int rc = settle(self, is_rollback ? &ignored : err);

    if (is_rollback && sh_postgres_forget(&self->connection))
        return SP_OK;
    if (!rc)
        rc = begin_anew(self, err);
    if (!rc && !PQsendQuery(self->connection.db, sql))
        rc = sh_postgres_fail(&self->connection, NULL, err);
    if (!rc)
        rc = take_result(self, &result, err);
    PQclear(result);
    return is_rollback && rc && sh_postgres_forget(&self->connection) ? SP_OK : rc;
}

static int postgres_tell(struct sh_store *store, struct sp_error *err)
{
    return postgres_run(store, "NOTIFY source_host", NULL, 0, NULL, NULL, err);
}

static void postgres_wait(struct sh_store *store, int descriptor, int64_t ms)
{
    sh_postgres_listen(&((struct postgres_store *)store)->connection, descriptor, ms);
}

static void postgres_close(struct sh_store *store)
{
    struct postgres_store *self = (struct postgres_store *)store;

    sh_postgres_clear(&self->connection);
    free(self);
}

int sh_postgres_open(const char *url, struct sh_store **ret, struct sp_error *err)
{
    static const struct sh_store_engine engine = {
        .run = postgres_run,
        .send = postgres_send,
        .script = postgres_script,
        .close = postgres_close,
        .tell = postgres_tell,
        .wait = postgres_wait,
        .begin = "BEGIN",
        .begin_alone = "BEGIN; SELECT pg_advisory_xact_lock(7300)",
        .begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                         " SET LOCAL idle_in_transaction_session_timeout = 0",
        .tidy = "VACUUM staged_organization, staged_repository, staged_listed, staged_person,"
                " staged_commit, staged_git_ref, staged_mark, staged_pull_request,"
                " staged_pull_request_reviewer, staged_pull_request_commit, staged_activity",
    };
    struct postgres_store *self = calloc(1, sizeof *self);
    int rc;

    if (!self)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    self->store.engine = &engine;
    rc = sh_postgres_connect(&self->connection, url, err);
    if (rc)
        postgres_close(&self->store);
    else
        *ret = &self->store;
    return rc;
}
