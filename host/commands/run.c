/* run.c - keeps all connections in sync until it is told to stop, and serves the page */
#include "command.h"
#include "output.h"
#include "run/scheduler.h"
#include "web/server.h"

static enum sh_exit schedule(struct sh_host *host, const struct sh_listen *listen)
{
    struct sh_server *server = NULL;
    struct sp_error err;
    int rc = listen->at ? sh_server_start(host, listen, &server, &err) : SP_OK;

    if (!rc)
        rc = sh_schedule(host, &err);
    sh_server_stop(server);
    return rc ? sh_fail(&err) : SH_DONE;
}

enum sh_exit sh_command_run(struct sh_host *host, const struct sh_arguments *arguments)
{
    const struct sh_listen *listen = &arguments->listen;
    struct sp_error err;

    if (!listen->at && (listen->tls_cert || listen->tls_key || listen->proxy)) {
        sh_complain("--tls-cert, --tls-key and --behind-proxy are for --listen ADDRESS:PORT");
        return SH_USAGE;
    }
    sh_log_open(host->options.log_json);
    sh_catch_reload();
    if (sh_host_need_modules(host, &err) || sh_host_need_config(host, &err) ||
        sh_host_need_store(host, &err) || sh_host_need_presence(host, &err))
        return sh_fail(&err);
    return schedule(host, listen);
}
