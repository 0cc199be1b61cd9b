/* mirror.c - a mirror's directory: made, locked, swept */
#define _GNU_SOURCE 1 /* asprintf, strchrnul, nftw */
#include "mirror.h"

#include "git_error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define WAIT_MS  200 /* between two attempts to get the lock */
#define WALK_FDS 16

/* ---- Making and removing --------------------------------------------------- */

static int remove_below(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type;
    if (at->level > 0)
        remove(path);
    return 0;
}

int sh_git_mirror_empty(const char *dir)
{
    return nftw(dir, remove_below, WALK_FDS, FTW_DEPTH | FTW_PHYS) && errno == ENOMEM
               ? SP_ERR_NOMEM
               : SP_OK;
}

int sh_git_mirror_remove(const char *dir)
{
    int rc = sh_git_mirror_empty(dir);

    rmdir(dir);
    return rc;
}

static bool starts(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static bool ends(const char *name, const char *with)
{
    size_t len = strlen(name), n = strlen(with);

    return len >= n && strcmp(name + len - n, with) == 0;
}

/* No ref can have such a name. */
static int remove_lock(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)at;
    if (type == FTW_F && ends(path, ".lock"))
        unlink(path);
    return 0;
}

static int remove_half(const char *path, const struct stat *st, int type, struct FTW *at)
{
    const char *name = path + at->base;

    (void)st;
    if (type == FTW_F && (starts(name, "tmp_") || starts(name, ".tmp-") || ends(name, ".keep")))
        unlink(path);
    return 0;
}

void sh_git_mirror_sweep(const char *dir)
{
    char *objects = NULL;

    nftw(dir, remove_lock, WALK_FDS, FTW_PHYS);
    if (asprintf(&objects, "%s/objects", dir) < 0)
        return;
    nftw(objects, remove_half, WALK_FDS, FTW_PHYS);
    free(objects);
}

unsigned sh_git_mirror_packs(const char *dir)
{
    char *path = NULL;
    DIR *packs = asprintf(&path, "%s/objects/pack", dir) < 0 ? NULL : opendir(path);
    struct dirent *entry;
    unsigned n = 0;

    while (packs && (entry = readdir(packs)))
        n += ends(entry->d_name, ".pack");
    if (packs)
        closedir(packs);
    free(path);
    return n;
}

/* ---- Identity and doubt ---------------------------------------------------- */

static char *file_in(const char *dir, const char *name)
{
    char *path = NULL;

    return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

int sh_git_suspect(const char *dir, struct sp_error *err)
{
    char *path = file_in(dir, "damaged");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    int rc = fd < 0 && errno != ENOENT
                 ? sp_error_set(err, SP_ERR_HOST, "%s cannot be marked as damaged: %m", dir)
                 : 0;

    if (fd >= 0)
        close(fd);
    free(path);
    return rc;
}

/* Without asking for memory: a mirror is neither made anew nor trusted for lack of it. */
static bool has(const char *dir, const char *name)
{
    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool is_there = fd >= 0 && faccessat(fd, name, F_OK, 0) == 0;

    if (fd >= 0)
        close(fd);
    return is_there;
}

bool sh_git_mirror_is_suspect(const char *dir)
{
    return has(dir, "damaged") || has(dir, "shallow") || !has(dir, "HEAD");
}

int sh_git_mirror_identify(const char *dir, struct sp_error *err)
{
    uint64_t id[2];
    char *path = file_in(dir, "mirror-id");
    FILE *file = path ? fopen(path, "we") : NULL;
    int rc = 0;

    if (!file || getrandom(id, sizeof id, 0) != sizeof id ||
        fprintf(file, "%016" PRIx64 "%016" PRIx64, id[0], id[1]) < 0)
        rc = sp_error_set(err, SP_ERR_HOST, "%s/mirror-id cannot be written: %m", dir);
    if (file && fclose(file) && !rc)
        rc = sp_error_set(err, SP_ERR_HOST, "%s/mirror-id cannot be written: %m", dir);
    free(path);
    return rc;
}

int sh_git_identity(const char *dir, char id[SH_GIT_ID_MAX], struct sp_error *err)
{
    int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = dir_fd < 0 ? -1 : openat(dir_fd, "mirror-id", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, id, SH_GIT_ID_MAX - 1);
    int rc = length < 0 && errno != ENOENT
                 ? sp_error_set(err, SP_ERR_HOST, "%s/mirror-id cannot be read: %m", dir)
                 : 0;

    id[length < 0 ? 0 : length] = '\0';
    if (fd >= 0)
        close(fd);
    if (dir_fd >= 0)
        close(dir_fd);
    return rc;
}

/* ---- Lock ------------------------------------------------------------------ */

/* While we waited, who had the lock may have renamed or removed the directory. */
static bool still_there(const char *dir, int fd)
{
    struct stat here, there;

    return fstat(fd, &here) == 0 && stat(dir, &there) == 0 && here.st_dev == there.st_dev &&
           here.st_ino == there.st_ino;
}

static int wait_for(int fd, const struct sh_git_watch *watch, struct sp_error *err)
{
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        /* A file system without locks: then the store's leases must do. */
        if (errno != EWOULDBLOCK && errno != EINTR)
            return 0;
        if (watch && watch->cancelled && watch->cancelled(watch->ctx))
            return sp_error_set(err, SP_ERR_CANCELLED, "cancelled");
        poll(NULL, 0, WAIT_MS);
    }
    return 0;
}

int sh_git_mirror_lock(const char *dir, const struct sh_git_watch *watch, int *ret_lock,
                       struct sp_error *err)
{
    int fd, rc;

    do {
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
            return sp_error_set(err, SP_ERR_NOT_FOUND, "there is no mirror in %s", dir);
        if (fd < 0)
            return sp_error_set(err, SP_ERR_HOST, "%s cannot be opened: %m", dir);
        rc = wait_for(fd, watch, err);
        if (rc == 0 && still_there(dir, fd)) {
            *ret_lock = fd;
            return 0;
        }
        close(fd);
    } while (rc == 0);
    return rc;
}

void sh_git_mirror_unlock(int *lock)
{
    if (*lock >= 0)
        close(*lock);
    *lock = -1;
}
