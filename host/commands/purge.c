/* purge.c - forgets all that a connection without a file has left */
#include "command.h"
#include "connections.h"
#include "ingest/removal.h"
#include "nearest.h"
#include "output.h"
#include "store/catalog.h"

#include <string.h>

struct looking {
    struct sh_nearest nearest;
    bool is_known;
};

static int look(void *ctx, const struct sh_connection_row *row)
{
    struct looking *looking = ctx;

    looking->is_known = looking->is_known || strcmp(row->name, looking->nearest.wanted) == 0;
    sh_nearest_try(&looking->nearest, row->name);
    return 0;
}

static int check(struct sh_host *host, const char *name, struct sp_error *err)
{
    struct looking looking = {.nearest.wanted = name};
    char text[SH_NEAREST_TEXT_MAX];
    int rc = sh_catalog_connections(host->store, NULL, look, &looking, err);

    if (rc)
        return rc;
    sh_nearest_text(&looking.nearest, text, sizeof text);
    if (!looking.is_known)
        return sp_error_set(err, SP_ERR_INVALID, "the store knows no connection %s%s", name,
                            text);
    if (sh_connection_has_file(host, name))
        return sp_error_set(err, SP_ERR_INVALID,
                            "%s/connections.d/%s.conf still is there; purge forgets what a "
                            "connection has left whose file was deleted",
                            host->options.config, name);
    return SP_OK;
}

enum sh_exit sh_command_purge(struct sh_host *host, const struct sh_arguments *arguments)
{
    const char *name = arguments->name[0];
    struct json_object *object;
    struct sp_error err;

    if (sh_host_need_store(host, &err) || check(host, name, &err) || sh_purge(host, name, &err))
        return sh_fail(&err);
    if (!host->options.json) {
        sh_print("%s: all that it had left is removed", name);
        return SH_DONE;
    }
    object = json_object_new_object();
    sh_json_text(object, "connection", name);
    sh_json_bool(object, "purged", true);
    sh_print_json(object);
    return SH_DONE;
}
