/* owner.c - see owner.h */
#include "owner.h"

#include "source_provider_host.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* He need not have a name: in a container there may be but a number. */
static int become(uid_t uid, gid_t gid)
{
    const struct passwd *user = getpwuid(uid);

    if (user ? initgroups(user->pw_name, user->pw_gid) : setgroups(0, NULL))
        return -1;
    if (setgid(user ? user->pw_gid : gid) || (user && setenv("HOME", user->pw_dir, 1)))
        return -1;
    return setuid(uid);
}

int sh_become_owner(const char *directory, struct sp_error *err)
{
    struct stat st;

    if (geteuid() != 0 || stat(directory, &st) || st.st_uid == 0)
        return SP_OK;
    if (become(st.st_uid, st.st_gid))
        return sp_error_set(err, SP_ERR_HOST,
                            "directory %s belongs to user %lu, as whom we cannot go on: %s",
                            directory, (unsigned long)st.st_uid, strerror(errno));
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* which the change of user may have set */
    return SP_OK;
}
