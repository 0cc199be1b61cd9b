/* importing.h - the state of one running import, shared by its parts
 *
 * The callbacks of a sink get it as context. It lives as long as one call of the provider.
 */
#ifndef SH_IMPORTING_H
#define SH_IMPORTING_H

#include "connections.h"
#include "ingest/telling.h"
#include "store/journal.h"
#include "trace.h"

/* Who brings which pull requests, where several workers share it (sharing.h). */
struct sh_sharing {
    unsigned char *whose; /* each part, as far as it is known; NULL: none is */
    unsigned n_new;       /* new ones that were met */
    bool is_open;         /* others may join */
    bool has_left;        /* something was left to them */
    bool is_known_read;   /* all that the store has was gone through once */
};

struct sh_importing {
    struct sh_scope scope;
    int64_t worker; /* as which we are at it */
    bool helps;     /* the claim is another's */
    bool has_git;   /* the mirror was read into the store */
    struct sh_sharing sharing;
    struct sh_ranges *ranges; /* see there; NULL: none were added */
    const char *path;         /* of the repository, for people */
    char *mirror;             /* directory */
    struct sh_telling telling;
    const struct sh_host *host;
    struct sp_error shortage; /* of room on the disk, which ends it; code 0: there is none */
    int64_t looked_ticks;
    struct sh_run *run;
    struct sp_error err; /* why a callback ended the import */
    /* the pull request between begin and end */
    int64_t number, position, pending_activities;
};

/* Something happened in the repository then. */
static inline void sh_importing_saw(struct sh_importing *importing, int64_t ms)
{
    if (ms > importing->run->changed_ms)
        importing->run->changed_ms = ms;
}

/* Calls the provider, and says why it ended when that was the host's doing. */
int sh_importing_call(struct sh_importing *, struct sh_connection *, const struct sp_import *,
                      const struct sp_sink *, struct sp_error *);

/* The span of the whole import, or of the help with one (trace.h). */
void sh_importing_trace(const struct sh_importing *, int64_t began_ns, int rc);

/* For sinks and Git, with the importing as context: whether to give up. */
int sh_importing_cancelled(void *importing);

#endif
