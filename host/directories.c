/* directories.c - see directories.h */
#include "directories.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int fail(struct sp_error *err, int code, const char *path)
{
    err->code = code;
    snprintf(err->message, sizeof err->message, "directory %s cannot be made: %s", path,
             strerror(errno));
    return code;
}

int sh_make_directories(const char *path, struct sp_error *err)
{
    char *copy = strdup(path);
    int rc = copy ? SP_OK : fail(err, SP_ERR_NOMEM, path);

    for (char *end = copy; rc == SP_OK && *end; *end = path[end - copy]) {
        end = strchrnul(end + 1, '/');
        *end = '\0';
        if (mkdir(copy, 0700) < 0 && errno != EEXIST)
            rc = fail(err, SP_ERR_HOST, path);
    }
    free(copy);
    return rc;
}
