/* history.h - refs and commits of a repository in the store
 *
 * A commit is stored once, however many refs reach it, and marked as reachable while a branch
 * or tag does: refs and marks change in one transaction.
 */
#ifndef SH_HISTORY_H
#define SH_HISTORY_H

#include "git/git.h"
#include "store/scope.h"

/* Which refs are meant: branches and tags, or the heads of pull requests. */
enum sh_refs { SH_BRANCHES_AND_TAGS, SH_PULL_REQUEST_HEADS };

/* Commits of the mirror are gathered aside, and put in place together by a flush, so that no
 * transaction is open while git works.  A begin, which follows one of refs, forgets what was
 * gathered and not flushed.  `is_reachable` marks a commit at once. */
int sh_history_begin(const struct sh_scope *, struct sp_error *);
int sh_history_commit(const struct sh_scope *, const struct sh_git_commit *, bool is_reachable,
                      struct sp_error *);
int sh_history_flush(const struct sh_scope *, struct sp_error *);

/* Where no refs are stored nothing is reachable: takes back the marks that a reading has left
 * which never came to its refs. */
int sh_history_unmark(const struct sh_scope *, struct sp_error *);

/* Copies the first parent of a stored commit, "" when it has none or is not known. */
int sh_history_first_parent(const struct sh_scope *, const char *sha, char *parent, size_t size,
                            struct sp_error *);

/* Gives the commits from `from` on (position 0) to the one before `base`, where each has one
 * parent and that way leads to `base`.  1: it does not, or not all of them are stored, and none
 * was given. */
typedef int (*sh_link_fn)(void *ctx, const char *sha, int64_t position);
int sh_history_chain(const struct sh_scope *, const char *from, const char *base, sh_link_fn fn,
                     void *ctx, struct sp_error *);

/* The mirror is a new one, of that identity: what is stored of commits stays, but is in the
 * mirror only when it is read from there again. */
int sh_history_renew(const struct sh_scope *, const char *mirror_id, struct sp_error *);

/* 1: the commit is in the mirror, 0: it is not, negative: error. */
int sh_history_has(const struct sh_scope *, const char *sha, struct sp_error *);

/* The names of all refs' commits, as they were when all that they reach was stored: a
 * NULL-ended list, each once; freed by sh_history_free_list. */
int sh_history_tips(const struct sh_scope *, enum sh_refs, char ***ret, struct sp_error *);
void sh_history_free_list(char **tips);

/* Refs are gathered aside, and with them the commits that branches and tags reach now, and
 * those that none of them reaches any more.  They replace those that are stored when all that
 * they reach is stored, in a transaction of the caller's.  A begin forgets what was gathered.
 */
int sh_history_refs_begin(const struct sh_scope *, struct sp_error *);
int sh_history_ref(const struct sh_scope *, const struct sh_git_ref *, struct sp_error *);
int sh_history_mark(const struct sh_scope *, const char *sha, bool is_reachable,
                    struct sp_error *);
int sh_history_refs_put(const struct sh_scope *, enum sh_refs, struct sp_error *);

#endif
