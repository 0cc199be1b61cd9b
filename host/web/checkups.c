/* checkups.c - see checkups.h */
#include "web/checkups.h"

#include "clock.h"
#include "connections.h"
#include "store/catalog.h"
#include "store/check.h"
#include "web/tasks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HOUR_MS (INT64_C(60) * 60 * 1000)

struct looking {
    struct sh_web *web;
    struct sp_error *err;
    char name[64]; /* of the first that is due; "": none is */
};

static int64_t written_ms(const struct sh_host *host, const char *name)
{
    struct stat st;
    char *path = NULL;
    int rc = asprintf(&path, "%s/connections.d/%s.conf", host->options.config, name);

    rc = rc < 0 ? rc : stat(path, &st);
    free(path);
    return rc < 0 ? 0 : (int64_t)st.st_mtim.tv_sec * 1000;
}

static int is_due(const struct looking *looking, const char *name, bool *ret)
{
    const struct sh_host *host = &looking->web->host;
    struct sh_checkup last;
    int rc = sh_checks_last(host->store, name, &last, looking->err);
    int64_t age_ms = sh_now_ms() - last.checked_ms;

    *ret = age_ms >= (last.is_bad ? HOUR_MS : 24 * HOUR_MS) ||
           written_ms(host, name) > last.checked_ms;
    return rc;
}

static int on_connection(void *ctx, const struct sh_connection_row *row)
{
    struct looking *looking = ctx;
    bool is_meant = false;
    int rc;

    if (*looking->name || !row->listed_ms || row->problem || row->job_failures ||
        !row->job_state || strcmp(row->job_state, "done") != 0 ||
        strlen(row->name) >= sizeof looking->name ||
        sh_tasks_are_at(looking->web->tasks, row->name) ||
        !sh_connection_has_file(&looking->web->host, row->name))
        return 0;
    rc = is_due(looking, row->name, &is_meant);
    if (!rc && is_meant)
        snprintf(looking->name, sizeof looking->name, "%s", row->name);
    return rc;
}

static void ignore(void *ctx, const struct sp_problem *problem)
{
    (void)ctx, (void)problem;
}

static int begin(struct sh_web *web, const char *name, struct sp_error *err)
{
    struct sh_task *task = sh_task_new(web->tasks, &web->host);
    struct sh_connection read, *connection;
    int rc;

    if (!task)
        return SP_OK;
    connection = sh_task_connection(task);
    rc = sh_connection_read(&web->host, name, &read, err);
    if (!rc && read.file) {
        struct sp_connection_file *file = read.file;

        read.file = NULL;
        rc = sh_connection_open_file(sh_task_host(task), name, file, ignore, NULL, connection,
                                     err);
    }
    sh_connection_clear(&read);
    if (!rc && connection->live)
        return sh_task_start(task, true, err) < 0 ? err->code : SP_OK;
    sh_task_drop(task);
    return rc;
}

int sh_checkups_look(struct sh_web *web, struct sp_error *err)
{
    struct looking looking = {.web = web, .err = err};
    int rc = sh_catalog_connections(web->host.store, NULL, on_connection, &looking, err);

    return rc || !*looking.name ? rc : begin(web, looking.name, err);
}
