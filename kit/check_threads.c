/* check_threads.c - as many calls at once as the provider declares that it can bear */
#include "call.h"

#include <inttypes.h>
#include <string.h>

enum { THREADS = 4 };

struct worker {
    struct kit *kit;
    struct sp_connection *connection;
    pthread_barrier_t *start;
    pthread_t thread;
    uint64_t digest;
};

static void import_beside(struct worker *worker)
{
    struct kit_store store = {0};
    struct kit_call call;
    int64_t number = 0;

    if (!worker->kit->repository)
        return;
    kit_call_init(&call, worker->kit);
    call.store = &store;
    if (kit_call_import(&call, worker->connection, 0))
        kit_fault(worker->kit, "an import beside other calls fails: %s", call.err.message);
    else if (kit_store_differences(&worker->kit->whole, &store, &number))
        kit_fault(worker->kit, "beside other calls pull request %" PRId64 " is another",
                  number);
    kit_store_clear(&store);
    kit_call_clear(&call);
}

static void *work(void *ctx)
{
    struct worker *worker = ctx;
    struct kit_call listing, report;

    kit_call_init(&listing, worker->kit);
    kit_call_init(&report, worker->kit);
    pthread_barrier_wait(worker->start);
    if (kit_call_enumerate(&listing, worker->connection))
        kit_fault(worker->kit, "a listing beside other calls fails: %s", listing.err.message);
    import_beside(worker);
    if (kit_call_health(&report, worker->connection))
        kit_fault(worker->kit, "a health report beside other calls fails: %s",
                  report.err.message);
    worker->digest = listing.digest;
    kit_call_clear(&listing);
    kit_call_clear(&report);
    return NULL;
}

/* All on one connection, or each on its own. */
static void run_all(struct kit *kit, bool shared)
{
    struct worker workers[THREADS] = {{0}};
    struct sp_connection *first = kit_connect(kit);
    pthread_barrier_t start;
    size_t n = 0;

    pthread_barrier_init(&start, NULL, THREADS);
    for (size_t i = 0; first && i < THREADS; i++) {
        struct sp_connection *own = i && !shared ? kit_connect(kit) : first;

        workers[i] = (struct worker){.kit = kit, .connection = own, .start = &start};
    }
    for (size_t i = 0; first && i < THREADS; i++)
        n += pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
    for (size_t i = 0; i < n; i++) {
        pthread_join(workers[i].thread, NULL);
        if (workers[i].digest != workers[0].digest)
            kit_fault(kit, "listings that were made at the same time differ");
    }
    for (size_t i = 1; first && !shared && i < THREADS; i++)
        sp_connection_close(workers[i].connection);
    sp_connection_close(first);
    pthread_barrier_destroy(&start);
}

void kit_check_threads(struct kit *kit)
{
    static const char *const levels[] = {"one call at a time", "one call per instance",
                                         "any calls at once"};

    kit_tell(kit, "declared: %s; tried with %d threads", levels[kit->provider->threading],
             THREADS);
    run_all(kit, false);
    run_all(kit, true);
}
