/* report.c - see report.h */
#include "report.h"

#include "clock.h"
#include "status.h"
#include "store/cost.h"

#include <stdio.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

/* ---- Providers ------------------------------------------------------------- */

struct json_object *sh_report_module(const struct sp_module *module)
{
    const struct source_provider *provider = module->provider;
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "file", module->file);
    sh_json_bool(object, "usable", provider != NULL);
    sh_json_text(object, "name", provider ? provider->name : NULL);
    sh_json_text(object, "title", provider ? provider->title : NULL);
    sh_json_text(object, "version", provider ? provider->version : NULL);
    sh_json_text(object, "reason", module->reason);
    return object;
}

/* The settings that say where a secret is kept, instead of the secret. */
static struct json_object *secret_keys(const char *key)
{
    static const char *const suffixes[] = {"file", "env", "credential"};
    struct json_object *keys = json_object_new_array();
    char name[80];

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        snprintf(name, sizeof name, "%s_%s", key, suffixes[i]);
        sh_json_append(keys, json_object_new_string(name));
    }
    return keys;
}

static void add_bound(struct json_object *object, const char *key, bool bounded, int64_t bound)
{
    if (bounded)
        sh_json_int(object, key, bound);
    else
        sh_json_null(object, key);
}

struct json_object *sh_report_setting(const struct sp_setting *setting)
{
    struct json_object *object = json_object_new_object();
    bool bounded = setting->minimum < setting->maximum;
    bool secret = setting->flags & SP_SETTING_SECRET;

    sh_json_text(object, "key", setting->key);
    if (secret)
        sh_json_put(object, "secret_keys", secret_keys(setting->key));
    else
        sh_json_null(object, "secret_keys");
    sh_json_text(object, "type", sp_setting_type_name(setting->type));
    sh_json_bool(object, "required", setting->flags & SP_SETTING_REQUIRED);
    sh_json_bool(object, "secret", secret);
    sh_json_text(object, "default", setting->fallback);
    add_bound(object, "minimum", bounded, setting->minimum);
    add_bound(object, "maximum", bounded, setting->maximum);
    sh_json_text(object, "label", setting->label);
    sh_json_text(object, "help", setting->help);
    return object;
}

/* ---- Connections ----------------------------------------------------------- */

int sh_connection_cost(struct sh_store *store, const char *connection,
                       struct sh_connection_cost *ret, struct sp_error *err)
{
    int64_t now_ms = sh_now_ms();
    int rc = sh_jobs_forecast(store, connection, now_ms, &ret->forecast, err);

    return rc ? rc : sh_cost_since(store, connection, now_ms - DAY_MS, &ret->requests, err);
}

struct json_object *sh_report_connection(const struct sh_connection_row *row,
                                         const struct sh_connection_cost *cost, bool has_file)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "connection", row->name);
    sh_json_bool(object, "has_file", has_file);
    sh_json_time(object, "last_listing", row->listed_ms);
    sh_json_text(object, "problem", row->problem);
    sh_json_time(object, "problem_since", row->problem_since);
    sh_json_text(object, "state", row->job_state);
    sh_json_text(object, "reason", row->job_reason);
    sh_json_time(object, "since", row->job_since);
    sh_json_int(object, "failures", row->job_failures);
    sh_json_time(object, "next_run", row->job_next);
    sh_json_int(object, "queued", cost->forecast.queued);
    sh_json_time(object, "milliseconds_each", cost->forecast.each_ms);
    sh_json_int(object, "requests_last_day", cost->requests);
    return object;
}

struct json_object *sh_report_check(const char *connection, const struct sp_check *check)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "connection", connection);
    sh_json_text(object, "check", check->id);
    sh_json_text(object, "status", sp_check_status_name(check->status));
    sh_json_text(object, "detail", check->detail);
    sh_json_text(object, "cause", check->cause);
    sh_json_text(object, "remedy", check->remedy);
    sh_json_text(object, "setting", check->setting);
    sh_json_int(object, "duration_ms", check->duration_ms);
    return object;
}

struct json_object *sh_report_worker(const struct sh_worker_job *job)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "machine", job->machine);
    sh_json_int(object, "process", job->process);
    sh_json_text(object, "command", job->command);
    sh_json_time(object, "since", job->since_ms);
    sh_json_text(object, "connection", job->connection);
    sh_json_text(object, "path", job->path);
    sh_json_text(object, "state", job->state);
    return object;
}

