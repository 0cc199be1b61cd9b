/* import.c - import what is named, and keep it up to date from now on */
#include "command.h"
#include "connections.h"
#include "ingest/pass.h"
#include "output.h"

static enum sh_exit import(struct sh_host *host, struct sh_connection *connection,
                           const struct sh_arguments *arguments)
{
    struct sh_selection selection;
    struct sh_progress progress;
    struct sp_error err;
    enum sh_exit code;

    if (!connection->live)
        return SH_USAGE;
    sh_progress_init(&progress);
    if (sh_list_in_turn(host, connection, &progress, &err))
        return sh_connection_fail(connection, &err);
    if (sh_select_named(host, connection, arguments->name + 1, arguments->n - 1, arguments->org,
                        arguments->all, &selection, &err))
        return sh_fail(&err);
    if (sh_mark_imported(host, connection, &selection, &err))
        code = sh_fail(&err);
    else
        code = sh_import_selection(host, connection, &selection);
    sh_selection_clear(&selection);
    return code;
}

enum sh_exit sh_command_import(struct sh_host *host, const struct sh_arguments *arguments)
{
    if (arguments->n == 1 && !arguments->org && !arguments->all) {
        sh_complain("import what? name KEY/slug, --org KEY or --all");
        return SH_USAGE;
    }
    return sh_with_connection(host, arguments, import);
}
