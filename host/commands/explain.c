/* explain.c - why a repository is imported, or is not */
#include "clock.h"
#include "command.h"
#include "connections.h"
#include "ingest/decision.h"
#include "ingest/pass.h"
#include "report.h"

#include <string.h>
#include <strings.h>

struct explaining {
    struct sh_host *host;
    const struct sh_connection *connection;
    const char *path; /* as asked for */
};

/* What is wanted and what was done about it are two things. */
static const char *verdict(const struct sh_repository_row *row,
                           const struct sh_decision *decision)
{
    if (decision->is_wanted)
        return row->imported ? "imported" : "to be imported by the next sync";
    if (decision->is_excluded)
        return row->imported ? "excluded; what was imported is kept, and not updated"
                             : "excluded";
    return "not imported";
}

static void print_text(const struct explaining *explaining, const struct sh_repository_row *row,
                       const struct sh_decision *decision, const char *why)
{
    if (strcasecmp(explaining->path, row->path) != 0)
        sh_print("%s is now %s", explaining->path, row->path);
    sh_print("%s: %s", row->path, verdict(row, decision));
    sh_print("  because: %s%s", why, decision->entry ? " (fixed by the file)" : "");
    if (row->imported && !row->listed)
        sh_print("  the server does not list it since %s", sh_time_text(row->unlisted_ms));
    if (row->job_reason)
        sh_print("  since %s: %s", sh_time_text(row->job_since), row->job_reason);
}

static int explain(void *ctx, const struct sh_repository_row *row)
{
    const struct explaining *explaining = ctx;
    const struct sp_connection_file *file = explaining->connection->file;
    struct sh_decision decision = sh_decide(file, row, sh_now_ms());
    char why[SH_PLACE_MAX];

    if (explaining->host->options.json)
        sh_print_json(sh_report_why(file, row, &decision));
    else {
        sh_decision_text(&decision, file, row, why, sizeof why);
        print_text(explaining, row, &decision, why);
    }
    return SP_OK;
}

static enum sh_exit tell_unknown(struct sh_host *host, const struct sh_connection *connection,
                                 const char *path)
{
    struct sp_error err;

    sh_selection_no_repository(host, connection, path, &err);
    return sh_fail(&err);
}

/* What the store does not know may be new at the server. */
static enum sh_exit find_and_explain(struct sh_host *host, struct sh_connection *connection,
                                     const struct sh_arguments *arguments)
{
    const char *path = arguments->name[1];
    struct explaining explaining = {host, connection, path};
    struct sh_progress progress;
    struct sp_error err;
    int rc;

    if (!connection->file)
        return SH_USAGE;
    rc = sh_catalog_find(host->store, connection->name, path, explain, &explaining, &err);
    if (rc == SP_ERR_NOT_FOUND && connection->live) {
        sh_progress_init(&progress);
        rc = sh_list_in_turn(host, connection, &progress, &err);
        if (!rc)
            rc = sh_catalog_find(host->store, connection->name, path, explain, &explaining,
                                 &err);
    }
    if (rc == SP_ERR_NOT_FOUND)
        return tell_unknown(host, connection, path);
    return rc ? sh_connection_fail(connection, &err) : SH_DONE;
}

enum sh_exit sh_command_explain(struct sh_host *host, const struct sh_arguments *arguments)
{
    return sh_with_connection(host, arguments, find_and_explain);
}
