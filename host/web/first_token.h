/* first_token.h - makes tokens, the first one of an installation by itself */
#ifndef SH_FIRST_TOKEN_H
#define SH_FIRST_TOKEN_H

#include "web/request.h"

/* Makes a token of that name, and writes it, once, to `token`, which the caller wipes. */
int sh_token_make(struct sh_store *, const char *name, bool can_change,
                  char token[SH_PROOF_MAX], struct sp_error *);

/* Where there is no token yet: makes one, and tells its URL to whoever reads stderr. */
int sh_first_token(struct sh_web *, struct sp_error *);

#endif
