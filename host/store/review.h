/* review.h - pull requests and what happened in them, in the store
 *
 * A pull request is gathered aside, and replaces what is stored at its end, in one
 * transaction: half a set is never to be seen.
 */
#ifndef SH_REVIEW_H
#define SH_REVIEW_H

#include "store/history.h"

enum { SH_SHA_MAX = 65 }; /* bytes of a commit's id as text */

/* Copies the revision that is held of a pull request, "" when none is.  Returns 1 when it was
 * read since round_ms, else 0: after now_ms it was not, by a clock that was ahead. */
int sh_review_revision(const struct sh_scope *, int64_t number, int64_t round_ms,
                       int64_t now_ms, char *revision, size_t size, struct sp_error *);

/* The next that is held, see sp_sink.held_pull_request. */
int sh_review_held(const struct sh_scope *, int64_t after, int64_t since_ms, int64_t *number,
                   struct sp_error *);

/* Begin, then commits (by position from 0, the newest first) and activities, then end.
 * A begin forgets what was gathered and not ended. */
int sh_review_begin(const struct sh_scope *, struct sp_error *);
int sh_review_commit(const struct sh_scope *, int64_t number, int64_t position, const char *sha,
                     struct sp_error *);
/* A commit that the mirror may not have; kept with what REST tells of it. */
int sh_review_commit_facts(const struct sh_scope *, const struct sp_commit *,
                           struct sp_error *);
int sh_review_activity(const struct sh_scope *, int64_t number, const struct sp_activity *,
                       struct sp_error *);

/* What a pull request changes, between its merge base and its source's end. */
struct sh_review_size {
    bool known;
    int64_t files, insertions, deletions;
    bool is_pending; /* the mirror is still to tell it, and which commits */
    bool is_lost;    /* it cannot: which commits is not known either, and those stored stay */
};

/* Takes commits and size from what is stored, where that is of the very same commits: then
 * size->known is set. */
int sh_review_keep_commits(const struct sh_scope *, const struct sp_pull_request *,
                           struct sh_review_size *size, struct sp_error *);

int sh_review_end(const struct sh_scope *, const struct sp_pull_request *,
                  const struct sh_review_size *, int64_t now_ms, struct sp_error *);

/* One whose commits and size are still to be read from the mirror: as much of it as that needs.
 */
struct sh_review_pending {
    int64_t number;
    bool is_merged;
    char from_commit[SH_SHA_MAX], to_commit[SH_SHA_MAX];
    char merge_commit[SH_SHA_MAX]; /* or "" */
};
/* The next above `after`.  1: there is one; 0: there is none. */
int sh_review_next_pending(const struct sh_scope *, int64_t after, struct sh_review_pending *,
                           struct sp_error *);
/* What was gathered since sh_review_begin of its commits, and its size: now it is whole. */
int sh_review_put_pending(const struct sh_scope *, const struct sh_review_pending *,
                          const struct sh_review_size *, struct sp_error *);

/* Drops a pull request with all that belongs to it. */
int sh_review_drop(const struct sh_scope *, int64_t number, struct sp_error *);

/* Inside of the room: what is gathered goes into its place. */
int sh_review_put(const struct sh_scope *, const struct sp_pull_request *, int64_t now_ms,
                  struct sp_error *);

#endif
