/* mirror.c - a mirror's directory: made, locked, swept */
#define _GNU_SOURCE 1 /* asprintf, strchrnul, nftw */
#include "mirror.h"

#include "git_error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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

void sh_git_mirror_empty(const char *dir)
{
    nftw(dir, remove_below, WALK_FDS, FTW_DEPTH | FTW_PHYS);
}

void sh_git_mirror_remove(const char *dir)
{
    sh_git_mirror_empty(dir);
    rmdir(dir);
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
                 ? sh_git_fail(err, SP_ERR_HOST, "%s cannot be marked as damaged: %m", dir)
                 : 0;

    if (fd >= 0)
        close(fd);
    free(path);
    return rc;
}

static bool has(const char *dir, const char *name)
{
    char *path = file_in(dir, name);
    bool is_there = path && access(path, F_OK) == 0;

    free(path);
    return is_there;
}

bool sh_git_mirror_is_suspect(const char *dir)
{
    return has(dir, "damaged") || has(dir, "shallow") || !has(dir, "HEAD");
}

/* The first line of a file, without its line feed. */
static int read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    int rc = file && fgets(line, (int)size, file) ? 0 : -1;

    if (file)
        fclose(file);
    line[rc == 0 ? strcspn(line, "\n") : 0] = '\0';
    return rc;
}

int sh_git_mirror_identify(const char *dir, struct sp_error *err)
{
    char id[SH_GIT_ID_MAX], *path = file_in(dir, "mirror-id");
    FILE *file = path ? fopen(path, "we") : NULL;
    int rc = 0;

    if (!file || read_line("/proc/sys/kernel/random/uuid", id, sizeof id) ||
        fputs(id, file) < 0)
        rc = sh_git_fail(err, SP_ERR_HOST, "%s/mirror-id cannot be written: %m", dir);
    if (file && fclose(file) && !rc)
        rc = sh_git_fail(err, SP_ERR_HOST, "%s/mirror-id cannot be written: %m", dir);
    free(path);
    return rc;
}

void sh_git_identity(const char *dir, char id[SH_GIT_ID_MAX])
{
    char *path = file_in(dir, "mirror-id");

    id[0] = '\0';
    if (path)
        read_line(path, id, SH_GIT_ID_MAX);
    free(path);
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
            return sh_git_fail(err, SP_ERR_CANCELLED, "cancelled");
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
            return sh_git_fail(err, SP_ERR_NOT_FOUND, "there is no mirror in %s", dir);
        if (fd < 0)
            return sh_git_fail(err, SP_ERR_HOST, "%s cannot be opened: %m", dir);
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
