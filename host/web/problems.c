/* problems.c - see problems.h
 *
 * In the words of the health report, or of what went wrong: they name the remedy where there is
 * one.
 */
#include "web/problems.h"

#include "clock.h"
#include "connections.h"
#include "output.h"
#include "store/catalog.h"
#include "store/check.h"
#include "store/job.h"
#include "store/refusal.h"

#include <stdio.h>
#include <string.h>

#define CHECK_AGE_MS (INT64_C(48) * 60 * 60 * 1000)

struct gathering {
    struct sh_host *host;
    struct json_object *list;
    struct json_object
        *told; /* connections whose trouble is told: no health report beside it */
    struct sp_error *err;
};

struct problem {
    const char *connection, *severity, *title, *text, *remedy;
    int64_t since_ms, until_ms;
    bool can_resume;
};

static void add(struct gathering *gathering, const struct problem *problem)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "connection", problem->connection);
    sh_json_text(object, "severity", problem->severity);
    sh_json_text(object, "title", problem->title);
    sh_json_text(object, "text", problem->text);
    sh_json_text(object, "remedy", problem->remedy);
    sh_json_time(object, "since", problem->since_ms);
    sh_json_time(object, "until", problem->until_ms);
    sh_json_bool(object, "can_resume", problem->can_resume);
    sh_json_append(gathering->list, object);
}

static void add_file(struct gathering *gathering, const struct sh_connection_row *row)
{
    char remedy[200];

    if (!sh_connection_has_file(gathering->host, row->name)) {
        snprintf(remedy, sizeof remedy,
                 "put the file back; or `source-host purge %.64s` deletes its data", row->name);
        add(gathering, &(struct problem){.connection = row->name,
                                         .severity = "warning",
                                         .title = "Its file is gone",
                                         .text = "It is not looked after any more.",
                                         .remedy = remedy});
    } else if (row->problem) {
        add(gathering, &(struct problem){.connection = row->name,
                                         .severity = "error",
                                         .title = "Its file has errors, and is not in force",
                                         .text = row->problem,
                                         .remedy = "mend the file, or its settings here",
                                         .since_ms = row->problem_since});
    }
}

static int add_blocked(struct gathering *gathering, const struct sh_connection_row *row)
{
    bool is_refused = false;
    int rc =
        sh_refusal_is_known(gathering->host->store, row->name, &is_refused, gathering->err);

    add(gathering,
        &(struct problem){.connection = row->name,
                          .severity = "error",
                          .title = is_refused ? "The login is refused, and not tried again"
                                              : "The server does not let us in",
                          .text = row->job_reason,
                          .remedy = is_refused ? "mend the account or the settings; then resume"
                                               : NULL,
                          .since_ms = row->job_since,
                          .can_resume = is_refused});
    return rc;
}

static int on_connection(void *ctx, const struct sh_connection_row *row)
{
    struct gathering *gathering = ctx;
    const char *state = row->job_state ? row->job_state : "";
    size_t before = sh_json_length(gathering->list);
    int rc = SP_OK;

    add_file(gathering, row);
    if (strcmp(state, "blocked") == 0)
        rc = add_blocked(gathering, row);
    else if (strcmp(state, "limited") == 0)
        add(gathering, &(struct problem){.connection = row->name,
                                         .severity = "warning",
                                         .title = "The server asked to wait",
                                         .text = row->job_reason,
                                         .since_ms = row->job_since,
                                         .until_ms = row->job_next});
    else if (row->job_failures)
        add(gathering, &(struct problem){.connection = row->name,
                                         .severity = "error",
                                         .title = "The server cannot be listed",
                                         .text = row->job_reason,
                                         .since_ms = row->job_since,
                                         .until_ms = row->job_next});
    if (sh_json_length(gathering->list) > before)
        sh_json_null(gathering->told, row->name);
    return rc;
}

static int on_check(void *ctx, const struct sh_check_row *row)
{
    struct gathering *gathering = ctx;
    char title[80];

    if (json_object_object_get_ex(gathering->told, row->connection, NULL) ||
        sh_now_ms() - row->checked_ms > CHECK_AGE_MS)
        return 0;
    snprintf(title, sizeof title, "Health: %.60s", row->name);
    add(gathering,
        &(struct problem){.connection = row->connection,
                          .severity = strcmp(row->status, "fail") == 0 ? "error" : "warning",
                          .title = title,
                          .text = row->detail,
                          .remedy = row->remedy,
                          .since_ms = row->checked_ms});
    return 0;
}

static int on_paused(void *ctx, const char *reason, int64_t since_ms)
{
    add(ctx, &(struct problem){.severity = "error",
                               .title = "Imports are paused",
                               .text = reason,
                               .since_ms = since_ms});
    return 0;
}

int sh_problems_json(struct sh_host *host, struct json_object **ret, struct sp_error *err)
{
    struct gathering gathering = {host, json_object_new_array(), json_object_new_object(), err};
    int rc = sh_jobs_paused(host->store, on_paused, &gathering, err);

    if (!rc)
        rc = sh_catalog_connections(host->store, NULL, on_connection, &gathering, err);
    if (!rc)
        rc = sh_checks_bad(host->store, on_check, &gathering, err);
    json_object_put(gathering.told);
    if (rc)
        json_object_put(gathering.list);
    else
        *ret = gathering.list;
    return rc;
}
