/* auto_import.c - whether every repository of an organization is imported, also those to come
 */
#include "clock.h"
#include "command.h"
#include "connections.h"
#include "ingest/decision.h"
#include "ingest/pass.h"
#include "output.h"
#include "store/choice.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The organization that is meant, as the catalog has it: id 0 is all. */
struct meant {
    const char *wanted;
    char key[256];
    int64_t id;
    bool is_found;
};

static int match(void *ctx, const struct sh_organization_row *row)
{
    struct meant *meant = ctx;

    if (strcasecmp(row->key, meant->wanted) != 0)
        return SP_OK;
    snprintf(meant->key, sizeof meant->key, "%s", row->key);
    meant->id = row->id;
    meant->is_found = true;
    return SP_OK;
}

static int find(struct sh_host *host, const struct sh_connection *connection,
                struct meant *meant, struct sp_error *err)
{
    meant->is_found = strcmp(meant->wanted, "*") == 0;
    if (meant->is_found) {
        strcpy(meant->key, "*");
        return SP_OK;
    }
    return sh_catalog_organizations(host->store, connection->name, match, meant, err);
}

/* What the store does not know may be new at the server. */
static int find_or_list(struct sh_host *host, struct sh_connection *connection,
                        struct meant *meant, struct sp_error *err)
{
    struct sh_progress progress;
    int rc = find(host, connection, meant, err);

    if (rc || meant->is_found)
        return rc;
    sh_progress_init(&progress);
    rc = sh_list_in_turn(host, connection, &progress, err);
    return rc ? rc : find(host, connection, meant, err);
}

static void print(const struct sh_host *host, const struct sh_connection *connection,
                  const struct meant *meant, bool is_on, const char *place)
{
    struct json_object *object;

    if (!host->options.json) {
        sh_print("%s %s: auto-import is %s%s%s%s", connection->name, meant->key,
                 is_on ? "on" : "off", place ? ", fixed by " : "", place ? place : "",
                 place   ? ""
                 : is_on ? "; each sync imports what is not imported yet"
                         : "; what was imported stays");
        return;
    }
    object = json_object_new_object();
    sh_json_text(object, "connection", connection->name);
    sh_json_text(object, "organization", meant->key);
    sh_json_bool(object, "auto_import", is_on);
    sh_json_text(object, "fixed", place);
    sh_print_json(object);
}

/* The file switches it on or says nothing. */
static enum sh_exit stay_fixed(const struct sh_host *host,
                               const struct sh_connection *connection,
                               const struct meant *meant, const struct sp_entry *entry,
                               bool is_on)
{
    char place[SH_PLACE_MAX];

    sh_entry_place(connection->file, entry, place, sizeof place);
    if (is_on) {
        print(host, connection, meant, is_on, place);
        return SH_DONE;
    }
    sh_complain("%s fixes auto-import of %s, and the file wins over commands; change it there",
                place, meant->key);
    return SH_USAGE;
}

static enum sh_exit change(struct sh_host *host, struct sh_connection *connection,
                           const struct sh_arguments *arguments)
{
    const char *key = arguments->name[1];
    bool is_on = strcmp(arguments->name[2], "on") == 0;
    struct meant meant = {.wanted = key};
    struct sh_decision decision;
    struct sp_error err;

    if (!connection->live)
        return SH_USAGE;
    if (find_or_list(host, connection, &meant, &err))
        return sh_connection_fail(connection, &err);
    if (!meant.is_found) {
        sh_selection_no_organization(host, connection, key, &err);
        return sh_fail(&err);
    }
    decision = sh_decide_auto_import(connection->file,
                                     &(struct sh_organization_row){.key = meant.key});
    if (decision.entry)
        return stay_fixed(host, connection, &meant, decision.entry, is_on);
    if (sh_catalog_connection(host->store, connection->name, connection->provider->name,
                              connection->file->owner, &err) ||
        sh_choice_auto_import(host->store, connection->name, meant.id, is_on, sh_now_ms(),
                              &err))
        return sh_fail(&err);
    print(host, connection, &meant, is_on, NULL);
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
