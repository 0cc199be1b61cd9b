/* with_connection.c - what commands for one connection have in common */
#include "command.h"
#include "connections.h"

enum sh_exit sh_with_connection(struct sh_host *host, const struct sh_arguments *arguments,
                                sh_connection_work work)
{
    struct sh_connections connections;
    struct sp_error err;
    enum sh_exit code;

    if (sh_host_need_store(host, &err) ||
        sh_connections_open(host, arguments->name, 1, &connections, &err))
        return sh_fail(&err);
    code = work(host, &connections.list[0], arguments);
    sh_connections_clear(&connections);
    return code;
}
