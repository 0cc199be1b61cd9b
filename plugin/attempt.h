/* attempt.h - one attempt of a request: what is asked of libcurl, and what it brings */
#ifndef BB_ATTEMPT_H
#define BB_ATTEMPT_H

#include "request.h"

/* Makes request->easy, which takes the answer as it comes. */
int bb_attempt_prepare(struct bb_request *, struct sp_error *err);

#endif
