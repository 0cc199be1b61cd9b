/* pull_request_walk.h - through the pull requests of a repository, as far as is needed
 *
 * The server lists by updatedDate, newest first (inferred from several clients that rely on
 * it; no document says so).  So a listing may end early: after a whole page that is in order,
 * unchanged, and older than all that was not seen before.  Where one page is out of order the
 * whole is read, now and at the next imports.
 */
#ifndef BB_PULL_REQUEST_WALK_H
#define BB_PULL_REQUEST_WALK_H

#include "importing.h"

struct bb_walk {
    struct bb_importing *importing;
    struct bb_listing listing;
    struct json_object *first_element; /* read ahead, to prove the path */
    bool may_stop;                     /* early */
    bool again;                        /* everything was seen already, look for changes */
    /* as far as it came */
    bool page_unchanged, ordered, stopped;
    int64_t newest_ms, last_ms; /* updatedDate */
    int64_t until_ms;           /* not to stop before this one */
    int64_t highest;            /* number */
    int64_t n_older;            /* left out by history_since */
};

/* Of all pull requests, or of the open ones.  bb_walk_clear in any case. */
void bb_walk_init(struct bb_walk *, struct bb_importing *, bool open_only);
void bb_walk_clear(struct bb_walk *);

/* 1: *ret is the next element, 0: there is none any more. */
int bb_walk_next(struct bb_walk *, struct json_object **ret);

/* Sends what is new to the queue. */
int bb_walk_run(struct bb_walk *);

/* Asks for one pull request by its number, and does as bb_walk_run with it; tells the host
 * when the server does not have it any more. */
int bb_walk_one(struct bb_importing *, int64_t number);

#endif
