/* api_repositories.c - the repositories of a connection, and what is to be done with them */
#include "web/api.h"

#include "ingest/auto_import.h"
#include "ingest/pass.h"
#include "output.h"
#include "text.h"
#include "web/answer.h"
#include "web/body.h"
#include "web/connection.h"
#include "web/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The listing ----------------------------------------------------------- */

/* Thousands of rows: written one by one, and never as one tree. */
struct writing {
    const struct sp_connection_file *file;
    FILE *out;
    bool is_begun;
    struct sp_error *err;
};

static int write_row(struct writing *writing, struct json_object *row)
{
    char *line = sh_json_line(row);

    if (!line)
        return sp_error_set(writing->err, SP_ERR_NOMEM, "out of memory");
    fprintf(writing->out, "%s%s", writing->is_begun ? "," : "", line);
    writing->is_begun = true;
    free(line);
    return SP_OK;
}

static int on_organization(void *ctx, const struct sh_organization_row *row)
{
    struct writing *writing = ctx;

    return write_row(writing, sh_row_of_organization(writing->file, row));
}

static int on_repository(void *ctx, const struct sh_repository_row *row)
{
    struct writing *writing = ctx;

    return write_row(writing, sh_row_of_repository(writing->file, row));
}

static int write_all(struct sh_store *store, const struct sh_connection *connection, FILE *out,
                     struct sp_error *err)
{
    struct writing writing = {connection->file, out, false, err};
    int rc;

    fputs("{\"organizations\":[", out);
    rc = sh_catalog_organizations(store, connection->name, on_organization, &writing, err);
    fputs("],\"repositories\":[", out);
    writing.is_begun = false;
    if (!rc)
        rc = sh_catalog_repositories(store, connection->name, 0, on_repository, &writing, err);
    fputs("]}", out);
    return rc;
}

void sh_api_repositories(struct sh_request *request)
{
    struct sh_connection connection = {0};
    struct sp_error err;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    int rc = out ? sh_request_connection(request, &connection, &err)
                 : sp_error_set(&err, SP_ERR_NOMEM, "out of memory");

    if (!rc)
        rc = write_all(request->web->host.store, &connection, out, &err);
    if (out && !sh_text_end(out, &text) && !rc)
        rc = sp_error_set(&err, SP_ERR_NOMEM, "out of memory");
    if (out)
        sh_connection_clear(&connection);
    if (!rc) {
        sh_answer_text(request, "application/json", text, length);
        return;
    }
    free(text);
    sh_answer_error(request, &err);
}

/* ---- What is to be imported ------------------------------------------------ */

/* What is asked for: texts borrowed from the body. */
struct wanted {
    char **paths;
    size_t n;
    const char *organization;
    bool all;
};

static bool read_paths(struct json_object *list, struct wanted *wanted)
{
    size_t n = json_object_array_length(list);

    wanted->paths = calloc(n + 1, sizeof *wanted->paths);
    for (; wanted->paths && wanted->n < n; wanted->n++) {
        struct json_object *path = json_object_array_get_idx(list, wanted->n);

        if (!json_object_is_type(path, json_type_string))
            return false;
        wanted->paths[wanted->n] = (char *)json_object_get_string(path);
    }
    return wanted->paths && n > 0;
}

/* One of the three, and that of its type. */
static bool read_wanted(struct sh_request *request, struct wanted *wanted)
{
    bool is_right = json_object_object_length(request->body) == 1;

    json_object_object_foreach(request->body, member, value)
    {
        if (strcmp(member, "paths") == 0)
            is_right = is_right && json_object_is_type(value, json_type_array) &&
                       read_paths(value, wanted);
        else if (strcmp(member, "organization") == 0)
            wanted->organization = json_object_is_type(value, json_type_string)
                                       ? json_object_get_string(value)
                                       : NULL;
        else
            wanted->all =
                json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
    }
    if (is_right && (wanted->n || wanted->organization || wanted->all))
        return true;
    sh_answer_refuse(request, MHD_HTTP_BAD_REQUEST, "member",
                     "send one of paths (a list), organization (a key), all (true)");
    return false;
}

static int import(struct sh_host *host, const struct sh_connection *connection,
                  const struct wanted *wanted, int64_t *ret, struct sp_error *err)
{
    struct sh_selection selection;
    int rc = sh_select_named(host, connection, wanted->paths, wanted->n, wanted->organization,
                             wanted->all, &selection, err);

    *ret = 0;
    if (rc)
        return rc;
    for (size_t i = 0; i < selection.n; i++)
        *ret += !selection.list[i].imported;
    rc = sh_mark_imported(host, connection, &selection, err);
    sh_selection_clear(&selection);
    return rc;
}

void sh_api_import(struct sh_request *request)
{
    struct sh_connection connection;
    struct wanted wanted = {0};
    struct sp_error err;
    int64_t n = 0;
    int rc;

    if (read_wanted(request, &wanted)) {
        rc = sh_request_connection(request, &connection, &err);
        if (!rc)
            rc = import(&request->web->host, &connection, &wanted, &n, &err);
        sh_connection_clear(&connection);
        if (rc) {
            sh_answer_error(request, &err);
        } else {
            struct json_object *object = json_object_new_object();

            sh_json_int(object, "imported", n);
            sh_answer(request, object);
        }
    }
    free(wanted.paths);
}

/* What is switched on is asked for at once: the last listing tells what there is. */
static int auto_import(struct sh_host *host, struct sh_connection *connection, const char *key,
                       bool is_on, struct sh_auto_import *ret, struct sp_error *err)
{
    int rc = sh_auto_import(host, connection, key, is_on, ret, err);

    return rc || !is_on ? rc : sh_mark_asked(host, connection, NULL, err);
}

void sh_api_auto_import(struct sh_request *request)
{
    const char *key = sh_body_text(request, "organization");
    struct sh_connection connection;
    struct sh_auto_import said;
    struct json_object *on;
    struct sp_error err;
    int rc;

    if (!key)
        return;
    if (!json_object_object_get_ex(request->body, "on", &on) ||
        !json_object_is_type(on, json_type_boolean)) {
        sh_answer_refuse(request, MHD_HTTP_BAD_REQUEST, "member",
                         "on is neither true nor false");
        return;
    }
    rc = sh_request_connection(request, &connection, &err);
    if (!rc)
        rc = auto_import(&request->web->host, &connection, key, json_object_get_boolean(on),
                         &said, &err);
    if (rc)
        sh_answer_error(request, &err);
    else
        sh_answer(request, sh_auto_import_json(connection.name, &said));
    sh_connection_clear(&connection);
}
