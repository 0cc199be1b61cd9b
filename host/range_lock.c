/* range_lock.c - see range_lock.h */
#define _GNU_SOURCE 1 /* F_OFD_SETLK */
#include "range_lock.h"

#include "source_provider_host.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Length 0: of all from there on. */
static int lock_range(int file, int command, short type, int64_t at, int64_t length,
                      short *ret_type)
{
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = length};
    int rc = fcntl(file, command, &range);

    *ret_type = range.l_type;
    return rc;
}

static int lock(int file, int command, short type, int64_t at, short *ret_type)
{
    return lock_range(file, command, type, at, 1, ret_type);
}

int sh_range_open(const char *path, struct sp_error *err)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (file < 0)
        sp_error_set(err, SP_ERR_HOST, "%s: %s", path, strerror(errno));
    return file;
}

bool sh_range_is_lost(int file)
{
    struct stat st;

    return fstat(file, &st) || st.st_nlink == 0;
}

bool sh_range_take(int file, int64_t at)
{
    short type;

    return lock(file, F_OFD_SETLK, F_WRLCK, at, &type) == 0 ||
           (errno != EAGAIN && errno != EACCES);
}

void sh_range_share(int file, int64_t at)
{
    short type;

    lock(file, F_OFD_SETLK, F_RDLCK, at, &type);
}

void sh_range_give(int file, int64_t at)
{
    short type;

    lock(file, F_OFD_SETLK, F_UNLCK, at, &type);
}

bool sh_range_is_held(int file, int64_t at)
{
    short type;

    return lock(file, F_OFD_GETLK, F_WRLCK, at, &type) == 0 && type != F_UNLCK;
}

bool sh_range_any_is_held(int file)
{
    short type;

    return lock_range(file, F_OFD_GETLK, F_WRLCK, 0, 0, &type) == 0 && type != F_UNLCK;
}
