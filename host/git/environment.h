/* environment.h - all that a git of ours gets to know
 *
 * Its whole configuration is in its environment: what the user, the machine or another
 * repository configured counts for nothing, and what is secret is in no file or argument.
 */
#ifndef SH_GIT_ENVIRONMENT_H
#define SH_GIT_ENVIRONMENT_H

#include "source_provider.h"

/* SP_ERR_INVALID unless git can be sent to that remote with what it takes. */
int sh_git_remote_check(const struct sp_git_remote *remote, struct sp_error *err);

/* Makes a NULL-ended list of "NAME=value".  `remote` is the one to be reached, NULL for
 * work on a mirror.  `extra` is one more entry, or NULL. */
int sh_git_environment_new(const struct sp_git_remote *remote, const char *extra,
                           char ***ret_vars, struct sp_error *err);

/* Wipes and frees. */
void sh_git_environment_free(char **vars);

#endif
