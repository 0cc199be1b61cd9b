/* access.h - who may open the page: tokens, and what their sessions are signed with
 *
 * Of a token only its hash is kept.  A session is no row: it is signed, and good as long as its
 * token is there; only one that was ended before its time is.
 */
#ifndef SH_STORE_ACCESS_H
#define SH_STORE_ACCESS_H

#include "store/store.h"

enum { SH_TOKEN_ID_MAX = 24, SH_TOKEN_NAME_MAX = 64, SH_ACCESS_KEY_MAX = 72 };

struct sh_token_row {
    char id[SH_TOKEN_ID_MAX]; /* "": there is none */
    char name[SH_TOKEN_NAME_MAX];
    bool can_change;
    int64_t created_ms;
};

/* SP_ERR_INVALID where one of that name is there. */
int sh_token_add(struct sh_store *, const struct sh_token_row *, const char *hash,
                 struct sp_error *);
int sh_token_find(struct sh_store *, const char *hash, struct sh_token_row *ret,
                  struct sp_error *);
int sh_token_read(struct sh_store *, const char *id, struct sh_token_row *ret,
                  struct sp_error *);
/* SP_ERR_INVALID where there is none of that name. */
int sh_token_remove(struct sh_store *, const char *name, struct sp_error *);

typedef int (*sh_token_fn)(void *ctx, const struct sh_token_row *);
/* By name. */
int sh_tokens_list(struct sh_store *, sh_token_fn fn, void *ctx, struct sp_error *);

/* The installation's key; where it has none yet, `candidate` becomes it. */
int sh_access_key(struct sh_store *, const char *candidate, char *key, size_t size,
                  struct sp_error *);

/* A session that is good until then ends now; forgets those that would have ended by now. */
int sh_session_end(struct sh_store *, const char *proof, int64_t until_ms, int64_t now_ms,
                   struct sp_error *);
int sh_session_is_ended(struct sh_store *, const char *proof, bool *ret, struct sp_error *);

#endif
