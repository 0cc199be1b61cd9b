/* sync.c - one pass over connections: list, import what their files ask for, update what is
 * imported */
#include "command.h"
#include "connections.h"
#include "ingest/listing.h"
#include "ingest/pass.h"
#include "output.h"

static int list_and_select(struct sh_host *host, struct sh_connection *connection,
                           struct sh_selection *ret, struct sp_error *err)
{
    struct sh_selection asked;
    struct sh_progress progress;
    int rc;

    sh_progress_init(&progress);
    rc = sh_list(host, connection, &progress, err);
    if (!rc)
        rc = sh_select_by_file(host, connection, &asked, err);
    if (rc)
        return rc;
    rc = sh_mark_imported(host, connection, &asked, err);
    sh_selection_clear(&asked);
    return rc ? rc : sh_select_imported(host, connection, ret, err);
}

static enum sh_exit sync_one(struct sh_host *host, struct sh_connection *connection)
{
    struct sh_selection selection;
    struct sp_error err;
    enum sh_exit code;

    if (!connection->live)
        return SH_USAGE;
    if (list_and_select(host, connection, &selection, &err))
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
        enum sh_exit one = sync_one(host, &connections.list[i]);

        done += one == SH_DONE;
        code = sh_worse(code, one);
    }
    sh_connections_clear(&connections);
    return code == SH_FAILED && done > 0 ? SH_PARTLY : code;
}
