/* tasks.c - see tasks.h */
#include "web/tasks.h"

#include "clock.h"
#include "log.h"
#include "output.h"
#include "store/check.h"
#include "trace.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

enum { TOLD_MAX = 256 }; /* checks of all tasks that wait to be taken */

struct sh_task {
    struct sh_tasks *all;
    bool is_taken, is_running;
    atomic_bool is_done; /* set by its thread, last of all */
    int64_t number;
    pthread_t thread;
    struct sh_host host;
    struct sh_connection connection;
    bool is_kept, has_failed;
    struct sh_checks checks;
};

struct told {
    const char *event;
    struct json_object *data;
};

struct sh_tasks {
    struct sh_task task[SH_TASKS_MAX];
    int64_t last;
    int wake;
    atomic_bool is_ending;
    pthread_mutex_t lock; /* for what follows */
    struct told told[TOLD_MAX];
    size_t first, n;
};

/* ---- In its thread --------------------------------------------------------- */

static void tell(struct sh_tasks *tasks, const char *event, struct json_object *data)
{
    bool is_lost;

    pthread_mutex_lock(&tasks->lock);
    is_lost = tasks->n == TOLD_MAX;
    if (!is_lost)
        tasks->told[(tasks->first + tasks->n++) % TOLD_MAX] = (struct told){event, data};
    pthread_mutex_unlock(&tasks->lock);
    if (is_lost)
        json_object_put(data);
    eventfd_write(tasks->wake, 1);
}

static int on_check(void *ctx, const struct sp_check *check)
{
    struct sh_task *task = ctx;
    struct json_object *data = json_object_new_object();

    sh_json_int(data, "task", task->number);
    sh_json_text(data, "name", check->id);
    sh_json_text(data, "status", sp_check_status_name(check->status));
    sh_json_text(data, "text", check->detail);
    sh_json_text(data, "remedy", check->remedy);
    sh_json_text(data, "setting", check->setting);
    task->has_failed = task->has_failed || check->status == SP_CHECK_FAIL;
    if (task->is_kept)
        sh_checks_add(&task->checks, check);
    tell(task->all, "check", data);
    return SP_OK;
}

static int on_cancelled(void *ctx)
{
    const struct sh_task *task = ctx;

    return sh_stopping() || atomic_load(&task->all->is_ending);
}

static void keep(struct sh_task *task)
{
    struct sp_error err;

    if (sh_host_need_store(&task->host, &err) ||
        sh_checks_put(task->host.store, task->connection.name, &task->checks, sh_now_ms(),
                      &err))
        sh_complain_of(task->connection.name, &err);
}

static void *run(void *it)
{
    struct sh_task *task = it;
    struct sp_sink sink = {
        .size = sizeof sink, .ctx = task, .check = on_check, .cancelled = on_cancelled};
    struct json_object *data = json_object_new_object();
    struct sp_error err;
    int rc;

    sh_trace_thread("test", (size_t)(task - task->all->task) + 1);
    rc = sp_connection_health(task->connection.live, &sink, &err);

    sh_account_rest(task->connection.account);
    if (!rc && task->is_kept)
        keep(task);
    sh_json_int(data, "task", task->number);
    sh_json_text(data, "connection", task->connection.name);
    sh_json_bool(data, "ok", !rc && !task->has_failed);
    sh_json_text(data, "message", rc ? err.message : NULL);
    tell(task->all, "checked", data);
    atomic_store(&task->is_done, true);
    return NULL;
}

/* ---- In the page's --------------------------------------------------------- */

struct sh_tasks *sh_tasks_new(int wake)
{
    struct sh_tasks *tasks = calloc(1, sizeof *tasks);

    if (!tasks)
        return NULL;
    tasks->wake = wake;
    pthread_mutex_init(&tasks->lock, NULL);
    return tasks;
}

void sh_task_drop(struct sh_task *task)
{
    sh_checks_clear(&task->checks);
    sh_connection_clear(&task->connection);
    sh_store_close(task->host.store);
    *task = (struct sh_task){.all = task->all};
}

/* Takes back what has come to its end. */
static void reap(struct sh_tasks *tasks)
{
    for (size_t i = 0; i < SH_TASKS_MAX; i++) {
        struct sh_task *task = &tasks->task[i];

        if (task->is_running && atomic_load(&task->is_done)) {
            pthread_join(task->thread, NULL);
            sh_task_drop(task);
        }
    }
}

void sh_tasks_free(struct sh_tasks *tasks)
{
    const char *event;
    struct json_object *data;

    if (!tasks)
        return;
    atomic_store(&tasks->is_ending, true);
    for (size_t i = 0; i < SH_TASKS_MAX; i++)
        if (tasks->task[i].is_running) {
            pthread_join(tasks->task[i].thread, NULL);
            sh_task_drop(&tasks->task[i]);
        }
    while (sh_tasks_take(tasks, &event, &data))
        json_object_put(data);
    pthread_mutex_destroy(&tasks->lock);
    free(tasks);
}

struct sh_task *sh_task_new(struct sh_tasks *tasks, const struct sh_host *host)
{
    reap(tasks);
    for (size_t i = 0; i < SH_TASKS_MAX; i++) {
        struct sh_task *task = &tasks->task[i];

        if (task->is_taken)
            continue;
        *task = (struct sh_task){.all = tasks, .is_taken = true, .host = *host};
        task->host.store = NULL;
        return task;
    }
    return NULL;
}

struct sh_host *sh_task_host(struct sh_task *task)
{
    return &task->host;
}

struct sh_connection *sh_task_connection(struct sh_task *task)
{
    return &task->connection;
}

int64_t sh_task_start(struct sh_task *task, bool is_kept, struct sp_error *err)
{
    int rc;

    task->number = ++task->all->last;
    task->is_kept = is_kept;
    task->is_running = true;
    rc = pthread_create(&task->thread, NULL, run, task);
    if (!rc)
        return task->number;
    sh_task_drop(task);
    return sp_error_set(err, SP_ERR_HOST, "the test has no thread: %s", strerror(rc));
}

bool sh_tasks_take(struct sh_tasks *tasks, const char **event, struct json_object **data)
{
    bool is_there;

    pthread_mutex_lock(&tasks->lock);
    is_there = tasks->n > 0;
    if (is_there) {
        *event = tasks->told[tasks->first].event;
        *data = tasks->told[tasks->first].data;
        tasks->first = (tasks->first + 1) % TOLD_MAX;
        tasks->n--;
    }
    pthread_mutex_unlock(&tasks->lock);
    return is_there;
}

bool sh_tasks_are_at(const struct sh_tasks *tasks, const char *connection)
{
    for (size_t i = 0; i < SH_TASKS_MAX; i++)
        if (tasks->task[i].is_taken && strcmp(tasks->task[i].connection.name, connection) == 0)
            return true;
    return false;
}
