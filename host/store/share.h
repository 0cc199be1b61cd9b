/* share.h - an account's requests in flight, shared by the workers of all machines
 *
 * Each worker that has requests to make holds a share of the seats that the account has, and
 * counts its own requests against it.  All shares together are never more than the seats.
 */
#ifndef SH_SHARE_H
#define SH_SHARE_H

#include "store/store.h"

/* One worker's share of one account. */
struct sh_share {
    int64_t account, worker;
    int64_t most;   /* the account's seats */
    int64_t in_use; /* or may be at any moment: it does not become smaller than that */
    int64_t seats;  /* the share; comes out */
    int64_t aim;    /* what it is to become, now that so many want one; comes out */
    int64_t limited_until_ms; /* the server has asked to wait; comes out, 0: it has not */
};

/* Makes the share as large as it is to be, as far as others have left room. */
int sh_share_renew(struct sh_store *, struct sh_share *, struct sp_error *);
int sh_share_leave(struct sh_store *, const struct sh_share *, struct sp_error *);
/* What a worker has of any account is another's: the same process, entered anew. */
int sh_share_pass(struct sh_store *, int64_t from, int64_t to, struct sp_error *);

/* One worker at a time proves an account's login.  1: it is our turn, 0: it is not. */
int sh_share_prove(struct sh_store *, int64_t account, int64_t worker, struct sp_error *);
int sh_share_proven(struct sh_store *, int64_t account, int64_t worker, struct sp_error *);

/* The server has asked the account to wait until then. */
int sh_share_limited(struct sh_store *, int64_t account, int64_t until_ms, struct sp_error *);

#endif
