/* repos.c - the listing of a connection, by organization */
#include "command.h"
#include "connections.h"
#include "ingest/pass.h"
#include "report.h"
#include "status.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

struct printing {
    struct sh_host *host;
    const struct sh_connection *connection;
    const char *key; /* only this organization, or NULL */
    bool found;
    struct sp_error err;
};

static int print_json(void *ctx, const struct sh_repository_row *row)
{
    const struct printing *printing = ctx;
    const struct sh_connection *connection = printing->connection;
    struct sh_decision decision;
    const struct sh_repository_row now = sh_decided(connection->file, row, &decision);

    sh_print_json(sh_report_listed(connection->name, &now, &decision));
    return 0;
}

static int print_repository(void *ctx, const struct sh_repository_row *as_stored)
{
    const struct printing *printing = ctx;
    struct sh_decision decision;
    const struct sh_repository_row now =
        sh_decided(printing->connection->file, as_stored, &decision);
    const struct sh_repository_row *row = &now;
    char fixed[64] = "";

    if (decision.entry)
        snprintf(fixed, sizeof fixed, "fixed by line %u", decision.entry->line);
    sh_print_row(row->path, "%-12s %s%s%s%s", sh_status_word(row),
                 row->archived ? "archived " : "", row->fork ? "fork " : "",
                 row->listed ? "" : "gone ", fixed);
    return 0;
}

static const char *auto_import_text(const struct printing *printing,
                                    const struct sh_organization_row *row, char *text,
                                    size_t size)
{
    struct sh_decision decision = sh_decide_auto_import(printing->connection->file, row);

    if (decision.entry)
        snprintf(text, size, ", auto-import fixed by line %u", decision.entry->line);
    else
        snprintf(text, size, "%s", decision.is_wanted ? ", auto-import" : "");
    return text;
}

static int print_organization(void *ctx, const struct sh_organization_row *row)
{
    struct printing *printing = ctx;
    const char *name = printing->connection->name;
    char text[64];

    if (printing->key && strcasecmp(printing->key, row->key) != 0)
        return 0;
    printing->found = true;
    if (printing->host->options.json)
        return sh_catalog_repositories(printing->host->store, name, row->id, print_json,
                                       printing, &printing->err);
    sh_print("%s  %s (%" PRId64 " %s%s)", row->key, row->name ? row->name : "",
             row->repositories, row->repositories == 1 ? "repository" : "repositories",
             auto_import_text(printing, row, text, sizeof text));
    return sh_catalog_repositories(printing->host->store, name, row->id, print_repository,
                                   printing, &printing->err);
}

static enum sh_exit print_all(struct printing *printing)
{
    sp_error_clear(&printing->err);
    if (sh_catalog_organizations(printing->host->store, printing->connection->name,
                                 print_organization, printing, &printing->err))
        return sh_fail(&printing->err);
    if (!printing->key || printing->found)
        return SH_DONE;
    sh_selection_no_organization(printing->host, printing->connection, printing->key,
                                 &printing->err);
    return sh_fail(&printing->err);
}

static enum sh_exit list_and_print(struct sh_host *host, struct sh_connection *connection,
                                   const struct sh_arguments *arguments)
{
    struct printing printing = {.host = host, .connection = connection, .key = arguments->org};
    struct sh_progress progress;
    struct sp_error err;

    if (!connection->live)
        return SH_USAGE;
    sh_progress_init(&progress);
    if (sh_list_in_turn(host, connection, &progress, &err))
        return sh_connection_fail(connection, &err);
    return print_all(&printing);
}

enum sh_exit sh_command_repos(struct sh_host *host, const struct sh_arguments *arguments)
{
    return sh_with_connection(host, arguments, list_and_print);
}
