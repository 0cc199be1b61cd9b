/* identity.h - whether an answer is one to whom we are
 *
 * Bitbucket answers anonymous requests too, with 200 and less in it.  So every answer must
 * name the account in X-AUSERNAME (observed on all authenticated answers, also 4xx).
 */
#ifndef BB_IDENTITY_H
#define BB_IDENTITY_H

#include "answer.h"

/* Judges an answer to a request with credentials, whose outcome so far is rc (0, or err
 * filled).  Returns rc, or SP_ERR_LOGIN with err filled where the answer proves nothing.
 * `is_proof`: the answer itself proves that somebody is logged in. */
int bb_identity_judge(struct sp_instance *, const struct bb_answer *, bool is_proof, int rc,
                      struct sp_error *err);

#endif
