/* sync.c - one pass over connections: list, import what their files ask for, update what is
 * imported */
#include "clock.h"
#include "command.h"
#include "connections.h"
#include "ingest/pass.h"
#include "output.h"
#include "store/catalog.h"

static enum sh_exit sync_one(struct sh_host *host, struct sh_connection *connection,
                             bool is_dry)
{
    struct sh_selection selection;
    struct sh_progress progress;
    struct sp_error err;
    enum sh_exit code;

    if (sh_catalog_set_problem(host->store, connection->name, connection->problem, sh_now_ms(),
                               &err))
        return sh_fail(&err);
    if (!connection->live)
        return SH_USAGE;
    if (is_dry)
        return sh_dry_run(host, connection);
    sh_progress_init(&progress);
    if (sh_list_in_turn(host, connection, &progress, &err) ||
        sh_mark_asked(host, connection, &selection, &err))
        return sh_connection_fail(connection, &err);
    code = sh_import_selection(host, connection, &selection);
    sh_selection_clear(&selection);
    return code;
}

enum sh_exit sh_command_sync(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct sh_connections connections;
    enum sh_exit code = SH_DONE;
    struct sp_error err;
    size_t done = 0;

    if (sh_host_need_store(host, &err) ||
        sh_connections_open(host, arguments->name, arguments->n, &connections, &err))
        return sh_fail(&err);
    for (size_t i = 0; i < connections.n && !sh_stopping(); i++) {
        enum sh_exit one = sync_one(host, &connections.list[i], arguments->dry_run);

        done += one == SH_DONE;
        code = sh_worse(code, one);
    }
    sh_connections_clear(&connections);
    return code == SH_FAILED && done > 0 ? SH_PARTLY : code;
}
