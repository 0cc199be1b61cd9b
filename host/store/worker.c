/* worker.c - see worker.h */
#include "store/worker.h"

#include <stdio.h>

enum { BURY_MAX = 64, HOUR_MS = 60 * 60 * 1000, SET_ASIDE_HOURS = 6 };

static int note_place(struct sh_store *store, const struct sh_worker_row *worker,
                      struct sp_error *err)
{
    return SH_RUN(store, err,
                  "INSERT INTO place (id, machine, seen_at) VALUES (?1, ?2, " SH_STORE_NOW ")"
                  " ON CONFLICT (id) DO UPDATE SET machine = excluded.machine,"
                  " seen_at = excluded.seen_at",
                  SH_TEXT(worker->place), SH_TEXT(worker->machine));
}

int sh_worker_enter(struct sh_store *store, const struct sh_worker_row *worker,
                    struct sp_error *err)
{
    int rc =
        SH_RUN(store, err,
               "INSERT INTO worker (id, machine, process, command, place, since, until_at)"
               " VALUES (?1, ?2, ?3, ?4, ?5, " SH_STORE_NOW ", " SH_STORE_NOW " + ?6)",
               SH_INT(worker->id), SH_TEXT(worker->machine), SH_INT(worker->process),
               SH_TEXT(worker->command), SH_TEXT(worker->place), SH_INT(SH_WORKER_LEASE_MS));

    return rc ? rc : note_place(store, worker, err);
}

int sh_worker_beat(struct sh_store *store, const struct sh_worker_row *worker,
                   struct sp_error *err)
{
    int64_t found = 0;
    int rc = SH_QUERY(store, err, sh_take_number, &found,
                      "UPDATE worker SET until_at = " SH_STORE_NOW " + ?2"
                      " WHERE id = ?1 AND until_at >= " SH_STORE_NOW " RETURNING 1",
                      SH_INT(worker->id), SH_INT(SH_WORKER_LEASE_MS));

    if (rc || !found)
        return rc;
    rc = note_place(store, worker, err);
    return rc ? rc : 1;
}

int sh_workers_count(struct sh_store *store, int64_t *ret, struct sp_error *err)
{
    *ret = 0;
    return SH_QUERY(store, err, sh_take_number, ret,
                    "SELECT count(*) FROM worker WHERE until_at >= " SH_STORE_NOW);
}

/* What is locked by a transaction, the dead one's or of one who helps it, is left for the next
 * time. */
static int take_back(struct sh_store *store, int64_t id, bool has_crashed, int64_t now_ms,
                     struct sp_error *err)
{
    int rc = SH_RUN(store, err,
                    "UPDATE job SET worker = NULL, fence = fence + 1, crashes = crashes + ?2,"
                    " since = ?3, what = NULL, done = NULL, total = NULL,"
                    " state = CASE WHEN crashes + ?2 >= ?4 THEN 'failing' ELSE 'queued' END,"
                    " reason = CASE WHEN crashes + ?2 >= ?4 THEN 'set aside: '"
                    " || (crashes + ?2) || ' processes in a row ended while at it' END,"
                    " next_at = CASE WHEN crashes + ?2 >= ?4 THEN ?5 ELSE ?3 END"
                    " WHERE (connection, repository_id) IN (SELECT connection, repository_id"
                    " FROM job WHERE worker = ?1 FOR UPDATE SKIP LOCKED)",
                    SH_INT(id), SH_INT(has_crashed), SH_INT(now_ms), SH_INT(SH_CRASHES_MAX),
                    SH_INT(now_ms + (int64_t)SET_ASIDE_HOURS * HOUR_MS));

    if (!rc)
        rc = SH_RUN(store, err, "DELETE FROM login_share WHERE worker = ?1", SH_INT(id));
    if (!rc)
        rc = SH_RUN(store, err, "UPDATE login_account SET prover = NULL WHERE prover = ?1",
                    SH_INT(id));
    return rc ? rc
              : SH_RUN(store, err,
                       "DELETE FROM worker WHERE id = ?1"
                       " AND NOT EXISTS (SELECT 1 FROM job WHERE worker = ?1)",
                       SH_INT(id));
}

/* A claim that is being taken as this worker is waited for, and taken back with the others. */
static int leave(struct sh_store *store, int64_t id, int64_t now_ms, struct sp_error *err)
{
    int rc = SH_RUN(store, err, "SELECT 1 FROM worker WHERE id = ?1 FOR UPDATE", SH_INT(id));

    return rc ? rc : take_back(store, id, false, now_ms, err);
}

