/* resume.c - see resume.h */
#include "ingest/resume.h"

#include "connections.h"

static int open_file(struct sh_host *host, char *name, struct sh_connections *ret,
                     struct sp_error *err)
{
    bool is_known = false;

    if (!sh_connection_has_file(host, name)) {
        int rc = sh_refusal_is_known(host->store, name, &is_known, err);

        if (rc || is_known)
            return rc;
    }
    return sh_connections_open(host, &name, 1, ret, err);
}

int sh_resume(struct sh_host *host, char *name, struct sp_error *err)
{
    struct sh_connections connections = {0};
    const char *account = NULL;
    int rc = open_file(host, name, &connections, err);

    if (!rc && connections.n && connections.list[0].live)
        rc = sh_account_name(connections.list[0].account, &account, err);
    else if (!rc && connections.n)
        rc =
            sp_error_set(err, SP_ERR_INVALID, "%s: its file has errors; mend them first", name);
    if (!rc)
        rc = sh_refusal_clear(host->store, account, name, err);
    sh_connections_clear(&connections);
    return rc;
}
