/* rate.h - how fast an account may ask, over all processes and machines that log in as it
 *
 * Its row holds the state of sp_rate_take, and what the server said of its limit.  Nothing is
 * written where nothing is limited.
 */
#ifndef SH_RATE_H
#define SH_RATE_H

#include "store/store.h"

/* As sp_host.rate_enter: 1, or 0 with *ret_wait_ms. */
int sh_rate_enter(struct sh_store *, int64_t account, struct sp_rate *, int64_t *ret_wait_ms,
                  struct sp_error *);

#endif