int sh_worker_leave(struct sh_store *store, int64_t id, int64_t now_ms, struct sp_error *err)
{
    int rc = sh_store_begin(store, err);

    return rc ? rc : sh_store_end(store, leave(store, id, now_ms, err), err);
}

struct dead {
    int64_t id[BURY_MAX];
    size_t n;
};

static int add_dead(void *ctx, const struct sh_value *column, size_t n)
{
    struct dead *dead = ctx;

    (void)n;
    if (dead->n < BURY_MAX)
        dead->id[dead->n++] = column[0].number;
    return 0;
}

static int bury(struct sh_store *store, int64_t now_ms, struct sp_error *err)
{
    struct dead dead = {.n = 0};
    int rc = SH_QUERY(store, err, add_dead, &dead,
                      "SELECT id FROM worker WHERE until_at < " SH_STORE_NOW
                      " FOR UPDATE SKIP LOCKED");

    for (size_t i = 0; !rc && i < dead.n; i++)
        rc = take_back(store, dead.id[i], true, now_ms, err);
    return rc;
}

int sh_workers_bury(struct sh_store *store, int64_t now_ms, struct sp_error *err)
{
    int rc = sh_store_begin(store, err);

    return rc ? rc : sh_store_end(store, bury(store, now_ms, err), err);
}

static int leave_places(struct sh_store *store, int64_t grace_ms, struct sp_error *err)
{
    int rc = SH_RUN(store, err,
                    "UPDATE job SET place = '' WHERE worker IS NULL AND place IN"
                    " (SELECT id FROM place WHERE seen_at < " SH_STORE_NOW " - ?1)",
                    SH_INT(grace_ms));

    return rc ? rc
              : SH_RUN(store, err,
                       "DELETE FROM place WHERE seen_at < " SH_STORE_NOW " - ?1 AND NOT EXISTS"
                       " (SELECT 1 FROM job WHERE job.place = place.id)",
                       SH_INT(grace_ms));
}

int sh_places_leave(struct sh_store *store, int64_t grace_ms, struct sp_error *err)
{
    int rc = sh_store_begin(store, err);

    return rc ? rc : sh_store_end(store, leave_places(store, grace_ms, err), err);
}

struct name {
    char *to;
    size_t size;
};

static int take_name(void *ctx, const struct sh_value *column, size_t n)
{
    const struct name *name = ctx;

    (void)n;
    snprintf(name->to, name->size, "%s", column[0].text);
    return 0;
}

int sh_place_elsewhere(const struct sh_scope *scope, const char *place, char *machine,
                       size_t size, struct sp_error *err)
{
    struct name name = {machine, size};

    machine[0] = '\0';
    return SH_QUERY(scope->store, err, take_name, &name,
                    "SELECT w.machine FROM job j JOIN worker w ON w.place = j.place"
                    " WHERE j.connection = ?1 AND j.repository_id = ?2"
                    " AND j.place NOT IN ('', ?3) AND w.until_at >= " SH_STORE_NOW " LIMIT 1",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(place));
}

struct reader {
    sh_worker_fn fn;
    void *ctx;
};

static int give(void *ctx, const struct sh_value *column, size_t n)
{
    const struct reader *reader = ctx;
    const struct sh_worker_job job = {
        .id = column[0].number,
        .machine = column[1].text,
        .process = column[2].number,
        .command = column[3].text,
        .since_ms = column[4].number,
        .connection = column[5].text,
        .path = column[6].text,
        .state = column[7].text,
    };

    (void)n;
    return reader->fn(reader->ctx, &job);
}

int sh_workers_list(struct sh_store *store, sh_worker_fn fn, void *ctx, struct sp_error *err)
{
    struct reader reader = {fn, ctx};

    return SH_QUERY(store, err, give, &reader,
                    "SELECT w.id, w.machine, w.process, w.command, w.since, j.connection,"
                    " r.path, j.state FROM worker w LEFT JOIN (SELECT worker, connection,"
                    " repository_id, state FROM job WHERE worker IS NOT NULL UNION ALL"
                    " SELECT worker, connection, repository_id, 'helping' FROM job_helper"
                    " WHERE at_it = 1) AS j ON j.worker = w.id"
                    " LEFT JOIN repository r ON r.connection = j.connection"
                    " AND r.id = j.repository_id"
                    " ORDER BY w.machine, w.process, w.id, j.connection, r.path");
}
