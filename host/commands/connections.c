/* connections.c - connection files and whether they are in order */
#include "connections.h"

#include "command.h"
#include "output.h"

static void print_json(const struct sh_connection *connection)
{
    struct json_object *object = json_object_new_object();
    const struct sp_connection_file *file = connection->file;

    sh_json_text(object, "connection", connection->name);
    sh_json_text(object, "file", connection->path);
    sh_json_text(object, "provider", file ? file->provider : NULL);
    sh_json_text(object, "owner", file ? file->owner : NULL);
    sh_json_bool(object, "usable", connection->live != NULL);
    sh_json_text(object, "problem", connection->problem);
    sh_print_json(object);
}

static void print_text(const struct sh_connection *connection)
{
    const struct sp_connection_file *file = connection->file;

    sh_print("%s: %s%s%s, %s", connection->name, file ? file->provider : "provider not known",
             file && file->owner ? ", of " : "", file && file->owner ? file->owner : "",
             connection->live ? "in order" : "cannot be used");
}

enum sh_exit sh_command_connections(struct sh_host *host, const struct sh_arguments *arguments)
{
    struct sh_connections connections;
    enum sh_exit code = SH_DONE;
    struct sp_error err;

    (void)arguments;
    if (sh_connections_open(host, NULL, 0, &connections, &err))
        return sh_fail(&err);
    for (size_t i = 0; i < connections.n; i++) {
        if (host->options.json)
            print_json(&connections.list[i]);
        else
            print_text(&connections.list[i]);
        if (!connections.list[i].live)
            code = SH_USAGE;
    }
    sh_connections_clear(&connections);
    return code;
}
