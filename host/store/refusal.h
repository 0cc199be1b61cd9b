/* refusal.h - refused logins, for every process to see
 *
 * A refusal concerns an account of a server: all connections that log in as it stop, each
 * until its own settings change, or somebody says resume.
 */
#ifndef SH_REFUSAL_H
#define SH_REFUSAL_H

#include "store/store.h"

struct sh_refusal {
    char fingerprint[SP_FINGERPRINT_MAX]; /* of this connection's settings then; "": it was
                                             not concerned yet */
    char reason[512];                     /* "": there is no refusal */
    char cause[32];
    int64_t since_ms;
    bool released; /* these settings were not refused yet */
};

/* What is known of the account, and of this connection's part in it. */
int sh_refusal_read(struct sh_store *, const char *account, const char *connection,
                    struct sh_refusal *ret, struct sp_error *);

/* Notes for one connection that it is refused, or released. */
int sh_refusal_put(struct sh_store *, const char *account, const char *connection,
                   const struct sh_refusal *, struct sp_error *);

/* A new refusal concerns the account's other connections as well, also those that were released
 * from one before. */
int sh_refusal_spread(struct sh_store *, const char *account, const char *connection,
                      const struct sh_refusal *, struct sp_error *);

/* Forgets the refusal, for all connections of the account. */
int sh_refusal_clear(struct sh_store *, const char *account, struct sp_error *);

#endif
