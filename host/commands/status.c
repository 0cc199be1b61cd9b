/* status.c - what is imported and how it goes; asks the store, and no server */
#include "status.h"

#include "command.h"
#include "connections.h"
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { INDENT = 6 };

struct printing {
    struct sh_host *host;
    const char *only; /* this connection, or NULL */
    bool failing;     /* only what somebody should look at */
    const char *connection;
    bool found;
    struct sp_error err;
};

static bool is_meant(const struct printing *printing, const struct sh_repository_row *row)
{
    return row->imported && (!printing->failing || sh_status_is_bad(row));
}

static int print_json(void *ctx, const struct sh_repository_row *row)
{
    const struct printing *printing = ctx;

    if (is_meant(printing, row))
        sh_print_json(sh_report_status(printing->connection, row));
    return 0;
}

static int print_text(void *ctx, const struct sh_repository_row *row)
{
    const struct printing *printing = ctx;
    char text[128];

    if (!is_meant(printing, row))
        return 0;
    sh_status_text(row, text, sizeof text);
    sh_print_row(row->path, "%s%s", text, row->listed ? "" : ", no longer listed");
    if (row->excluded_by)
        sh_print_wrapped(INDENT, "%s", row->excluded_by);
    else if (row->job_reason)
        sh_print_wrapped(INDENT, "%s", row->job_reason);
    if (sh_status_is_bad(row))
        sh_print("%*slast success %s", INDENT, "", sh_time_text(row->succeeded_at));
    if (row->state && (row->offline || !row->listed))
        sh_print("%*s%s since %s", INDENT, "", row->state, sh_time_text(row->state_since));
    if (row->left_out_pull_requests || row->left_out_commits)
        sh_print("%*sleft out by %s: %" PRId64 " pull requests, %" PRId64 " commits", INDENT,
                 "", row->left_out_setting ? row->left_out_setting : "a setting",
                 row->left_out_pull_requests, row->left_out_commits);
    return 0;
}

/* "12 queued, about 40 min of work" is what the queue costs at the pace of the last imports. */
static void print_forecast(const struct sh_forecast *forecast)
{
    if (!forecast->queued)
        return;
    if (!forecast->each_ms)
        sh_print("  %" PRId64 " to be done; how long each takes is not known yet",
                 forecast->queued);
    else
        sh_print("  %" PRId64 " to be done, about %" PRId64 " min at the pace of the last ones",
                 forecast->queued, forecast->queued * forecast->each_ms / 60000 + 1);
}

static void print_connection(const struct sh_connection_row *row,
                             const struct sh_connection_cost *cost, bool has_file)
{
    char next[32];

    sh_print("%s  last complete listing %s", row->name, sh_time_text(row->listed_ms));
    if (!has_file) {
        sh_print_wrapped(
            2,
            "its file is gone: it is not looked after; `source-host purge %s` deletes "
            "its data",
            row->name);
        return;
    }
    if (row->problem)
        sh_print_wrapped(2, "its file has errors since %s, and is not in force: %s",
                         sh_time_text(row->problem_since), row->problem);
    snprintf(next, sizeof next, "%s", sh_time_text(row->job_next));
    if (row->job_state && strcmp(row->job_state, "blocked") == 0)
        sh_print_wrapped(2, "blocked since %s: %s", sh_time_text(row->job_since),
                         row->job_reason);
    else if (row->job_state && strcmp(row->job_state, "limited") == 0)
        sh_print_wrapped(2, "rate limited until %s: %s", next, row->job_reason);
    else if (row->job_failures)
        sh_print_wrapped(2, "failing %" PRId64 " %s since %s, next try %s: %s",
                         row->job_failures, row->job_failures == 1 ? "time" : "times",
                         sh_time_text(row->job_since), next,
                         row->job_reason ? row->job_reason : "");
    else if (row->job_state && strcmp(row->job_state, "listing") == 0)
        sh_print("  listing");
    print_forecast(&cost->forecast);
    /* No provider can say how many a rate limit leaves; what was used is known. */
    sh_print("  %" PRId64 " requests in the last 24 h, a fetch counted as one", cost->requests);
}

static int on_connection(void *ctx, const struct sh_connection_row *row)
{
    struct printing *printing = ctx;
    bool json = printing->host->options.json;
    bool has_file = sh_connection_has_file(printing->host, row->name);
    struct sh_store *store = printing->host->store;
    struct sh_connection_cost cost;
    int rc = sh_connection_cost(store, row->name, &cost, &printing->err);

    if (rc)
        return rc;
    printing->connection = row->name;
    printing->found = true;
    if (json)
        sh_print_json(sh_report_connection(row, &cost, has_file));
    else
        print_connection(row, &cost, has_file);
    return sh_catalog_repositories(store, row->name, 0, json ? print_json : print_text,
                                   printing, &printing->err);
}

enum sh_exit sh_command_status(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct printing printing = {
        .host = host,
        .only = arguments->n ? arguments->name[0] : NULL,
        .failing = arguments->failing,
    };

    if (sh_host_need_store(host, &printing.err) ||
        sh_catalog_connections(host->store, printing.only, on_connection, &printing,
                               &printing.err))
        return sh_fail(&printing.err);
    if (!printing.found && printing.only) {
        sh_complain("the store knows no connection %s; `source-host sync %s` makes it known",
                    printing.only, printing.only);
        return SH_USAGE;
    }
    if (!printing.only && !printing.failing && sh_status_workers(host, &printing.err))
        return sh_fail(&printing.err);
    return SH_DONE;
}
