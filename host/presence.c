/* presence.c - see presence.h */
#include "presence.h"

#include "clock.h"
#include "store/share.h"
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
    BEAT_MS = 1000,
    MARGIN_MS = 1000,  /* we give up before others give us up */
    WAKE_MS = 200,     /* before that, for who has no seat, not more often than so */
    REST_MS = 3000,    /* who asks for no seat for so long leaves its share to others */
    PLACES_MS = 30000, /* how often places are looked at */
    PLACE_MAX = 64
};

struct share {
    struct sh_share row;
    unsigned in_use;
    unsigned limit; /* no more are given out; the row follows */
    int64_t asked_ticks, woken_ticks;
};

struct sh_presence {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    struct sh_store *store; /* of the thread */
    struct sh_worker_row worker;
    char machine[64], place[PLACE_MAX], command[32];
    char *seats_path;
    int64_t grace_ms;
    int64_t ends_ticks;   /* then nobody believes in us */
    int64_t places_ticks; /* they were looked at */
    bool ending, is_wanted;
    bool is_to_renew;
    struct share *share; /* of each account that was asked for; moves when one is added */
    size_t n;
};

static int64_t random_id(void)
{
    uint64_t id = 0;

    if (getrandom(&id, sizeof id, 0) != sizeof id)
        id = (uint64_t)sh_now_ms() << 20 | (uint64_t)getpid();
    return (int64_t)(id >> 16) + 1;
}

