/* status.c - what is imported and how it goes; asks the store, and no server */
#include "command.h"
#include "output.h"
#include "store/catalog.h"

#include <inttypes.h>

struct printing {
    struct sh_host *host;
    const char *only; /* this connection, or NULL */
    const char *connection;
    bool found;
    struct sp_error err;
};

static const char *state_of(const struct sh_repository_row *row)
{
    return row->job_state ? row->job_state : "queued";
}

static int print_json(void *ctx, const struct sh_repository_row *row)
{
    const struct printing *printing = ctx;
    struct json_object *object;

    if (!row->imported)
        return 0;
    object = json_object_new_object();
    sh_json_text(object, "connection", printing->connection);
    sh_json_text(object, "path", row->path);
    sh_json_int(object, "id", row->id);
    sh_json_text(object, "state", state_of(row));
    sh_json_text(object, "reason", row->job_reason);
    sh_json_time(object, "since", row->job_since);
    sh_json_time(object, "last_success", row->succeeded_at);
    sh_json_bool(object, "listed", row->listed);
    sh_json_text(object, "repository_state", row->state);
    sh_json_time(object, "repository_state_since", row->state_since);
    sh_json_text(object, "left_out_by", row->left_out_setting);
    sh_json_int(object, "left_out_pull_requests", row->left_out_pull_requests);
    sh_json_int(object, "left_out_commits", row->left_out_commits);
    sh_print_json(object);
    return 0;
}

static int print_text(void *ctx, const struct sh_repository_row *row)
{
    char path[512];

    (void)ctx;
    if (!row->imported)
        return 0;
    sh_print("  %s %-8s last success %s%s", sh_padded(path, sizeof path, row->path, 44),
             state_of(row), sh_time_text(row->succeeded_at),
             row->listed ? "" : ", no longer listed");
    if (row->job_reason)
        sh_print("      since %s: %s", sh_time_text(row->job_since), row->job_reason);
    if (row->state && (row->offline || !row->listed))
        sh_print("      %s since %s", row->state, sh_time_text(row->state_since));
    if (row->left_out_pull_requests || row->left_out_commits)
        sh_print("      left out by %s: %" PRId64 " pull requests, %" PRId64 " commits",
                 row->left_out_setting ? row->left_out_setting : "a setting",
                 row->left_out_pull_requests, row->left_out_commits);
    return 0;
}

static void print_connection(const struct sh_connection_row *row)
{
    sh_print("%s  last complete listing %s", row->name, sh_time_text(row->listed_ms));
    if (row->failure)
        sh_print("  the listing failed %s: %s", sh_time_text(row->failed_ms), row->failure);
}

static void print_connection_json(const struct sh_connection_row *row)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "connection", row->name);
    sh_json_time(object, "last_listing", row->listed_ms);
    sh_json_text(object, "failure", row->failure);
    sh_json_time(object, "failed_at", row->failure ? row->failed_ms : 0);
    sh_print_json(object);
}

static int on_connection(void *ctx, const struct sh_connection_row *row)
{
    struct printing *printing = ctx;
    bool json = printing->host->options.json;

    printing->connection = row->name;
    printing->found = true;
    if (json)
        print_connection_json(row);
    else
        print_connection(row);
    return sh_catalog_repositories(printing->host->store, row->name, 0,
                                   json ? print_json : print_text, printing, &printing->err);
}

enum sh_exit sh_command_status(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct printing printing = {.host = host, .only = arguments->n ? arguments->name[0] : NULL};

    if (sh_host_need_store(host, &printing.err) ||
        sh_catalog_connections(host->store, printing.only, on_connection, &printing,
                               &printing.err))
        return sh_fail(&printing.err);
    if (!printing.found && printing.only) {
        sh_complain("the store knows no connection %s; `source-host sync %s` makes it known",
                    printing.only, printing.only);
        return SH_USAGE;
    }
    return SH_DONE;
}
