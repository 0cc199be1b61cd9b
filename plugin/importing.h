/* importing.h - the state of one running import, shared by its parts
 *
 * Walk, queue and sets get it in turn. It lives as long as one call of import.
 */
#ifndef BB_IMPORTING_H
#define BB_IMPORTING_H

#include "cursor.h"
#include "faults.h"
#include "idset.h"
#include "pull_request_set.h"

enum { BB_QUEUE_MAX = 2 * 64 /* twice the most that max_concurrency can be */ };

struct bb_importing {
    struct bb_call *call;
    const struct sp_sink *sink;
    struct sp_error *err;
    const struct bb_settings *settings;
    int64_t repository_id;
    struct bb_repository repository;
    int64_t now_ms; /* when the import began */
    bool full;      /* everything is read, whatever the revisions say */
    struct bb_cursor before, after;
    struct bb_idset seen, people;       /* pull requests and persons that were met */
    struct bb_set *queue[BB_QUEUE_MAX]; /* a ring: the first is delivered next */
    unsigned first, n;
    struct bb_faults faults;
    struct sp_progress progress;
};

void bb_importing_tell_progress(const struct bb_importing *);

/* The server was asked for this one and said, in *err, that it does not exist. */
int bb_importing_tell_gone(struct bb_importing *, int64_t number);

/* Leaves out the pull request that *err tells of, where that is a fault of its own: as
 * bb_faults_note does.  Of a lost connection the server is asked, whether it still answers
 * others. */
int bb_importing_leave_out(struct bb_importing *, int64_t number, int rc);

/* Asks whose the path is; as bb_importing_check_id says. */
int bb_importing_ask_for_id(const struct bb_importing *);

/* A path may be another repository's by now: moved away, deleted, its name used again.
 * SP_ERR_NOT_FOUND unless `id`, where an answer told one, is the repository's. */
int bb_importing_check_id(const struct bb_importing *, int64_t id);

#endif
