/* session.h - logins: a token becomes a signed cookie, and that a session
 *
 * The cookie is "ID.EXPIRY.SIGNATURE", so that a restart logs nobody out.  It is good as long
 * as its token is there, and until its logout.
 */
#ifndef SH_SESSION_H
#define SH_SESSION_H

#include "web/request.h"

/* Reads the installation's key, and names the cookie by it. */
int sh_session_begin(struct sh_web *, struct sp_error *);

/* Who asks, by cookie or by Authorization: Bearer; session.is_there tells whether somebody is.
 * Not 0: that could not be found out. */
int sh_session_read(struct sh_request *, struct sp_error *);

/* Whether one that was read some time ago is still good. */
int sh_session_check(struct sh_web *, const struct sh_session *, bool *ret, struct sp_error *);

/* Logs in with a token: puts the cookie into the request's answer.  SP_ERR_LOGIN: there is no
 * such token. */
int sh_session_open(struct sh_request *, const char *token, struct sp_error *);
/* Logs out. */
int sh_session_close(struct sh_request *, struct sp_error *);

/* What a change must bring in X-CSRF-Token. */
int sh_session_csrf(const struct sh_request *, char csrf[SH_PROOF_MAX], struct sp_error *);

#endif
