/* resume.c - says that an account was mended: its login may be tried again */
#include "breaker.h"
#include "command.h"
#include "output.h"

enum sh_exit sh_command_resume(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct sh_connections connections;
    struct sp_error err;
    enum sh_exit code = SH_DONE;

    if (sh_host_need_store(host, &err) ||
        sh_connections_open(host, arguments->name, 1, &connections, &err))
        return sh_fail(&err);
    if (!connections.list[0].live)
        code = SH_USAGE;
    else if (sh_breaker_resume(host, &connections.list[0], &err))
        code = sh_fail(&err);
    else if (!host->options.json)
        sh_print("%s: the login will be tried again, once", arguments->name[0]);
    sh_connections_clear(&connections);
    return code;
}
