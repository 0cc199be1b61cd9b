/* sqlite.c - the store's engine on SQLite */
#include "signals.h"
#include "store/aside.h"
#include "store/store.h"
#include "text.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum {
    PREPARED_MAX = 256, /* more than there are in the program: one over that fails for good */
    COLUMNS_MAX = 64,
    BUSY_TIMEOUT_MS = 30000,
    BUSY_STEP_MS = 20
};

struct sqlite_store {
    struct sh_store store;
    sqlite3 *db;
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } prepared[PREPARED_MAX];
    size_t n_prepared;
    struct sh_aside *aside; /* obeys what is gathered */
    bool is_gathering;      /* the transaction was begun by gather */
    unsigned running;       /* statements whose rows are being given */
};

static int fail(const struct sqlite_store *self, struct sp_error *err)
{
    return sp_error_set(err, SP_ERR_HOST, "store: %s", sqlite3_errmsg(self->db));
}

static int prepare(struct sqlite_store *self, const char *sql, sqlite3_stmt **ret,
                   struct sp_error *err)
{
    for (size_t i = 0; i < self->n_prepared; i++)
        if (self->prepared[i].sql == sql) {
            *ret = self->prepared[i].statement;
            return SP_OK;
        }
    if (self->n_prepared == PREPARED_MAX)
        return sp_error_set(err, SP_ERR_INTERNAL, "store: more than %d statements",
                            PREPARED_MAX);
    if (sqlite3_prepare_v3(self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL))
        return fail(self, err);
    self->prepared[self->n_prepared].sql = sql;
    self->prepared[self->n_prepared++].statement = *ret;
    return SP_OK;
}

/* Text comes from strangers: what is no UTF-8 is mended here, once for all tables. */
static int bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    size_t length = strlen(text);
    char *mended;

    if (sh_utf8_length(text, length) == length)
        return sqlite3_bind_text64(statement, at, text, length, SQLITE_STATIC, SQLITE_UTF8);
    mended = sh_utf8_mend(text, length);
    if (!mended)
        return SQLITE_NOMEM;
    return sqlite3_bind_text64(statement, at, mended, strlen(mended), free, SQLITE_UTF8);
}

static int bind(sqlite3_stmt *statement, const struct sh_value *parameters, size_t n)
{
    int rc = SQLITE_OK;

    for (size_t i = 0; i < n && rc == SQLITE_OK; i++) {
        int at = (int)i + 1;

        if (parameters[i].is_null)
            rc = sqlite3_bind_null(statement, at);
        else if (parameters[i].type == SH_VALUE_INT)
            rc = sqlite3_bind_int64(statement, at, parameters[i].number);
        else
            rc = bind_text(statement, at, parameters[i].text);
    }
    return rc;
}

static int give_row(sqlite3_stmt *statement, sh_row_fn fn, void *ctx, struct sp_error *err)
{
    struct sh_value column[COLUMNS_MAX] = {{0}};
    int n = sqlite3_column_count(statement);

    if (!fn)
        return SP_OK;
    for (int i = 0; i < n && i < COLUMNS_MAX; i++)
        switch (sqlite3_column_type(statement, i)) {
        case SQLITE_NULL:
            column[i] = SH_TEXT(NULL);
            break;
        case SQLITE_INTEGER:
            column[i] = SH_INT(sqlite3_column_int64(statement, i));
            break;
        default:
            column[i] = SH_TEXT((const char *)sqlite3_column_text(statement, i));
            if (!column[i].text) /* there is one, but no memory for it */
                return sp_error_set(err, SP_ERR_NOMEM, "store: out of memory");
        }
    return fn(ctx, column, (size_t)n);
}

static int obey(struct sqlite_store *self, const char *sql, const struct sh_value *parameters,
                size_t n, sh_row_fn fn, void *ctx, struct sp_error *err)
{
    sqlite3_stmt *statement;
    int step, rc = prepare(self, sql, &statement, err);

    if (rc)
        return rc;
    if (bind(statement, parameters, n))
        rc = fail(self, err);
    while (!rc && (step = sqlite3_step(statement)) != SQLITE_DONE)
        rc = step == SQLITE_ROW ? give_row(statement, fn, ctx, err) : fail(self, err);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return rc;
}

static int execute(struct sqlite_store *self, const char *sql, struct sp_error *err)
{
    return sqlite3_exec(self->db, sql, NULL, NULL, NULL) ? fail(self, err) : SP_OK;
}

/* What is gathered goes into temporary tables, which nobody else waits for: one transaction for
 * all until something else is asked for costs less than one for each row. */
static int gather(void *ctx, const char *sql, const struct sh_value *parameters, size_t n,
                  struct sp_error *err)
{
    struct sqlite_store *self = ctx;
    int rc = SP_OK;

