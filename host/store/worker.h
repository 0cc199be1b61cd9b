/* worker.h - the processes that share a store, and what each of them holds
 *
 * Only where machines share a store (PostgreSQL): a worker's row says until when it is to be
 * believed, by the database's clock.  After that whoever comes takes back what it holds.
 */
#ifndef SH_WORKER_H
#define SH_WORKER_H

#include "store/scope.h"

/* The database's clock, in SQL of PostgreSQL: milliseconds since 1970. */
#define SH_STORE_NOW "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"

enum { SH_WORKER_LEASE_MS = 10000, SH_CRASHES_MAX = 5 };

struct sh_worker_row {
    int64_t id; /* at random, never used twice */
    const char *machine;
    int64_t process;
    const char *command;
    const char *place; /* where its mirrors are */
};

int sh_worker_enter(struct sh_store *, const struct sh_worker_row *, struct sp_error *);
/* It is alive: 1; it is not believed any more, and is to enter anew under another id: 0. */
int sh_worker_beat(struct sh_store *, const struct sh_worker_row *, struct sp_error *);
/* It ends, and gives back what it holds. */
int sh_worker_leave(struct sh_store *, int64_t id, int64_t now_ms, struct sp_error *);

/* How many there are that are believed. */
int sh_workers_count(struct sh_store *, int64_t *ret, struct sp_error *);

/* Takes back what those hold that are not believed any more: their jobs are due again, unless
 * SH_CRASHES_MAX of their processes have ended so in a row: then they wait, and say so. */
int sh_workers_bury(struct sh_store *, int64_t now_ms, struct sp_error *);

/* Places that nobody was seen at for so long: their repositories may be mirrored elsewhere. */
int sh_places_leave(struct sh_store *, int64_t grace_ms, struct sp_error *);

/* Writes the machine of a worker that is there and has the repository's mirror, where that is
 * not at `place`; "": there is none. */
int sh_place_elsewhere(const struct sh_scope *, const char *place, char *machine, size_t size,
                       struct sp_error *);

/* Workers by machine, with what each is at; path NULL: nothing, or a listing where connection
 * is given. */
struct sh_worker_job {
    int64_t id, process, since_ms;
    const char *machine, *command;
    const char *connection, *path, *state;
};
typedef int (*sh_worker_fn)(void *ctx, const struct sh_worker_job *);
int sh_workers_list(struct sh_store *, sh_worker_fn fn, void *ctx, struct sp_error *);

#endif
