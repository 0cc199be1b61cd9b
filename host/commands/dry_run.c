/* dry_run.c - what a sync would do, and what that would cost; it lists, and imports nothing */
#include "command.h"
#include "connections.h"
#include "ingest/pass.h"
#include "output.h"
#include "store/cost.h"

#include <stdio.h>

struct forecast {
    struct sh_host *host;
    const struct sh_connection *connection;
    double first, later; /* requests of any repository; -1: not known */
    double request_ms;
    double requests; /* of all so far */
    bool is_unknown; /* of one at least */
    size_t n_new, n_known;
};

static int read_costs(struct forecast *forecast, struct sp_error *err)
{
    struct sh_store *store = forecast->host->store;
    const char *name = forecast->connection->name;
    int rc = sh_cost_of_any(store, name, true, &forecast->first, err);

    if (!rc)
        rc = sh_cost_of_any(store, name, false, &forecast->later, err);
    if (!rc)
        rc = sh_cost_request_ms(store, name, &forecast->request_ms, err);
    /* The sync will begin with a listing, too. */
    return rc ? rc
              : sh_cost_of_one(&(struct sh_scope){store, name, 0, 0, 0}, &forecast->requests,
                               err);
}

/* At the present rate, which is told. */
static void time_text(const struct forecast *forecast, double seconds, char *text, size_t size)
{
    static const char *const units[] = {"s", "min", "h"};
    double rate = forecast->request_ms > 0 ? 1000 / forecast->request_ms : 1000;
    size_t at = 0;

    while (seconds >= 100 && at < 2) {
        seconds /= 60;
        at++;
    }
    snprintf(text, size, "about %.0f %s at %.3g requests a second", seconds, units[at], rate);
}

static const char *requests_text(double requests, char *text, size_t size)
{
    if (requests < 0)
        snprintf(text, size, "requests unknown");
    else
        snprintf(text, size, "about %.0f %s", requests,
                 requests >= 0.5 && requests < 1.5 ? "request" : "requests");
    return text;
}

static void add_number(struct json_object *object, const char *key, double number)
{
    if (number < 0)
        sh_json_null(object, key);
    else
        sh_json_int(object, key, (int64_t)(number + 0.5));
}

static void print_one(const struct forecast *forecast, const struct sh_selected *selected,
                      double requests)
{
    const char *would = selected->is_new ? "import" : "update";
    char text[64];
    struct json_object *object;

    if (!forecast->host->options.json) {
        sh_print_row(selected->path, "%s  %s", would,
                     requests_text(requests, text, sizeof text));
        return;
    }
    object = json_object_new_object();
    sh_json_text(object, "connection", forecast->connection->name);
    sh_json_text(object, "path", selected->path);
    sh_json_int(object, "id", selected->id);
    sh_json_text(object, "would", would);
    sh_json_text(object, "because", selected->by);
    add_number(object, "requests", requests);
    sh_print_json(object);
}

static int foresee(struct forecast *forecast, const struct sh_selected *selected,
                   struct sp_error *err)
{
    const struct sh_scope scope = {forecast->host->store, forecast->connection->name,
                                   selected->id, 0, 0};
    double requests = -1;
    int rc = selected->is_new ? SP_OK : sh_cost_of_one(&scope, &requests, err);

    if (rc)
        return rc;
    if (requests < 0)
        requests = selected->is_new ? forecast->first : forecast->later;
    print_one(forecast, selected, requests);
    if (requests < 0)
        forecast->is_unknown = true;
    else
        forecast->requests += requests;
    forecast->n_new += selected->is_new;
    forecast->n_known += !selected->is_new;
    return SP_OK;
}

static void print_all(const struct forecast *forecast)
{
    double requests = forecast->is_unknown ? -1 : forecast->requests;
    double seconds =
        requests < 0 || forecast->request_ms < 0 ? -1 : requests * forecast->request_ms / 1000;
    char requests_word[64], time_word[64] = "time unknown";
    struct json_object *object;

    if (!forecast->host->options.json) {
        if (seconds >= 0)
            time_text(forecast, seconds, time_word, sizeof time_word);
        sh_print("%s: %zu to import, %zu to update: %s, %s", forecast->connection->name,
                 forecast->n_new, forecast->n_known,
                 requests_text(requests, requests_word, sizeof requests_word), time_word);
        return;
    }
    object = json_object_new_object();
    sh_json_text(object, "connection", forecast->connection->name);
    sh_json_int(object, "import", (int64_t)forecast->n_new);
    sh_json_int(object, "update", (int64_t)forecast->n_known);
    add_number(object, "requests", requests);
    add_number(object, "seconds", seconds);
    sh_print_json(object);
}

enum sh_exit sh_dry_run(struct sh_host *host, struct sh_connection *connection)
{
    struct forecast forecast = {.host = host, .connection = connection};
    struct sh_selection wanted;
    struct sh_progress progress;
    struct sp_error err;
    int rc = SP_OK;

    sh_progress_init(&progress);
    if (sh_list_in_turn(host, connection, &progress, &err) ||
        sh_selection_warn(host, connection, &err) || read_costs(&forecast, &err) ||
        sh_select_wanted(host, connection, &wanted, &err))
        return sh_connection_fail(connection, &err);
    for (size_t i = 0; !rc && i < wanted.n; i++)
        rc = foresee(&forecast, &wanted.list[i], &err);
    sh_selection_clear(&wanted);
    if (rc)
        return sh_fail(&err);
    print_all(&forecast);
    return SH_DONE;
}