    if (sqlite3_get_autocommit(self->db)) {
        rc = execute(self, "BEGIN", err);
        self->is_gathering = !rc;
    }
    return rc ? rc : obey(self, sql, parameters, n, NULL, NULL, err);
}

/* After some errors SQLite has ended it by itself.  One that cannot be committed would stay
 * open: what is written next would be in it, and never be seen. */
static int end_gathering(struct sqlite_store *self, struct sp_error *err)
{
    int rc = sh_aside_finish(self->aside, err);

    if (!rc && self->is_gathering && !sqlite3_get_autocommit(self->db))
        rc = execute(self, "COMMIT", err);
    self->is_gathering = false;
    if (!rc)
        return SP_OK;
    self->store.lost = *err;
    sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

static int sqlite_run(struct sh_store *store, const char *sql,
                      const struct sh_value *parameters, size_t n, sh_row_fn fn, void *ctx,
                      struct sp_error *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    int rc = end_gathering(self, err);

    if (rc)
        return rc;
    self->running++;
    rc = obey(self, sql, parameters, n, fn, ctx, err);
    self->running--;
    return rc;
}

static int sqlite_send(struct sh_store *store, const char *sql,
                       const struct sh_value *parameters, size_t n, struct sp_error *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;

    if (self->running) /* fn sends: the database is this thread's */
        return gather(self, sql, parameters, n, err);
    return sh_aside_put(self->aside, sql, parameters, n, err);
}

static int sqlite_script(struct sh_store *store, const char *sql, struct sp_error *err)
{
    struct sqlite_store *self = (struct sqlite_store *)store;
    int rc = end_gathering(self, err);

    return rc ? rc : execute(self, sql, err);
}

static void sqlite_close(struct sh_store *store)
{
    struct sqlite_store *self = (struct sqlite_store *)store;

    sh_aside_free(self->aside);
    for (size_t i = 0; i < self->n_prepared; i++)
        sqlite3_finalize(self->prepared[i].statement);
    sqlite3_close(self->db);
    free(self);
}

/* Another process writes: waits for it, in steps that a wish to stop can end. */
static int on_busy(void *ctx, int times)
{
    (void)ctx;
    if (times * BUSY_STEP_MS >= BUSY_TIMEOUT_MS || sh_stopping())
        return 0;
    sqlite3_sleep(BUSY_STEP_MS);
    return 1;
}

/* WAL: readers never wait.  NORMAL: a power cut may cost the last transactions, which the
 * next import brings again, but never the file.  Small caches (KiB): the kernel has the files
 * in its own, and a page read from there costs less than memory that was never touched. */
static int set_up(struct sqlite_store *self, struct sp_error *err)
{
    int rc, times = 0;

    sqlite3_busy_handler(self->db, on_busy, NULL);
    sqlite3_extended_result_codes(self->db, 1);
    /* SQLite does not ask the handler when two want to switch to WAL at once. */
    do
        rc = sqlite_script(&self->store, "PRAGMA journal_mode = WAL", err);
    while (rc && (sqlite3_errcode(self->db) & 0xFF) == SQLITE_BUSY && on_busy(NULL, times++));
    return rc ? rc
              : sqlite_script(&self->store,
                              "PRAGMA synchronous = NORMAL;"
                              "PRAGMA temp_store = FILE;"
                              "PRAGMA temp.cache_size = -256;"
                              "PRAGMA cache_size = -1000",
                              err);
}

/* Nobody asks how much memory it has, and each piece of it would be counted under a lock. */
static void set_up_sqlite(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int sh_sqlite_open(const char *path, struct sh_store **ret, struct sp_error *err)
{
    static const struct sh_store_engine engine = {
        .run = sqlite_run,
        .send = sqlite_send,
        .script = sqlite_script,
        .close = sqlite_close,
        .begin = "BEGIN IMMEDIATE",
        .begin_alone = "BEGIN IMMEDIATE",
        .begin_reading = "BEGIN",
        .version = "PRAGMA data_version",
    };
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite_store *self = calloc(1, sizeof *self);
    int rc;

    if (!self)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    pthread_once(&once, set_up_sqlite);
    self->store.engine = &engine;
    self->aside = sh_aside_new(gather, self);
    if (!self->aside)
        rc = sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    else if (sqlite3_open_v2(path, &self->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                             NULL))
        rc = sp_error_set(err, SP_ERR_HOST, "store %s: %s", path, sqlite3_errmsg(self->db));
    else
        rc = set_up(self, err);
    if (rc)
        sqlite_close(&self->store);
    else
        *ret = &self->store;
    return rc;
}
