/* refs.h - the branches and tags of a mirror and of its remote, as one text each
 *
 * A text has a line "SHA<tab>NAME" per branch and tag, unpeeled, sorted by name.  It is the
 * same for both when there is nothing to fetch.
 */
#ifndef SH_GIT_REFS_H
#define SH_GIT_REFS_H

#include "git.h"
#include "lines.h"

#define SH_GIT_REFS_MAX ((size_t)256 << 20)

int sh_git_refs_here(const char *dir, struct sh_git_text *refs, struct sp_error *err);

/* Sets also *ret_head to the branch that the remote's HEAD names, NULL when it does not
 * tell; the caller frees it. */
int sh_git_refs_there(const char *dir, const struct sp_git_remote *remote,
                      const struct sh_git_watch *watch, struct sh_git_text *refs,
                      char **ret_head, struct sp_error *err);

/* To git, a page without a line feed (a login page with status 200) is a repository without
 * a ref.  Returns 0 only when the remote speaks as a Git server does. */
int sh_git_refs_confirm_none(const char *dir, const struct sp_git_remote *remote,
                             const struct sh_git_watch *watch, struct sp_error *err);

/* Makes HEAD name a branch ("refs/heads/main"). */
int sh_git_refs_set_head(const char *dir, const char *branch, struct sp_error *err);

#endif
