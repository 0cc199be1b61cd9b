/* check.c - health of connections, check by check */
#include "command.h"
#include "connections.h"
#include "output.h"
#include "report.h"

#include <stdio.h>

struct report {
    const struct sh_host *host;
    const struct sh_connection *connection;
    enum sh_exit code;
};

static void print_text(const struct sp_check *check)
{
    sh_print("  %-4s  %-11s %s", sp_check_status_name(check->status), check->id,
             check->detail ? check->detail : "");
    if (check->remedy)
        sh_print("                    %s", check->remedy);
    if (check->setting)
        sh_print("                    setting: %s", check->setting);
}

static int on_check(void *ctx, const struct sp_check *check)
{
    struct report *report = ctx;

    if (report->host->options.json)
        sh_print_json(sh_report_check(report->connection->name, check));
    else
        print_text(check);
    if (check->status == SP_CHECK_FAIL)
        report->code = sh_worse(report->code, sh_exit_for_one((int)check->code));
    fflush(stdout);
    return SP_OK;
}

enum sh_exit sh_check(struct sh_host *host, struct sh_connection *connection)
{
    struct report report = {.host = host, .connection = connection};
    struct sp_sink sink = {
        .size = sizeof sink,
        .ctx = &report,
        .check = on_check,
        .cancelled = sh_cancelled,
    };
    struct sp_error err;
    int rc;

    if (!connection->live)
        return SH_USAGE;
    if (!host->options.json)
        sh_print("%s", connection->name);
    rc = sp_connection_health(connection->live, &sink, &err);
    sh_account_rest(connection->account);
    return rc ? sh_fail(&err) : report.code;
}

enum sh_exit sh_command_check(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct sh_connections connections;
    enum sh_exit code = SH_DONE;
    struct sp_error err;

    if (sh_connections_open(host, arguments->name, arguments->n, &connections, &err))
        return sh_fail(&err);
    for (size_t i = 0; i < connections.n && !sh_stopping(); i++)
        code = sh_worse(code, sh_check(host, &connections.list[i]));
    sh_connections_clear(&connections);
    return code;
}
