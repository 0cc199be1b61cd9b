/* check_leaks.c - what is done again and again leaves nothing behind
 *
 * Descriptors, threads and memory are counted after batches of the same: what grows with each
 * batch leaks; what grows once is kept for good.  Each batch has a thread of its own, since a
 * thread keeps some of what was freed at hand, which counts as used until it ends.
 */
#include "call.h"

#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>

enum { BATCHES = 4 /* the first warms up */ };

enum { DESCRIPTORS, THREADS, MEMORY, COUNTS };
static const struct {
    const char *name;
    size_t least; /* that a leak grows by each time */
} counts[] = {{"descriptors", 1}, {"threads", 1}, {"bytes of memory", 16}};

static size_t entries(const char *directory)
{
    DIR *dir = opendir(directory);
    size_t n = 0;

    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

static void measure(size_t count[COUNTS])
{
    struct mallinfo2 info = mallinfo2();

    count[DESCRIPTORS] = entries("/proc/self/fd");
    count[THREADS] = entries("/proc/self/task");
    count[MEMORY] = info.uordblks + info.hblkhd;
}

static void configure(struct kit *kit)
{
    sp_connection_close(kit_connect(kit));
}

/* The way out of a configure that fails must free as much. */
static void refuse(struct kit *kit)
{
    struct sp_connection *connection = NULL;
    struct sp_error err;
    size_t n;
    struct sp_pair *pairs = kit_pairs_with(kit, "no_such_setting", "1", &n);

    if (kit_open(kit, pairs, n, &connection, &err) == 0)
        sp_connection_close(connection);
    free(pairs);
}

static void enumerate(struct kit *kit)
{
    struct sp_connection *connection = kit_connect(kit);
    struct kit_call call;

    kit_call_init(&call, kit);
    if (connection)
        kit_call_enumerate(&call, connection);
    kit_call_clear(&call);
    sp_connection_close(connection);
}

/* Ended in the midst of a set, too. */
static void import(struct kit *kit)
{
    struct sp_connection *connection = kit_connect(kit);

    for (unsigned i = 0; connection && kit->repository && i < 2; i++) {
        struct kit_call call;

        kit_call_init(&call, kit);
        call.stop = (struct kit_moment){i ? KIT_IN_SET : KIT_NOWHERE, 1};
        kit_call_import(&call, connection, 0);
        kit_call_clear(&call);
    }
    sp_connection_close(connection);
}

static void health(struct kit *kit)
{
    struct sp_connection *connection = kit_connect(kit);
    struct kit_call call;

    kit_call_init(&call, kit);
    if (connection)
        kit_call_health(&call, connection);
    kit_call_clear(&call);
    sp_connection_close(connection);
}

struct batch {
    struct kit *kit;
    void (*once)(struct kit *);
    size_t times;
};

static void *run_batch(void *ctx)
{
    const struct batch *batch = ctx;

    for (size_t i = 0; i < batch->times; i++)
        batch->once(batch->kit);
    return NULL;
}

static void repeat(struct kit *kit, const char *name, void (*once)(struct kit *), size_t times)
{
    struct batch all = {kit, once, times};
    pthread_t thread;
    size_t count[BATCHES][COUNTS];
    bool grows[COUNTS];

    for (size_t i = 0; i < COUNTS; i++)
        grows[i] = true;
    for (size_t batch = 0; batch < BATCHES; batch++) {
        if (pthread_create(&thread, NULL, run_batch, &all) == 0)
            pthread_join(thread, NULL);
        measure(count[batch]);
        for (size_t i = 0; batch && i < COUNTS; i++)
            grows[i] &= count[batch][i] >= count[batch - 1][i] + times * counts[i].least;
    }
    for (size_t i = 0; i < COUNTS; i++)
        if (grows[i])
            kit_fault(kit, "%s leaks: %zu %s after %zu times, %zu after %zu", name, count[0][i],
                      counts[i].name, times, count[BATCHES - 1][i], BATCHES * times);
}

void kit_check_leaks(struct kit *kit)
{
    repeat(kit, "configure", configure, 100);
    repeat(kit, "a refused configure", refuse, 100);
    repeat(kit, "enumerate", enumerate, 3);
    repeat(kit, "import", import, 3);
    repeat(kit, "health", health, 3);
}
