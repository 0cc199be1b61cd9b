/* clone.h - the first fetch of a mirror
 *
 * Made aside and renamed when it is whole, so that a mirror under its name is one that can be
 * trusted, whatever died meanwhile.
 */
#ifndef SH_GIT_CLONE_H
#define SH_GIT_CLONE_H

#include "git.h"

/* Makes the mirror of a remote in `dir`, whole or not at all; a suspect one is replaced.  0 as
 * well when another process made it meanwhile. */
int sh_git_clone(const char *dir, const struct sp_git_remote *remote,
                 const struct sh_git_watch *watch, struct sp_error *err);

#endif
