/* claim.h - one at a time: a listing of a connection, an import of a repository
 *
 * Between processes of one store and between threads of one process.  Who dies leaves it.
 */
#ifndef SH_CLAIM_H
#define SH_CLAIM_H

#include "host.h"

struct sh_claim {
    int file; /* -1: nothing is claimed */
};

/* repository_id 0: the connection's listing.  1: it is ours until sh_claim_give; 0: somebody
 * else works on it; negative: error. */
int sh_claim_take(struct sh_host *, const char *connection, int64_t repository_id,
                  struct sh_claim *ret, struct sp_error *);
void sh_claim_give(struct sh_claim *);

/* Takes it when it comes free, and says on whom it waits; SP_ERR_CANCELLED when the program
 * is to stop first. */
int sh_claim_wait(struct sh_host *, const char *connection, int64_t repository_id,
                  struct sh_claim *ret, struct sp_error *);

#endif