/* Under one more name than ours, so that two who begin at once agree on one. */
static int make_place(const char *data, const char *path, struct sp_error *err)
{
    char *own = NULL;
    FILE *file = NULL;
    bool is_written;
    int rc = SP_OK;

    if (asprintf(&own, "%s/place.%ld", data, (long)getpid()) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    file = fopen(own, "we");
    is_written = file && fprintf(file, "%llx\n", (long long)random_id()) > 0;
    if (file && fclose(file))
        is_written = false;
    if (!is_written || (link(own, path) && errno != EEXIST))
        rc = sp_error_set(err, SP_ERR_HOST, "%s: %s", path, strerror(errno));
    unlink(own);
    free(own);
    return rc;
}

/* The name of the data directory, in which mirrors are, whatever path leads to it. */
static int read_place(const char *data, char *place, size_t size, struct sp_error *err)
{
    char *path = NULL;
    FILE *file;
    int rc = SP_OK;

    if (asprintf(&path, "%s/place", data) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    file = fopen(path, "re");
    if (!file && errno == ENOENT) {
        rc = make_place(data, path, err);
        file = rc ? NULL : fopen(path, "re");
    }
    if (!rc && (!file || !fgets(place, (int)size, file) || strcspn(place, "\n") == 0))
        rc = sp_error_set(err, SP_ERR_HOST, "%s cannot be read: it names this data directory",
                          path);
    place[strcspn(place, "\n")] = '\0';
    if (file)
        fclose(file);
    free(path);
    return rc;
}

/* Until a turn has gone well, no more seats; and what was given out is all that we had. */
static void give_out_none(struct sh_presence *self)
{
    pthread_mutex_lock(&self->lock);
    self->ends_ticks = 0;
    for (size_t i = 0; i < self->n; i++)
        self->share[i].limit = 0;
    pthread_mutex_unlock(&self->lock);
}

static int enter(struct sh_presence *self, struct sp_error *err)
{
    struct sh_worker_row worker = self->worker;
    int rc;

    worker.id = random_id();
    rc = sh_worker_enter(self->store, &worker, err);
    if (rc)
        return rc;
    pthread_mutex_lock(&self->lock);
    self->is_to_renew = false;
    self->worker.id = worker.id;
    pthread_mutex_unlock(&self->lock);
    return SP_OK;
}

/* Who was given up enters anew: what it held then is others'.  What is under way keeps its
 * seats.  Who was not taken back whole is not heard of any more, so that others do that. */
static int beat(struct sh_presence *self, struct sp_error *err)
{
    int64_t before = self->worker.id;
    bool is_to_renew;
    int rc = SP_OK;

    pthread_mutex_lock(&self->lock);
    is_to_renew = self->is_to_renew;
    pthread_mutex_unlock(&self->lock);
    if (!is_to_renew)
        rc = sh_worker_beat(self->store, &self->worker, err);
    if (rc)
        return rc < 0 ? rc : SP_OK;
    give_out_none(self);
    rc = enter(self, err);
    if (!rc)
        rc = sh_share_pass(self->store, before, self->worker.id, err);
    return rc ? rc : sh_worker_leave(self->store, before, sh_now_ms(), err);
}

/* The row does not become smaller than what may be taken while it is written.  What it is to
 * be counts from then on, so that it can become that with the next. */
static int renew_share(struct sh_presence *self, size_t at, struct sp_error *err)
{
    struct share *share;
    struct sh_share row;
    bool rests;
    int rc;

    pthread_mutex_lock(&self->lock);
    share = &self->share[at];
    rests = share->in_use == 0 && sh_ticks_ms() - share->asked_ticks > REST_MS;
    if (rests)
        share->limit = 0;
    share->row.worker = self->worker.id;
    share->row.in_use = share->in_use > share->limit ? share->in_use : share->limit;
    row = share->row;
    pthread_mutex_unlock(&self->lock);
    if (rests && row.seats == 0)
        return SP_OK;
    rc =
        rests ? sh_share_leave(self->store, &row, err) : sh_share_renew(self->store, &row, err);
    if (rc)
        return rc;
    pthread_mutex_lock(&self->lock);
    share = &self->share[at];
    share->row.seats = rests ? 0 : row.seats;
    share->row.limited_until_ms = row.limited_until_ms;
    share->limit = (unsigned)(rests ? 0 : row.aim < row.seats ? row.aim : row.seats);
    pthread_mutex_unlock(&self->lock);
    return SP_OK;
}

static bool is_too_large(struct sh_presence *self, size_t at)
{
    bool is_it;

    pthread_mutex_lock(&self->lock);
    is_it = self->share[at].row.seats > self->share[at].limit;
    pthread_mutex_unlock(&self->lock);
    return is_it;
}

static int leave_places(struct sh_presence *self, struct sp_error *err)
{
    if (self->places_ticks && sh_ticks_ms() - self->places_ticks < PLACES_MS)
        return SP_OK;
    self->places_ticks = sh_ticks_ms();
    return sh_places_leave(self->store, self->grace_ms, err);
}

/* From its beginning on it is valid for the lease, once all of it went well. */
static int turn(struct sh_presence *self, struct sp_error *err)
{
    int64_t began = sh_ticks_ms();
    /* A row that another's transaction holds for long must not cost us our lease.  Said each
     * time, as the connection may be another. */
    int rc = self->store->engine->script(self->store, "SET lock_timeout = '3s'", err);
    size_t n;

    if (!rc)
        rc = beat(self, err);
    pthread_mutex_lock(&self->lock);
    n = self->n;
    self->is_wanted = false;
    pthread_mutex_unlock(&self->lock);
    for (size_t i = 0; !rc && i < n; i++) {
        rc = renew_share(self, i, err);
        if (!rc && is_too_large(self, i))
            rc = renew_share(self, i, err);
    }
    if (rc)
        return rc;
    pthread_mutex_lock(&self->lock);
    self->ends_ticks = began + SH_WORKER_LEASE_MS - MARGIN_MS;
    pthread_mutex_unlock(&self->lock);
    rc = sh_workers_bury(self->store, sh_now_ms(), err);
    return rc ? rc : leave_places(self, err);
}

static void wait_for_beat(struct sh_presence *self)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += BEAT_MS / 1000;
    while (!self->ending && !self->is_wanted &&
           pthread_cond_timedwait(&self->changed, &self->lock, &until) != ETIMEDOUT)
        ;
}

/* A database that is away is told by those who need it. */
static void *run(void *it)
{
    struct sh_presence *self = it;
    struct sp_error err;

    sh_trace_thread("presence", 0);
    pthread_mutex_lock(&self->lock);
    while (!self->ending) {
        pthread_mutex_unlock(&self->lock);
        if (turn(self, &err))
            usleep(BEAT_MS * 1000 / 4);
        pthread_mutex_lock(&self->lock);
        wait_for_beat(self);
    }
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

static void clear(struct sh_presence *self)
{
    sh_store_close(self->store);
    free(self->share);
    free(self->seats_path);
    pthread_cond_destroy(&self->changed);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

static struct sh_presence *make(const char *data, const char *command, int64_t grace_ms)
{
    struct sh_presence *self = calloc(1, sizeof *self);
    pthread_condattr_t attributes;

    if (!self || asprintf(&self->seats_path, "%s/seats.%ld", data, (long)getpid()) < 0) {
        free(self);
        return NULL;
    }
    pthread_mutex_init(&self->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&self->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    gethostname(self->machine, sizeof self->machine - 1);
    snprintf(self->command, sizeof self->command, "%s", command);
    self->grace_ms = grace_ms;
    self->worker = (struct sh_worker_row){
        .machine = self->machine,
        .process = getpid(),
        .command = self->command,
        .place = self->place,
    };
    return self;
}

int sh_presence_begin(const char *url, const char *data, const char *command, int64_t grace_ms,
                      struct sh_presence **ret, struct sp_error *err)
{
    struct sh_presence *self = make(data, command, grace_ms);
    int rc;

    if (!self)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory");
    rc = read_place(data, self->place, sizeof self->place, err);
    if (!rc)
        rc = sh_store_open(url, &self->store, err);
    if (!rc)
        rc = enter(self, err);
    if (!rc && pthread_create(&self->thread, NULL, run, self))
        rc = sp_error_set(err, SP_ERR_HOST, "no thread can be made");
    if (rc)
        clear(self);
    else
        *ret = self;
    return rc;
}

void sh_presence_end(struct sh_presence *self)
{
    struct sp_error ignored;

    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    self->ending = true;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    sh_worker_leave(self->store, self->worker.id, sh_now_ms(), &ignored);
    unlink(self->seats_path);
    clear(self);
}

void sh_presence_renew(struct sh_presence *self)
{
    pthread_mutex_lock(&self->lock);
    self->is_to_renew = true;
    pthread_mutex_unlock(&self->lock);
}

struct sh_worker_row sh_presence_worker(struct sh_presence *self)
{
    struct sh_worker_row worker;

    pthread_mutex_lock(&self->lock);
    worker = self->worker;
    pthread_mutex_unlock(&self->lock);
    return worker;
}

const char *sh_presence_seats_path(const struct sh_presence *self)
{
    return self->seats_path;
}

/* NULL: out of memory. */
static struct share *find(struct sh_presence *self, int64_t account)
{
    struct share *grown;

    for (size_t i = 0; i < self->n; i++)
        if (self->share[i].row.account == account)
            return &self->share[i];
    grown = realloc(self->share, (self->n + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    self->share = grown;
    self->share[self->n] = (struct share){.row = {.account = account}};
    return &self->share[self->n++];
}

/* How many may be in use now. */
static unsigned seats_now(const struct sh_presence *self, const struct share *share)
{
    if (sh_ticks_ms() >= self->ends_ticks || share->row.limited_until_ms > sh_now_ms())
        return 0;
    return share->limit < share->row.most ? share->limit : (unsigned)share->row.most;
}

static void wake(struct sh_presence *self, struct share *share)
{
    if (share->asked_ticks - share->woken_ticks < WAKE_MS)
        return;
    share->woken_ticks = share->asked_ticks;
    self->is_wanted = true;
    pthread_cond_broadcast(&self->changed);
}

unsigned sh_presence_take_seat(struct sh_presence *self, int64_t account, unsigned most)
{
    struct share *share;
    unsigned seats = 0;

    pthread_mutex_lock(&self->lock);
    share = find(self, account);
    if (share) {
        share->row.most = most;
        share->asked_ticks = sh_ticks_ms();
        seats = seats_now(self, share);
        if (seats == 0)
            wake(self, share);
        seats = share->in_use < seats ? seats : 0;
        share->in_use += seats > 0;
    }
    pthread_mutex_unlock(&self->lock);
    return seats;
}

void sh_presence_give_seat(struct sh_presence *self, int64_t account)
{
    struct share *share;

    pthread_mutex_lock(&self->lock);
    share = find(self, account);
    if (share && share->in_use > 0)
        share->in_use--;
    pthread_mutex_unlock(&self->lock);
}
