/* remove.c - forgets a repository and its data */
#include "clock.h"
#include "command.h"
#include "connections.h"
#include "ingest/decision.h"
#include "ingest/removal.h"
#include "ingest/selection.h"
#include "output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct removing {
    const struct sp_connection_file *file;
    const char *wanted;
    char *path;
    int64_t id;
    struct sp_error *err;
};

/* Only what is named as it is called now, and what the next sync would not bring back. */
static int check(void *ctx, const struct sh_repository_row *row)
{
    struct removing *removing = ctx;
    struct sh_decision decision = sh_decide(removing->file, row, sh_now_ms());
    char place[SH_PLACE_MAX];

    if (strcasecmp(row->path, removing->wanted) != 0)
        return sp_error_set(removing->err, SP_ERR_INVALID, "%s is now %s: name it so",
                            removing->wanted, row->path);
    if (decision.is_wanted && decision.entry) {
        sh_entry_place(removing->file, decision.entry, place, sizeof place);
        return sp_error_set(removing->err, SP_ERR_INVALID,
                            "%s asks for %s, and the file wins over commands; take it out "
                            "there, or exclude the repository, and then remove it",
                            place, row->path);
    }
    removing->id = row->id;
    removing->path = strdup(row->path);
    return removing->path ? SP_OK : sp_error_set(removing->err, SP_ERR_NOMEM, "out of memory");
}

static void print(const struct sh_host *host, const char *connection,
                  const struct removing *removing)
{
    struct json_object *object;

    if (!host->options.json) {
        sh_print("%s: removed, with its mirror", removing->path);
        return;
    }
    object = json_object_new_object();
    sh_json_text(object, "connection", connection);
    sh_json_text(object, "path", removing->path);
    sh_json_int(object, "id", removing->id);
    sh_json_bool(object, "removed", true);
    sh_print_json(object);
}

static enum sh_exit remove_one(struct sh_host *host, struct sh_connection *connection,
                               const struct sh_arguments *arguments)
{
    const char *path = arguments->name[1];
    struct sp_error err;
    struct removing removing = {.file = connection->file, .wanted = path, .err = &err};
    int rc;

    if (!connection->file)
        return SH_USAGE;
    rc = sh_catalog_find(host->store, connection->name, path, check, &removing, &err);
    if (rc == SP_ERR_NOT_FOUND)
        rc = sh_selection_no_repository(host, connection, path, &err);
    if (!rc)
        rc = sh_remove(host, connection->name, removing.id, removing.path, &err);
    if (!rc)
        print(host, connection->name, &removing);
    free(removing.path);
    return rc ? sh_fail(&err) : SH_DONE;
}

enum sh_exit sh_command_remove(struct sh_host *host, const struct sh_arguments *arguments)
{
    return sh_with_connection(host, arguments, remove_one);
}
