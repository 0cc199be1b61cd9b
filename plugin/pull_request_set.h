/* pull_request_set.h - one pull request with its commits and activities
 *
 * A set is asked for early and handed over later: between the two, its first pages are on
 * their way beside those of other sets.  It holds at most a page of each.
 */
#ifndef BB_PULL_REQUEST_SET_H
#define BB_PULL_REQUEST_SET_H

#include "faults.h"
#include "idset.h"
#include "record.h"
#include "resource.h"

struct bb_set {
    struct json_object *element; /* of the listing; the record borrows from it */
    struct bb_arena arena;
    struct sp_pull_request record;
    struct bb_listing activities, commits;
    char *web_url;
    struct bb_idset sent;  /* commits, by the first 64 bits of their names */
    int64_t comments;      /* counted while they pass */
    char merge_commit[80]; /* from the MERGED activity */
};

/* Starts the requests for a set; takes over `element` and `arena`, which hold what `record`
 * borrows.  bb_set_free in any case. */
int bb_set_start(struct bb_call *, const struct bb_repository *, struct json_object *element,
                 struct bb_arena *arena, const struct sp_pull_request *record,
                 struct bb_set **ret, struct sp_error *err);

/* Waits for the set and hands it over: begin, commits, activities, end.  Records with faults
 * are left out of it; then it is partial, and has no revision, so that it is read again. */
int bb_set_deliver(struct bb_set *, const struct sp_sink *, struct bb_faults *,
                   struct sp_error *err);

/* Whether what bb_set_deliver returned means that the pull request was deleted meanwhile. */
bool bb_set_is_gone(const struct bb_set *, int rc);

void bb_set_free(struct bb_set *);

#endif
