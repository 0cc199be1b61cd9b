/* check_threading.c - who waits for whom, by the level that a provider asks for
 *
 * Two threads call; each stays inside, in a callback of the host, until the other is inside
 * too.  Where calls wait for each other that never happens, and the first gives up.
 */
#include "host_recorder.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What two threads do at once. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int called;  /* threads that are about to call, or have */
    int entered; /* callbacks so far */
    int inside;
    int most_inside;
    long patience_ms;
} meeting;

struct caller {
    struct sp_connection *connection;
    enum call which;
    int opens; /* configures a new connection instead of a call */
    const struct source_provider *provider;
    int rc;
};

static struct timespec after(long ms)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += ms / 1000;
    end.tv_nsec += ms % 1000 * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    return end;
}

/* Waits until *count is at least `wanted`, or time is up. */
static void await(const int *count, int wanted, long ms)
{
    struct timespec end = after(ms);

    while (*count < wanted)
        if (pthread_cond_timedwait(&meeting.changed, &meeting.lock, &end) == ETIMEDOUT)
            return;
}

/* A callback: both that are to meet come here. */
static void meet(void)
{
    pthread_mutex_lock(&meeting.lock);
    meeting.entered++;
    meeting.inside++;
    if (meeting.inside > meeting.most_inside)
        meeting.most_inside = meeting.inside;
    pthread_cond_broadcast(&meeting.changed);
    await(&meeting.called, 2, 20000);
    await(&meeting.entered, 2, meeting.patience_ms);
    meeting.inside--;
    pthread_mutex_unlock(&meeting.lock);
}

static void on_progress(void *ctx, const struct sp_progress *progress)
{
    (void)ctx, (void)progress;
    meet();
}

static void on_log(void *ctx, uint32_t level, const char *line)
{
    (void)ctx, (void)level, (void)line;
    if (meeting.patience_ms) /* not while the connections are prepared */
        meet();
}

static const struct sp_host host = {.size = sizeof host, .log = on_log};

static void *run(void *arg)
{
    struct sp_sink sink = {.size = sizeof sink, .progress = on_progress};
    struct caller *caller = arg;
    struct sp_connection *connection = NULL;
    struct sp_error err;

    pthread_mutex_lock(&meeting.lock);
    meeting.called++;
    pthread_cond_broadcast(&meeting.changed);
    pthread_mutex_unlock(&meeting.lock);
    if (!caller->opens) {
        caller->rc = call(caller->connection, caller->which, &sink, &err);
        return NULL;
    }
    caller->rc = open_with(caller->provider, &host, "steps", "", &connection, &err);
    sp_connection_close(connection);
    return NULL;
}

/* Lets two callers meet; returns how many were inside at once. */
static int meet_of(struct caller *first, struct caller *second, long patience_ms)
{
    pthread_t threads[2];

    meeting.called = meeting.entered = meeting.inside = meeting.most_inside = 0;
    meeting.patience_ms = patience_ms;
    ck_assert_int_eq(pthread_create(&threads[0], NULL, run, first), 0);
    pthread_mutex_lock(&meeting.lock);
    await(&meeting.entered, 1, 20000);
    pthread_mutex_unlock(&meeting.lock);
    ck_assert_int_eq(pthread_create(&threads[1], NULL, run, second), 0);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    meeting.patience_ms = 0;
    ck_assert_int_eq(meeting.entered, 2);
    ck_assert_int_eq(first->rc, SP_OK);
    ck_assert_int_eq(second->rc, SP_OK);
    return meeting.most_inside;
}

enum second { SAME, OTHER, NEW };

static const struct {
    uint32_t level;
    enum second second; /* the second call goes to the same connection, another, a new one */
    int at_once;
} levels[] = {
    {SP_ONE_CALL, SAME, 1},
    {SP_ONE_CALL, OTHER, 1},
    {SP_ONE_CALL, NEW, 1},
    {SP_ONE_CALL_PER_INSTANCE, SAME, 1},
    {SP_ONE_CALL_PER_INSTANCE, OTHER, 2},
    {SP_ONE_CALL_PER_INSTANCE, NEW, 2},
    {SP_PARALLEL, SAME, 2},
    {SP_PARALLEL, OTHER, 2},
    {SP_PARALLEL, NEW, 2},
};

static struct sp_connection *connect_to(const struct source_provider *provider)
{
    struct sp_connection *connection;
    struct sp_error err;

    ck_assert_int_eq(
        open_with(provider, &host, "steps", "progress complete", &connection, &err), SP_OK);
    return connection;
}

/* Every call may meet every other: enumerate, import and health take the same lock. */
START_TEST(test_level)
{
    struct source_provider provider = *good(), other = *good();
    struct sp_connection *one, *two;
    static const enum call calls[] = {ENUMERATE, IMPORT, HEALTH};
    long patience = levels[_i].at_once == 2 ? 20000 : 50;

    provider.threading = other.threading = levels[_i].level;
    one = connect_to(&provider);
    two = connect_to(&other);
    for (int i = 0; i < 9; i++) {
        struct caller first = {.connection = one, .which = calls[i / 3]};
        struct caller second = {.connection = levels[_i].second == SAME ? one : two,
                                .which = calls[i % 3],
                                .opens = levels[_i].second == NEW,
                                .provider = &provider};

        ck_assert_int_eq(meet_of(&first, &second, patience), levels[_i].at_once);
    }
    sp_connection_close(one);
    sp_connection_close(two);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threading");
    TCase *tests = tcase_create("threading");

    pthread_mutex_init(&meeting.lock, NULL);
    pthread_cond_init(&meeting.changed, NULL);
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, NULL, modules_end);
    tcase_add_loop_test(tests, test_level, 0, sizeof levels / sizeof *levels);
    suite_add_tcase(suite, tests);
    return run_in_folder(suite);
}
