/* directories.c - see directories.h */
#include "directories.h"

#include "source_provider_host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int fail(struct sp_error *err, int code, const char *path)
{
    return sp_error_set(err, code, "directory %s cannot be made: %s", path, strerror(errno));
}

int sh_make_directories(const char *path, struct sp_error *err)
{
    char *copy = strdup(path);
    int rc = SP_OK;

    if (!copy)
        return fail(err, SP_ERR_NOMEM, path);
    for (char *end = copy; rc == SP_OK && *end; *end = path[end - copy]) {
        end = strchrnul(end + 1, '/');
        *end = '\0';
        if (mkdir(copy, 0700) < 0 && errno != EEXIST)
            rc = fail(err, SP_ERR_HOST, path);
    }
    free(copy);
    return rc;
}

int sh_make_data_directory(const char *path, struct sp_error *err)
{
    int rc = sh_make_directories(path, err);
    struct stat st;

    if (rc || stat(path, &st) < 0 || !(st.st_mode & (S_IWGRP | S_IWOTH)))
        return rc;
    return sp_error_set(
        err, SP_ERR_INVALID,
        "directory %s can be written by others (mode %04o), who could have us run "
        "what they like; chmod go-w %s, or choose one below it with --data",
        path, (unsigned)st.st_mode & 07777, path);
}
