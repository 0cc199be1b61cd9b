/* importing.h - the state of one running import, shared by its parts
 *
 * The callbacks of a sink get it as context. It lives as long as one call of the provider.
 */
#ifndef SH_IMPORTING_H
#define SH_IMPORTING_H

#include "host.h"
#include "ingest/telling.h"
#include "store/journal.h"

struct sh_importing {
    struct sh_scope scope;
    int64_t worker;   /* as which it was claimed */
    const char *path; /* of the repository, for people */
    char *mirror;     /* directory */
    struct sh_telling telling;
    const struct sh_host *host;
    bool is_short; /* of room on the disk: it ends */
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

/* For sinks and Git, with the importing as context: whether to give up. */
int sh_importing_cancelled(void *importing);

#endif
