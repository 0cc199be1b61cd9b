/* run.c - keeps all connections in sync until it is told to stop */
#include "command.h"
#include "output.h"
#include "run/scheduler.h"

enum sh_exit sh_command_run(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct sp_error err;

    (void)arguments;
    sh_log_open(host->options.log_json);
    sh_catch_reload();
    if (sh_host_need_modules(host, &err) || sh_host_need_config(host, &err) ||
        sh_host_need_store(host, &err) || sh_host_need_presence(host, &err) ||
        sh_schedule(host, &err))
        return sh_fail(&err);
    return SH_DONE;
}
