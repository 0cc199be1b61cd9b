/* review.h - people, pull requests and what happened in them, in the store
 *
 * A pull request is gathered aside, and replaces what is stored at its end, in one
 * transaction: half a set is never to be seen.
 */
#ifndef SH_REVIEW_H
#define SH_REVIEW_H

#include "store/history.h"

int sh_review_revision(const struct sh_scope *, int64_t number, char *revision, size_t size,
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
int sh_review_end(const struct sh_scope *, const struct sp_pull_request *, struct sp_error *);

#endif