/* ---- Repositories ---------------------------------------------------------- */

struct sh_repository_row sh_decided(const struct sp_connection_file *file,
                                    const struct sh_repository_row *row,
                                    struct sh_decision *ret)
{
    struct sh_repository_row now = *row;

    *ret = sh_decide(file, row, sh_now_ms());
    now.excluded_by = ret->is_excluded ? ret->rule : NULL;
    return now;
}

struct json_object *sh_report_listed(const char *connection,
                                     const struct sh_repository_row *row,
                                     const struct sh_decision *decision)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "connection", connection);
    sh_json_text(object, "organization", row->organization_key);
    sh_json_text(object, "path", row->path);
    sh_json_int(object, "id", row->id);
    sh_json_text(object, "name", row->name);
    sh_json_text(object, "state", row->state);
    sh_json_bool(object, "archived", row->archived);
    sh_json_bool(object, "fork", row->fork);
    sh_json_bool(object, "personal", row->personal);
    sh_json_bool(object, "imported", row->imported);
    sh_json_text(object, "import_state",
                 row->imported || decision->is_excluded ? sh_status_word(row) : NULL);
    sh_json_bool(object, "wanted", decision->is_wanted);
    sh_json_text(object, "rule", decision->rule);
    sh_json_bool(object, "fixed", decision->entry != NULL);
    return object;
}

struct json_object *sh_report_status(const char *connection,
                                     const struct sh_repository_row *row)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "connection", connection);
    sh_json_text(object, "path", row->path);
    sh_json_int(object, "id", row->id);
    sh_json_text(object, "state",
                 row->excluded_by ? "excluded"
                 : row->job_state ? row->job_state
                                  : "queued");
    sh_json_text(object, "reason", row->excluded_by ? row->excluded_by : row->job_reason);
    sh_json_time(object, "since", row->job_since);
    sh_json_int(object, "failures", row->job_failures);
    sh_json_time(object, "next_run", row->job_next);
    sh_json_time(object, "last_success", row->succeeded_at);
    sh_json_text(object, "counted", row->job_what);
    sh_json_int(object, "done", row->job_done);
    sh_json_int(object, "total", row->job_total);
    sh_json_bool(object, "listed", row->listed);
    sh_json_text(object, "repository_state", row->state);
    sh_json_time(object, "repository_state_since", row->state_since);
    sh_json_text(object, "left_out_by", row->left_out_setting);
    sh_json_int(object, "left_out_pull_requests", row->left_out_pull_requests);
    sh_json_int(object, "left_out_commits", row->left_out_commits);
    return object;
}

struct json_object *sh_report_why(const struct sp_connection_file *file,
                                  const struct sh_repository_row *row,
                                  const struct sh_decision *decision)
{
    const struct sp_entry *entry = decision->entry;
    struct json_object *object = json_object_new_object();
    char why[SH_PLACE_MAX];

    sh_decision_text(decision, file, row, why, sizeof why);
    sh_json_text(object, "connection", file->name);
    sh_json_text(object, "path", row->path);
    sh_json_int(object, "id", row->id);
    sh_json_bool(object, "wanted", decision->is_wanted);
    sh_json_bool(object, "imported", row->imported);
    sh_json_bool(object, "listed", row->listed);
    sh_json_text(object, "rule", decision->rule);
    sh_json_bool(object, "fixed", entry != NULL);
    sh_json_text(object, "file", entry ? file->path : NULL);
    if (entry)
        sh_json_int(object, "line", entry->line);
    else
        sh_json_null(object, "line");
    sh_json_text(object, "value", entry ? entry->value : NULL);
    sh_json_time(object, "at", decision->ms);
    sh_json_text(object, "why", why);
    return object;
}

struct json_object *sh_report_run(const struct sh_journal_row *row)
{
    struct json_object *object = json_object_new_object();

    sh_json_time(object, "started", row->started_ms);
    sh_json_time(object, "ended", row->finished_ms);
    sh_json_text(object, "kind", row->is_first ? "import" : "sync");
    sh_json_text(object, "outcome", row->finished_ms ? row->result : "under way");
    sh_json_text(object, "reason", row->message);
    sh_json_int(object, "requests", row->requests);
    sh_json_int(object, "commits", row->commits);
    sh_json_int(object, "pull_requests", row->pull_requests);
    sh_json_int(object, "activities", row->activities);
    return object;
}
