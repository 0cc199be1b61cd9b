/* telling.h - how far a listing or an import is: on the terminal, and in its job for `status`
 *
 * The job's row is written once a second at most; a change of state is told at once.
 */
#ifndef SH_TELLING_H
#define SH_TELLING_H

#include "account.h"
#include "progress.h"
#include "store/job.h"

struct sh_telling {
    struct sh_scope scope;
    struct sh_account *account;
    const char *subject; /* what is worked on, for people */
    struct sh_progress *progress;
    const char *state; /* told last */
    int64_t told_ms;   /* by the clock for waiting */
    int64_t until_ms;  /* until then the server wants no more requests */
};

/* `state` is listing, fetching or importing, `what` a plural noun; total 0: not known. */
void sh_tell(struct sh_telling *, const char *state, const char *what, uint64_t done,
             uint64_t total);

/* The server asked to wait until then. */
void sh_tell_wait(struct sh_telling *, int64_t until_ms, const struct sp_error *why);

#endif
