/* connection.c - see connection.h */
#include "web/connection.h"

#include "store/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 63 };

bool sh_is_connection_name(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length = strlen(name);

    return length > 0 && length <= NAME_MAX_LENGTH && name[0] != '.' &&
           strspn(name, letters) == length;
}

static int find(void *ctx, const struct sh_connection_row *row)
{
    (void)row;
    *(bool *)ctx = true;
    return 0;
}

static struct sp_connection_file *no_file(const char *name)
{
    struct sp_connection_file *file = calloc(1, sizeof *file);

    if (!file)
        return NULL;
    file->name = strdup(name);
    file->path = strdup("");
    if (file->name && file->path)
        return file;
    sp_connection_file_free(file);
    return NULL;
}

int sh_request_connection(struct sh_request *request, struct sh_connection *ret,
                          struct sp_error *err)
{
    struct sh_host *host = &request->web->host;
    const char *name = request->name;
    bool is_known = name[0] != '.' && sh_connection_has_file(host, name);
    int rc = is_known ? SP_OK : sh_catalog_connections(host->store, name, find, &is_known, err);

    *ret = (struct sh_connection){.is_warned = true};
    if (rc)
        return rc;
    if (!is_known)
        return sp_error_set(err, SP_ERR_NOT_FOUND, "there is no connection %.100s", name);
    rc = sh_connection_read(host, name, ret, err);
    if (!rc && !ret->file)
        ret->file = no_file(name);
    return rc || ret->file ? rc : sp_error_set(err, SP_ERR_NOMEM, "out of memory");
}
