/* login.h - whether the server takes us for whom we are
 *
 * Bitbucket answers anonymous requests too, with 200 and less in it.  So every answer must
 * name the account in X-AUSERNAME (observed on all authenticated answers, also 4xx).
 * Where something in between removes that header, the listing /users, which only an
 * authenticated user may call (documented), is the proof instead.
 */
#ifndef BB_LOGIN_H
#define BB_LOGIN_H

#include "answer.h"

struct bb_call;

/* Judges an answer to a request with credentials, whose outcome so far is rc (0, or err
 * filled).  Returns rc, or SP_ERR_LOGIN with err filled where the answer proves nothing.
 * `is_proof`: the answer itself proves that somebody is logged in. */
int bb_login_judge(struct sp_instance *, const struct bb_answer *, bool is_proof, int rc,
                   struct sp_error *err);

/* Makes sure that the login was accepted once, by asking /users when it was not: the
 * first request of an instance. */
int bb_login_prove(struct bb_call *, struct sp_error *err);

/* After a listing: where only /users proves the login, asks it again, so that a listing
 * that turned anonymous on its way is not taken for a whole one. */
int bb_login_confirm(struct bb_call *, struct sp_error *err);

#endif
