/* auto_import.c - see auto_import.h */
#include "ingest/auto_import.h"

#include "clock.h"
#include "output.h"
#include "store/choice.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The organization that is meant, as the catalog has it: id 0 is all. */
struct meant {
    const char *wanted;
    struct sh_auto_import *out;
    int64_t id;
    bool is_found;
};

static int match(void *ctx, const struct sh_organization_row *row)
{
    struct meant *meant = ctx;

    if (strcasecmp(row->key, meant->wanted) != 0)
        return SP_OK;
    snprintf(meant->out->key, sizeof meant->out->key, "%s", row->key);
    meant->id = row->id;
    meant->is_found = true;
    return SP_OK;
}

static int find(struct sh_host *host, const struct sh_connection *connection,
                struct meant *meant, struct sp_error *err)
{
    int rc;

    if (strcmp(meant->wanted, "*") == 0) {
        strcpy(meant->out->key, "*");
        return SP_OK;
    }
    rc = sh_catalog_organizations(host->store, connection->name, match, meant, err);
    if (rc || meant->is_found)
        return rc;
    return sp_error_set(err, SP_ERR_NOT_FOUND, "%s knows no organization %s", connection->name,
                        meant->wanted);
}

/* The file switches it on or says nothing. */
static int stay_fixed(const struct sh_connection *connection, const struct sp_entry *entry,
                      struct sh_auto_import *ret, struct sp_error *err)
{
    sh_entry_place(connection->file, entry, ret->place, sizeof ret->place);
    if (ret->is_on)
        return SP_OK;
    return sp_error_set(err, SP_ERR_INVALID,
                        "%.300s fixes auto-import of %.100s, and the file wins over commands; "
                        "change it there",
                        ret->place, ret->key);
}

int sh_auto_import(struct sh_host *host, const struct sh_connection *connection,
                   const char *key, bool is_on, struct sh_auto_import *ret,
                   struct sp_error *err)
{
    struct meant meant = {.wanted = key, .out = ret};
    struct sh_decision decision;
    int rc;

    *ret = (struct sh_auto_import){.is_on = is_on};
    rc = find(host, connection, &meant, err);
    if (rc)
        return rc;
    decision =
        sh_decide_auto_import(connection->file, &(struct sh_organization_row){.key = ret->key});
    if (decision.entry)
        return stay_fixed(connection, decision.entry, ret, err);
    rc = sh_catalog_connection(host->store, connection->name, connection->file->provider,
                               connection->file->owner, err);
    return rc ? rc
              : sh_choice_auto_import(host->store, connection->name, meant.id, is_on,
                                      sh_now_ms(), err);
}

struct json_object *sh_auto_import_json(const char *connection,
                                        const struct sh_auto_import *said)
{
    struct json_object *object = json_object_new_object();

    sh_json_text(object, "connection", connection);
    sh_json_text(object, "organization", said->key);
    sh_json_bool(object, "auto_import", said->is_on);
    sh_json_text(object, "fixed", *said->place ? said->place : NULL);
    return object;
}
