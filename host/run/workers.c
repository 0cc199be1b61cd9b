/* workers.c - see workers.h */
#include "run/workers.h"

#include "claim.h"
#include "clock.h"
#include "ingest/help.h"
#include "ingest/import.h"
#include "ingest/listing.h"
#include "ingest/pass.h"
#include "output.h"
#include "trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void tell_failure(const struct sh_work *work, int code, const struct sp_error *err)
{
    if (code != SP_ERR_CANCELLED)
        sh_event(code == SP_ERR_LOGIN ? SP_LOG_ERROR : SP_LOG_WARNING, "failed",
                 work->member->name, work->repository.path, "%s%s%s", err->message,
                 err->remedy[0] ? "; " : "", err->remedy);
}

static int list(struct sh_worker *worker, const struct sh_claim *claim, struct sp_error *err)
{
    struct sh_connection *connection = &worker->work.instance->connection;
    struct sh_progress unseen = {0};
    int rc = sh_list(&worker->host, connection, claim, &unseen, err);

    if (!rc)
        rc = sh_mark_asked(&worker->host, connection, NULL, err);
    if (!rc)
        sh_event(SP_LOG_INFO, "listed", connection->name, NULL, "the listing is complete");
    return rc;
}

static int import(struct sh_worker *worker, const struct sh_claim *claim, struct sp_error *err)
{
    struct sh_connection *connection = &worker->work.instance->connection;
    const struct sh_selected *repository = &worker->work.repository;
    struct sh_progress unseen = {0};
    struct sh_run run;
    int rc = sh_import(&worker->host, connection, claim, repository, &unseen, &run, err);

    if (!rc)
        sh_event(SP_LOG_INFO, "synced", connection->name, repository->path,
                 "%" PRId64 " new commits, %" PRId64 " pull requests read with %" PRId64
                 " activities",
                 run.commits, run.pull_requests, run.activities);
    return rc;
}

static int read_due(struct sh_worker *worker, bool *ret, struct sp_error *err)
{
    const struct sh_work *work = &worker->work;
    struct sh_job_row job;
    int rc = sh_job_read(
        &(struct sh_scope){worker->host.store, work->member->name, work->repository.id, 0, 0},
        &job, err);

    *ret = !job.state[0] || (job.next_ms && job.next_ms <= sh_now_ms());
    return rc;
}

/* Asks whether it is still to be done, now that nobody else can do it.  What is so afterwards
 * too could not be noted, or waits for the connection. */
static int do_claimed(struct sh_worker *worker, const struct sh_claim *claim,
                      struct sp_error *err)
{
    struct sp_error due_err;
    bool is_due;
    int rc = read_due(worker, &is_due, err);

    if (rc || !is_due)
        return rc;
    rc = worker->work.repository.id ? import(worker, claim, err) : list(worker, claim, err);
    worker->work.rests = read_due(worker, &is_due, &due_err) || is_due;
    return rc;
}

static int claim_work(struct sh_worker *worker, struct sh_claim *claim, struct sp_error *err)
{
    const struct sh_work *work = &worker->work;
    const struct sh_scope scope = sh_work_scope(work, worker->host.store);

    return work->fence ? sh_claim_take_fenced(&worker->host, &scope, work->as, claim, err)
                       : sh_claim_take(&worker->host, work->member->name, work->repository.id,
                                       claim, err);
}

static int help(struct sh_worker *worker, struct sp_error *err)
{
    const struct sh_work *work = &worker->work;
    struct sh_connection *connection = &work->instance->connection;
    const struct sh_scope scope = sh_work_scope(work, worker->host.store);
    struct sh_run run;
    int rc = sh_help(&worker->host, connection, &scope, &work->repository, &run, err);

    if (!rc)
        sh_event(SP_LOG_INFO, "helped", connection->name, work->repository.path,
                 "%" PRId64 " pull requests read with %" PRId64 " activities",
                 run.pull_requests, run.activities);
    return rc;
}

