/* mirror.h - the directory of a mirror, as files
 *
 * Who changes a mirror holds a lock on its directory, and so does every git that was
 * started for it: the lock is free only when the last of them has ended, however the host
 * may have died.  Whatever is half done then is nobody's.
 */
#ifndef SH_GIT_MIRROR_H
#define SH_GIT_MIRROR_H

#include "git.h"

#include <stdbool.h>

/* Waits for the lock of an existing directory.  Returns SP_ERR_NOT_FOUND when there is no
 * such directory. */
int sh_git_mirror_lock(const char *dir, const struct sh_git_watch *watch, int *ret_lock,
                       struct sp_error *err);
/* Leaves -1, which is allowed too. */
void sh_git_mirror_unlock(int *lock);

/* Removes what an interrupted git left in a locked mirror: its lock files, half packs. */
void sh_git_mirror_sweep(const char *dir);

/* Removes everything in a directory, which itself stays.  SP_ERR_NOMEM: or not everything. */
int sh_git_mirror_empty(const char *dir);
/* Removes a directory, if there is one.  Returns 0 or SP_ERR_NOMEM. */
int sh_git_mirror_remove(const char *dir);

/* Whether it is not to be relied on: somebody said so (sh_git_suspect), or it is shallow. */
bool sh_git_mirror_is_suspect(const char *dir);

/* Gives a new mirror its identity. */
int sh_git_mirror_identify(const char *dir, struct sp_error *err);

/* Number of packs, 0 when it cannot be told. */
unsigned sh_git_mirror_packs(const char *dir);

#endif
