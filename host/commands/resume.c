/* resume.c - says that an account was mended: its login may be tried again */
#include "command.h"
#include "connections.h"
#include "output.h"

/* Of a connection without a file, as `connect` did not write one, the store may know. */
static int open_file(struct sh_host *host, char *const *name, struct sh_connections *ret,
                     struct sp_error *err)
{
    bool is_known = false;

    if (!sh_connection_has_file(host, *name)) {
        int rc = sh_refusal_is_known(host->store, *name, &is_known, err);

        if (rc || is_known)
            return rc;
    }
    return sh_connections_open(host, name, 1, ret, err);
}

enum sh_exit sh_command_resume(struct sh_host *host, const struct sh_arguments *arguments)
{
    const char *account = NULL;
    struct sh_connections connections = {0};
    struct sp_error err;
    enum sh_exit code = SH_DONE;
    int rc = SP_OK;

    if (sh_host_need_store(host, &err) || open_file(host, arguments->name, &connections, &err))
        return sh_fail(&err);
    if (connections.n && connections.list[0].live)
        rc = sh_account_name(connections.list[0].account, &account, &err);
    if (rc)
        code = sh_fail(&err);
    else if (connections.n && !account)
        code = SH_USAGE;
    else if (sh_refusal_clear(host->store, account, arguments->name[0], &err))
        code = sh_fail(&err);
    else if (!host->options.json)
        sh_print("%s: the login will be tried again, once", arguments->name[0]);
    sh_connections_clear(&connections);
    return code;
}
