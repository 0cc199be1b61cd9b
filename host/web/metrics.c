/* metrics.c - how it goes, for programs that watch: as Prometheus reads it, and one word */
#include "web/api.h"

#include "clock.h"
#include "counters.h"
#include "output.h"
#include "store/catalog.h"
#include "store/job.h"
#include "store/refusal.h"
#include "text.h"
#include "web/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writing {
    struct sh_web *web;
    FILE *out;
    struct sp_error *err;
    int64_t now_ms;
};

/* ---- The format ------------------------------------------------------------ */

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP source_host_%s %s\n# TYPE source_host_%s %s\n", name, help, name,
            type);
}

/* In thousandths, and with a point in every locale. */
static void number(FILE *out, int64_t value)
{
    fprintf(out, " %" PRId64, value / 1000);
    if (value % 1000)
        fprintf(out, ".%03d", abs((int)(value % 1000)));
    fputc('\n', out);
}

/* A value of one label. */
static void sample(FILE *out, const char *name, const char *label, const char *of,
                   int64_t value)
{
    fprintf(out, "source_host_%s{%s=\"", name, label);
    for (; *of; of++)
        if (*of == '\n')
            fputs("\\n", out);
        else
            fprintf(out, strchr("\"\\", *of) ? "\\%c" : "%c", *of);
    fputs("\"}", out);
    number(out, value);
}

/* ---- What this process has done -------------------------------------------- */

static const struct {
    enum sh_counter counter;
    int64_t unit; /* what stands for one of it, in thousandths */
    const char *name, *type, *help;
} counters[] = {
    {SH_COUNT_REQUESTS, 1000, "requests_total", "counter",
     "Requests to servers, with credentials."},
    {SH_COUNT_IN_FLIGHT, 1000, "requests_in_flight", "gauge", "Of them, those under way."},
    {SH_COUNT_REFUSED, 1000, "logins_refused_total", "counter", "Logins that servers refused."},
    {SH_COUNT_WAITED_MS, 1, "rate_limit_wait_seconds_total", "counter",
     "Time that servers asked to wait."},
    {SH_COUNT_ROWS, 1000, "rows_written_total", "counter",
     "Commits, pull requests and activities that were stored."},
    {SH_COUNT_RUNS_DONE, 1000, "runs_done_total", "counter",
     "Listings and imports that went well."},
    {SH_COUNT_RUNS_FAILED, 1000, "runs_failed_total", "counter",
     "Listings and imports that did not."},
};

static void write_counters(const struct writing *writing)
{
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
        head(writing->out, counters[i].name, counters[i].type, counters[i].help);
        fprintf(writing->out, "source_host_%s", counters[i].name);
        number(writing->out, sh_counted(counters[i].counter) * counters[i].unit);
    }
    head(writing->out, "web_answers_total", "counter", "Answers of the page, by status.");
    for (int i = 0; i < SH_STATUS_MAX; i++)
        if (writing->web->answered[i]) {
            char status[16];

            snprintf(status, sizeof status, "%d", i);
            sample(writing->out, "web_answers_total", "status", status,
                   1000 * writing->web->answered[i]);
        }
}

/* ---- What the store says --------------------------------------------------- */

static int on_state(void *ctx, const char *state, int64_t n)
{
    sample(((struct writing *)ctx)->out, "jobs", "state", state, 1000 * n);
    return 0;
}

/* A group of samples for all connections. */
static int on_listed(void *ctx, const struct sh_connection_row *row)
{
    struct writing *writing = ctx;

    if (row->listed_ms)
        sample(writing->out, "listing_age_seconds", "connection", row->name,
               writing->now_ms - row->listed_ms);
    return 0;
}

static int on_synced(void *ctx, const char *connection, int64_t oldest_ms)
{
    struct writing *writing = ctx;

    sample(writing->out, "sync_age_seconds", "connection", connection,
           writing->now_ms - oldest_ms);
    return 0;
}

static int on_breaker(void *ctx, const struct sh_connection_row *row)
{
    struct writing *writing = ctx;
    bool is_refused = row->job_state && strcmp(row->job_state, "blocked") == 0;
    int rc = is_refused ? sh_refusal_is_known(writing->web->host.store, row->name, &is_refused,
                                              writing->err)
                        : SP_OK;

    sample(writing->out, "breaker_open", "connection", row->name, is_refused ? 1000 : 0);
    return rc;
}

static int write_store(struct writing *writing)
{
    struct sh_store *store = writing->web->host.store;
    int rc;

    head(writing->out, "jobs", "gauge", "Imported repositories, by state.");
    rc = sh_jobs_count(store, on_state, writing, writing->err);
    head(writing->out, "listing_age_seconds", "gauge", "Since the last complete listing.");
    if (!rc)
        rc = sh_catalog_connections(store, NULL, on_listed, writing, writing->err);
    head(writing->out, "sync_age_seconds", "gauge",
         "Since the last success of the repository that was synced longest ago.");
    if (!rc)
        rc = sh_jobs_oldest(store, on_synced, writing, writing->err);
    head(writing->out, "breaker_open", "gauge",
         "1 where the login was refused, and is not tried again.");
    return rc ? rc : sh_catalog_connections(store, NULL, on_breaker, writing, writing->err);
}

void sh_api_metrics(struct sh_request *request)
{
    char *text = NULL;
    size_t length = 0;
    struct sp_error err;
    struct writing writing = {request->web, open_memstream(&text, &length), &err, sh_now_ms()};
    int rc = SP_OK;

    if (!writing.out) {
        request->result = MHD_NO;
        return;
    }
    write_counters(&writing);
    rc = write_store(&writing);
    if (!sh_text_end(writing.out, &text) && !rc)
        rc = sp_error_set(&err, SP_ERR_NOMEM, "out of memory");
    if (!rc) {
        sh_answer_text(request, "text/plain; version=0.0.4; charset=utf-8", text, length);
        return;
    }
    free(text);
    sh_answer_error(request, &err);
}

/* ---- One word -------------------------------------------------------------- */

void sh_api_healthz(struct sh_request *request)
{
    struct json_object *object = json_object_new_object();
    struct sp_error err;
    int64_t one = 0;
    int rc = SH_QUERY(request->web->host.store, &err, sh_take_number, &one,
                      "SELECT count(*) FROM schema_version");

    sh_json_put(object, "status",
                json_object_new_string(rc || !one ? "the store does not answer" : "ok"));
    sh_answer_status(request, rc || !one ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK, object);
}
