/* breaker.h - a refused login stops every call that would repeat it, in all processes
 *
 * Servers lock an account after a few failed logins.  So a refusal is written into the store
 * at once, and read before a connection is used.
 */
#ifndef SH_BREAKER_H
#define SH_BREAKER_H

#include "connections.h"

/* Before a connection is used: when its account's login was refused and nothing has changed
 * since, the connection is told, and its calls fail with SP_ERR_LOGIN without a request.
 * Negative only when the store fails. */
int sh_breaker_check(struct sh_host *, struct sh_connection *, struct sp_error *);

/* After a call that returned rc, with err filled: notes a refusal.  Returns rc, or the
 * store's error. */
int sh_breaker_note(struct sh_host *, struct sh_connection *, int rc, struct sp_error *err);

/* Forgets the refusal of the connection's account. */
int sh_breaker_resume(struct sh_host *, struct sh_connection *, struct sp_error *);

#endif