static void do_work(struct sh_worker *worker)
{
    struct sh_work *work = &worker->work;
    struct sh_claim claim;
    struct sp_error err;
    int rc = sh_host_need_store(&worker->host, &err);

    work->rests = true;
    work->is_left = rc != 0;
    if (!rc && work->helps)
        rc = help(worker, &err);
    else if (!rc)
        rc = claim_work(worker, &claim, &err);
    if (rc > 0) {
        work->rests = false;
        rc = do_claimed(worker, &claim, &err);
        sh_claim_give(&claim);
    }
    if (rc < 0)
        tell_failure(work, rc, &err);
}

static void *run_worker(void *it)
{
    struct sh_worker *worker = it;
    struct sh_workers *all = worker->all;

    sh_trace_thread("worker", (size_t)(worker - all->worker) + 1);
    pthread_mutex_lock(&all->lock);
    for (;;) {
        while (worker->state != SH_BUSY && !all->ending)
            pthread_cond_wait(&all->changed, &all->lock);
        if (worker->state != SH_BUSY)
            break;
        pthread_mutex_unlock(&all->lock);
        do_work(worker);
        pthread_mutex_lock(&all->lock);
        worker->state = SH_READY;
        eventfd_write(all->ready, 1);
    }
    pthread_mutex_unlock(&all->lock);
    sh_store_close(worker->host.store);
    return NULL;
}

int sh_workers_init(struct sh_workers *workers)
{
    memset(workers, 0, sizeof *workers);
    workers->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (workers->ready < 0 || pthread_mutex_init(&workers->lock, NULL))
        return -1;
    return pthread_cond_init(&workers->changed, NULL) ? -1 : 0;
}

/* An idle one, or a new thread; NULL: there is none. */
static struct sh_worker *find_worker(struct sh_workers *workers, const struct sh_host *host)
{
    struct sh_worker *worker;

    for (size_t i = 0; i < workers->n; i++)
        if (workers->worker[i].state == SH_IDLE)
            return &workers->worker[i];
    if (workers->n == SH_WORKS_MAX)
        return NULL;
    worker = &workers->worker[workers->n];
    *worker = (struct sh_worker){.all = workers, .host = *host};
    worker->host.store = NULL;
    if (pthread_create(&worker->thread, NULL, run_worker, worker))
        return NULL;
    workers->n++;
    return worker;
}

bool sh_workers_give(struct sh_workers *workers, const struct sh_host *host,
                     const struct sh_work *work)
{
    struct sh_worker *worker;

    pthread_mutex_lock(&workers->lock);
    worker = find_worker(workers, host);
    if (worker) {
        worker->work = *work;
        worker->host.configuration = host->configuration; /* it may have been read again */
        worker->state = SH_BUSY;
        pthread_cond_broadcast(&workers->changed);
    }
    pthread_mutex_unlock(&workers->lock);
    return worker != NULL;
}

bool sh_workers_take_back(struct sh_workers *workers, struct sh_work *ret)
{
    bool found = false;

    pthread_mutex_lock(&workers->lock);
    for (size_t i = 0; i < workers->n && !found; i++) {
        found = workers->worker[i].state == SH_READY;
        if (found) {
            *ret = workers->worker[i].work;
            workers->worker[i].state = SH_IDLE;
        }
    }
    pthread_mutex_unlock(&workers->lock);
    return found;
}

static bool is_any_ready(const struct sh_workers *workers)
{
    for (size_t i = 0; i < workers->n; i++)
        if (workers->worker[i].state == SH_READY)
            return true;
    return false;
}

bool sh_workers_wait(struct sh_workers *workers, struct sh_store *store, int64_t ms)
{
    eventfd_t none;
    bool is_ready;

    sh_store_wait(store, workers->ready, ms);
    eventfd_read(workers->ready, &none);
    pthread_mutex_lock(&workers->lock);
    is_ready = is_any_ready(workers);
    pthread_mutex_unlock(&workers->lock);
    return is_ready;
}

void sh_workers_end(struct sh_workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    workers->ending = true;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->n; i++)
        pthread_join(workers->worker[i].thread, NULL);
}

void sh_workers_clear(struct sh_workers *workers)
{
    pthread_cond_destroy(&workers->changed);
    pthread_mutex_destroy(&workers->lock);
    close(workers->ready);
}
