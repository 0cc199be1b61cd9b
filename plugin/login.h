/* login.h - proving once that the server takes us for whom we are
 *
 * Where something between us and the server removes X-AUSERNAME (identity.h), the listing
 * /users, which only an authenticated user may call (documented), is the proof instead.
 */
#ifndef BB_LOGIN_H
#define BB_LOGIN_H

#include "transport.h"

/* Makes sure that the login was accepted once, by asking /users when it was not: the
 * first request of an instance. */
int bb_login_prove(struct bb_call *, struct sp_error *err);

/* Asks it in any case: whether the server answers us at all. */
int bb_login_ask(struct bb_call *, struct sp_error *err);

/* After a listing: where only /users proves the login, asks it again, so that a listing
 * that turned anonymous on its way is not taken for a whole one. */
int bb_login_confirm(struct bb_call *, struct sp_error *err);

#endif
