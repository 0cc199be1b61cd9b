/* refusal.h - refused logins, for every process to see
 *
 * A refusal concerns an account of a server: all connections that log in as it stop, each
 * until its own settings change, or somebody says resume.  Settings that were refused once are
 * not tried again, however often they change in between.
 */
#ifndef SH_REFUSAL_H
#define SH_REFUSAL_H

#include "store/store.h"

struct sh_account_row {
    int64_t number;
    char salt[SP_SALT_MAX]; /* of its connections' fingerprints */
};

struct sh_refusal {
    char reason[512]; /* "": there is none that concerns these settings */
    char cause[32];
    int64_t since_ms;
    char connection[64]; /* whose login it was */
};

/* Who logs in: an account, by a connection with settings of that fingerprint. */
struct sh_login {
    int64_t account;
    const char *connection, *fingerprint;
};

/* The row of an account, made where there is none. */
int sh_account_row(struct sh_store *, const char *name, struct sh_account_row *ret,
                   struct sp_error *);

/* Whether the login must not be tried.  `is_typed`: a person has just entered these settings,
 * so that only what was refused itself counts, and not what was there when another was. */
int sh_refusal_read(struct sh_store *, const struct sh_login *, bool is_typed,
                    struct sh_refusal *ret, struct sp_error *);

/* Notes that the login was refused; `is_certain`: the server said so. Others only count when
 * they come again and again. */
int sh_refusal_note(struct sh_store *, const struct sh_login *, const struct sh_refusal *,
                    bool is_certain, struct sp_error *);

/* Fails where the store takes nothing, as on a full disk: there no refusal could be kept. */
int sh_refusal_try(struct sh_store *, const struct sh_login *, struct sp_error *);

/* The login was accepted: what was not certain is forgotten. */
int sh_refusal_accepted(struct sh_store *, const struct sh_login *, struct sp_error *);

/* Whether a login of that connection was ever refused, and not resumed. */
int sh_refusal_is_known(struct sh_store *, const char *connection, bool *ret,
                        struct sp_error *);

/* Forgets the refusals of the account (NULL: not known), and of those that the connection ever
 * logged in as. */
int sh_refusal_clear(struct sh_store *, const char *account, const char *connection,
                     struct sp_error *);

#endif
