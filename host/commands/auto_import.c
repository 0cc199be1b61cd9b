/* auto_import.c - whether every repository of an organization is imported, also those to come
 */
#include "ingest/auto_import.h"

#include "command.h"
#include "ingest/pass.h"
#include "output.h"

#include <string.h>

static void print(const struct sh_host *host, const struct sh_connection *connection,
                  const struct sh_auto_import *said)
{
    const char *place = *said->place ? said->place : NULL;

    if (host->options.json)
        sh_print_json(sh_auto_import_json(connection->name, said));
    else
        sh_print("%s %s: auto-import is %s%s%s%s", connection->name, said->key,
                 said->is_on ? "on" : "off", place ? ", fixed by " : "", place ? place : "",
                 place         ? ""
                 : said->is_on ? "; each sync imports what is not imported yet"
                               : "; what was imported stays");
}

static enum sh_exit change(struct sh_host *host, struct sh_connection *connection,
                           const struct sh_arguments *arguments)
{
    const char *key = arguments->name[1];
    bool is_on = strcmp(arguments->name[2], "on") == 0;
    struct sh_progress progress;
    struct sh_auto_import said;
    struct sp_error err;
    int rc;

    if (!connection->live)
        return SH_USAGE;
    rc = sh_auto_import(host, connection, key, is_on, &said, &err);
    if (rc == SP_ERR_NOT_FOUND) { /* what the store does not know may be new at the server */
        sh_progress_init(&progress);
        if (sh_list_in_turn(host, connection, &progress, &err))
            return sh_connection_fail(connection, &err);
        rc = sh_auto_import(host, connection, key, is_on, &said, &err);
    }
    if (rc == SP_ERR_NOT_FOUND)
        sh_selection_no_organization(host, connection, key, &err);
    if (rc)
        return sh_fail(&err);
    print(host, connection, &said);
    return SH_DONE;
}

enum sh_exit sh_command_auto_import(struct sh_host *host, const struct sh_arguments *arguments)
{
    const char *way = arguments->name[2];

    if (strcmp(way, "on") != 0 && strcmp(way, "off") != 0) {
        sh_complain("auto-import is on or off, and not %s", way);
        return SH_USAGE;
    }
    return sh_with_connection(host, arguments, change);
}
