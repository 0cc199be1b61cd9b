/* claim.h - one at a time: a listing of a connection, an import of a repository
 *
 * Between threads and processes by a lock, which who dies leaves; between machines that share a
 * store by the job's row, too, which who is not heard of loses.
 */
#ifndef SH_CLAIM_H
#define SH_CLAIM_H

#include "host.h"
#include "store/scope.h"

struct sh_claim {
    int file;       /* -1: nothing is claimed */
    int64_t worker; /* as which it was claimed, where machines share the store; else 0 */
    struct sh_presence *presence; /* of the same; else NULL */
    struct sh_scope scope;        /* what for; connection is borrowed */
};

#define SH_CLAIM_NONE ((struct sh_claim){.file = -1})

/* repository_id 0: the connection's listing.  1: it is ours until sh_claim_give; 0: somebody
 * else works on it; negative: error. */
int sh_claim_take(struct sh_host *, const char *connection, int64_t repository_id,
                  struct sh_claim *ret, struct sp_error *);
/* The same when the row is ours already (lease.h), under that fence; when it returns 0 or an
 * error, the row was given back. */
int sh_claim_take_fenced(struct sh_host *, const struct sh_scope *, int64_t worker,
                         struct sh_claim *ret, struct sp_error *);
void sh_claim_give(struct sh_claim *);
/* Gives the row back that was claimed without a lock (lease.h); where it is this process or
 * machine that cannot do it now, it is not due for a moment, since others are due, too. */
void sh_claim_give_row(struct sh_presence *, const struct sh_scope *);
void sh_claim_postpone_row(struct sh_presence *, const struct sh_scope *);

/* Whether anything is claimed in the store that is this machine's own, of that file. */
bool sh_claim_any_is_taken(const char *store);
/* A claim without a lock has failed: where its answer was lost, we may hold what nobody is
 * at. */
void sh_claim_failed(struct sh_host *);

/* Takes it when it comes free, and says on whom it waits; SP_ERR_CANCELLED when the program
 * is to stop first. */
int sh_claim_wait(struct sh_host *, const char *connection, int64_t repository_id,
                  struct sh_claim *ret, struct sp_error *);

#endif
