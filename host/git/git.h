/* git.h - the git program as the host uses it
 *
 * A mirror is a bare repository in the data directory that follows one remote
 * repository: its branches, tags and heads of pull requests.  Everything that the host tells
 * of commits is read from there.  Functions return 0 or a negative enum sp_code and
 * fill err; a callback's non-zero value ends the call and is returned unchanged.
 */
#ifndef SH_GIT_H
#define SH_GIT_H

#include "source_provider.h"

/* Objects are missing or cannot be read: what was fetched once must be fetched again. */
#define SH_ERR_MIRROR_DAMAGED (SP_ERR_HOST - 1)

/* What a call may ask and tell while git works.  Both callbacks may be NULL. */
struct sh_git_watch {
    void *ctx;
    int (*cancelled)(void *ctx); /* asked at least once a second; non-zero ends git */
    /* git's own words for what it does ("Receiving objects") and how far it is, 0..100 */
    void (*progress)(void *ctx, const char *what, unsigned percent);
    /* How long a git that talks to a server may take; 0: a day.  One that sends a byte now and
     * then is never too slow for git. */
    int64_t longest_ms;
};

/* One ref of a mirror. `name` is whole ("refs/heads/main"); `sha` is the commit that it
 * means: of an annotated tag, the commit it was put on. */
struct sh_git_ref {
    const char *name;
    const char *sha;
};
typedef int (*sh_git_ref_fn)(void *ctx, const struct sh_git_ref *ref);

/* How much changed. */
struct sh_git_size {
    int64_t files, insertions, deletions;
};

struct sh_git_commit {
    const char *sha;
    const char *parents; /* separated by one blank, "" for a root */
    const char *author_name, *author_email;
    int64_t authored_ms;
    const char *author_tz; /* "+0200" */
    const char *committer_name, *committer_email;
    int64_t committed_ms;
    const char *subject;
    struct sh_git_size size; /* of the diff against the only parent; 0 for a merge */
};
typedef int (*sh_git_commit_fn)(void *ctx, const struct sh_git_commit *commit);
typedef int (*sh_git_sha_fn)(void *ctx, const char *sha);

/* Makes or updates the mirror in directory `dir` so that its branches, tags and HEAD are
 * those of the remote, and the heads of pull requests those that it ever offered.  Objects that
 * were once fetched stay, whatever becomes of their branch.  A damaged mirror is made anew. The
 * authorization is in no argument, URL, file or log. */
int sh_git_fetch(const char *dir, const struct sp_git_remote *remote,
                 const struct sh_git_watch *watch, struct sp_error *err);

/* Removes a mirror and all that is beside it, once no git works in it any more. */
int sh_git_remove(const char *dir, const struct sh_git_watch *watch, struct sp_error *err);
/* The same of a directory alone.  Beside a directory of mirrors stand those of others, whose
 * names may end as what is beside a mirror does. */
int sh_git_remove_directory(const char *dir, const struct sh_git_watch *watch,
                            struct sp_error *err);

/* Removes what was left half done in a mirror and beside it: its room may be needed.  Where a
 * git still works nothing is removed, and nobody waits for it. */
void sh_git_sweep(const char *dir);

/* Says that what was read of a mirror failed with SH_ERR_MIRROR_DAMAGED: the next fetch makes
 * it anew, and replaces it when the new one is whole. */
int sh_git_suspect(const char *dir, struct sp_error *err);

/* Which mirror it is: another text when it was made anew, "" when there is none.  It asks for
 * no memory, and fails where it cannot tell: who took that for another mirror would read it all
 * anew. */
#define SH_GIT_ID_MAX 64
int sh_git_identity(const char *dir, char id[SH_GIT_ID_MAX], struct sp_error *err);

/* Every branch and tag, in git's order, then every head of a pull request that the server ever
 * offered.  A tag on anything but a commit is left out. */
int sh_git_refs(const char *dir, const struct sh_git_watch *watch, sh_git_ref_fn fn, void *ctx,
                struct sp_error *err);

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
                 const struct sh_git_watch *watch, uint64_t *ret_count, struct sp_error *err);

/* The commits that `from` reaches and `to` does not, newest first. */
int sh_git_range(const char *dir, const char *from, const char *to,
                 const struct sh_git_watch *watch, sh_git_sha_fn fn, void *ctx,
                 struct sp_error *err);

/* Where two commits parted, and how much `from` changed since; of many pairs at once, which
 * costs two processes for all of them.  Of a pair without a base, or of which the mirror lacks
 * a commit, n_bases and the size are 0; of one with several bases the first counts. */
struct sh_git_pair {
    const char *from, *to;
    char base[65]; /* what they have in common */
    unsigned n_bases;
    struct sh_git_size size;
};
#define SH_GIT_PAIRS_MAX 64 /* at once */
int sh_git_pairs(const char *dir, struct sh_git_pair *pair, size_t n,
                 const struct sh_git_watch *watch, struct sp_error *err);

#endif
