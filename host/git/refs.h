/* refs.h - the refs of a mirror and of its remote, as texts
 *
 * A text has a line "SHA<tab>NAME" per ref, unpeeled, sorted by name.  That of the branches and
 * tags is the same for both when there is nothing to fetch; that of the heads of pull requests
 * may have more in the mirror, which keeps what it once got.
 */
#ifndef SH_GIT_REFS_H
#define SH_GIT_REFS_H

#include "git.h"
#include "process_lines.h"

#include <stdbool.h>

#define SH_GIT_REFS_MAX ((size_t)256 << 20)

#define SH_GIT_PULL_REQUEST_HEADS "+refs/pull-requests/*/from:refs/pull-requests/*/from"

struct sh_git_refs {
    struct sh_process_text branches; /* and tags */
    struct sh_process_text heads;    /* of pull requests */
};
/* Empty ones. */
#define SH_GIT_REFS_INIT                                                                       \
    (struct sh_git_refs)                                                                       \
    {                                                                                          \
        .branches = {.max = SH_GIT_REFS_MAX}, .heads = {.max = SH_GIT_REFS_MAX }               \
    }
void sh_git_refs_clear(struct sh_git_refs *refs);

/* Whether a mirror with the refs `here` has all that the remote has. */
bool sh_git_refs_up_to_date(const struct sh_git_refs *here, const struct sh_git_refs *there);

int sh_git_refs_here(const char *dir, const struct sh_git_watch *watch,
                     struct sh_git_refs *refs, struct sp_error *err);

/* Sets also *ret_head to the branch that the remote's HEAD names, NULL when it does not
 * tell; the caller frees it.  Where no ref is expected that is confirmed by the same
 * request, and else, when there is none, by one more. */
int sh_git_refs_there(const char *dir, const struct sp_git_remote *remote,
                      const struct sh_git_watch *watch, bool is_none_expected,
                      struct sh_git_refs *refs, char **ret_head, struct sp_error *err);

/* Deletes the branches and tags of the mirror that the remote has not any more, before those
 * come that may need their names ("a" goes, "a/b" comes).  Heads of pull requests stay. */
int sh_git_refs_prune(const char *dir, const struct sh_git_refs *here,
                      const struct sh_git_refs *there, const struct sh_git_watch *watch,
                      int lock, struct sp_error *err);

/* To git, a page without a line feed (a login page with status 200) is a repository without
 * a ref.  Returns 0 only when the remote speaks as a Git server does. */
int sh_git_refs_confirm_none(const char *dir, const struct sp_git_remote *remote,
                             const struct sh_git_watch *watch, struct sp_error *err);

/* Makes HEAD name a branch ("refs/heads/main"). */
int sh_git_refs_set_head(const char *dir, const char *branch, struct sp_error *err);

#endif
