/* git.h - the git program as the host uses it
 *
 * A mirror is a bare repository in the data directory that follows one remote
 * repository: its branches and tags, nothing else.  Everything that the host tells
 * of commits is read from there.  Functions return 0 or a negative enum sp_code and
 * fill err; a callback's non-zero value ends the call and is returned unchanged.
 */
#ifndef SH_GIT_H
#define SH_GIT_H

#include "source_provider.h"

/* What a call may ask and tell while git works.  Both callbacks may be NULL. */
struct sh_git_watch {
    void *ctx;
    int (*cancelled)(void *ctx); /* asked at least once a second; non-zero ends git */
    /* git's own words for what it does ("Receiving objects") and how far it is, 0..100 */
    void (*progress)(void *ctx, const char *what, unsigned percent);
};

/* One ref of a mirror. `name` is whole ("refs/heads/main"); `sha` is the commit that it
 * means: of an annotated tag, the commit it was put on. */
struct sh_git_ref {
    const char *name;
    const char *sha;
};
typedef int (*sh_git_ref_fn)(void *ctx, const struct sh_git_ref *ref);

struct sh_git_commit {
    const char *sha;
    const char *parents; /* separated by one blank, "" for a root */
    const char *author_name, *author_email;
    int64_t authored_ms;
    const char *author_tz; /* "+0200" */
    const char *committer_name, *committer_email;
    int64_t committed_ms;
    const char *subject;
    /* of the diff against the only parent; 0 for a merge */
    int64_t files, insertions, deletions;
};
typedef int (*sh_git_commit_fn)(void *ctx, const struct sh_git_commit *commit);
typedef int (*sh_git_sha_fn)(void *ctx, const char *sha);

/* Makes or updates the mirror in directory `dir` so that its branches, tags and HEAD are
 * those of the remote.  Objects that were once fetched stay, whatever becomes of their
 * branch.  The authorization is in no argument, URL, file or log. */
int sh_git_fetch(const char *dir, const struct sp_git_remote *remote,
                 const struct sh_git_watch *watch, struct sp_error *err);

/* Every branch and tag, in git's order.  A tag on anything but a commit is left out. */
int sh_git_refs(const char *dir, sh_git_ref_fn fn, void *ctx, struct sp_error *err);

/* Short name of the branch that HEAD names ("main"), born or not; the caller frees it. */
int sh_git_default_branch(const char *dir, char **ret_name, struct sp_error *err);

/* Every commit that `wanted` reaches and `known` does not, each once, parents after their
 * children.  Both are NULL-ended lists; names in `known` that the mirror lacks are
 * ignored. */
int sh_git_log(const char *dir, const char *const *wanted, const char *const *known,
               const struct sh_git_watch *watch, sh_git_commit_fn fn, void *ctx,
               struct sp_error *err);

/* How many commits sh_git_log would tell, for a progress line. */
int sh_git_count(const char *dir, const char *const *wanted, const char *const *known,
                 uint64_t *ret_count, struct sp_error *err);

/* The commits that `from` reaches and `to` does not, newest first. */
int sh_git_range(const char *dir, const char *from, const char *to, sh_git_sha_fn fn, void *ctx,
                 struct sp_error *err);

#endif
