/* disk.c - preloaded into source-host: the disk under DISK_FOLDER is full, read-only, or one
 * that forgets
 *
 * DISK_ROOM=BYTES     so many can still be written, then it is full
 * DISK_READ_ONLY=1    nothing can be opened for writing
 * DISK_SYNCED=FOLDER  keeps there what of each file has reached the disk for sure: as it was
 * when it was last synced
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

static atomic_llong room = -1; /* -1: not asked for yet */

static bool is_below(const char *path)
{
    const char *folder = getenv("DISK_FOLDER");

    return folder && strncmp(path, folder, strlen(folder)) == 0;
}

/* False: it is no file of that disk. */
static bool path_of(int fd, char path[PATH_MAX])
{
    char link[64];
    ssize_t length;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return false;
    path[length] = '\0';
    return is_below(path);
}

/* ---- Full ------------------------------------------------------------------- */

static bool has_room(int fd, size_t size)
{
    const char *text = getenv("DISK_ROOM");
    char path[PATH_MAX];
    long long unset = -1;

    if (!text || !path_of(fd, path))
        return true;
    atomic_compare_exchange_strong(&room, &unset, atoll(text));
    if (atomic_fetch_sub(&room, (long long)size) >= (long long)size)
        return true;
    atomic_store(&room, 0);
    errno = ENOSPC;
    return false;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    return has_room(fd, size) ? REAL(pwrite)(fd, data, size, at) : -1;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    return has_room(fd, size) ? REAL(pwrite64)(fd, data, size, at) : -1;
}

ssize_t write(int fd, const void *data, size_t size)
{
    return has_room(fd, size) ? REAL(write)(fd, data, size) : -1;
}

/* ---- Read-only -------------------------------------------------------------- */

static bool may_open(const char *path, int flags)
{
    if (!getenv("DISK_READ_ONLY") || !is_below(path) ||
        ((flags & O_ACCMODE) == O_RDONLY && !(flags & O_CREAT)))
        return true;
    errno = EROFS;
    return false;
}

int open(const char *path, int flags, ...)
{
    mode_t mode;
    va_list more;

    va_start(more, flags);
    mode = (mode_t)va_arg(more, int);
    va_end(more);
    return may_open(path, flags) ? REAL(open)(path, flags, mode) : -1;
}

int open64(const char *path, int flags, ...)
{
    mode_t mode;
    va_list more;

    va_start(more, flags);
    mode = (mode_t)va_arg(more, int);
    va_end(more);
    return may_open(path, flags) ? REAL(open64)(path, flags, mode) : -1;
}

int mkdir(const char *path, mode_t mode)
{
    if (!getenv("DISK_READ_ONLY") || !is_below(path))
        return REAL(mkdir)(path, mode);
    errno = EROFS;
    return -1;
}

/* ---- Forgetful -------------------------------------------------------------- */

/* Whole, or not at all: the copy gets its name when it is complete. */
static void keep_synced(int fd)
{
    const char *folder = getenv("DISK_SYNCED");
    char path[PATH_MAX], copy[2 * PATH_MAX], part[2 * PATH_MAX + 8];
    struct stat status;
    off_t at = 0;
    int out;

    if (!folder || !path_of(fd, path) || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return;
    snprintf(copy, sizeof copy, "%s/%s", folder, strrchr(path, '/') + 1);
    snprintf(part, sizeof part, "%s.part", copy);
    out = REAL(open)(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    while (out >= 0 && at < status.st_size)
        if (sendfile(out, fd, &at, (size_t)(status.st_size - at)) <= 0)
            break;
    close(out);
    rename(part, copy);
}

int fsync(int fd)
{
    keep_synced(fd);
    return REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    keep_synced(fd);
    return REAL(fdatasync)(fd);
}
