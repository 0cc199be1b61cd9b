/* account.h - the account that a connection logs in as, which nobody may lock
 *
 * Servers lock an account after a few failed logins.  So the providers ask here before each
 * request with credentials: refusals are in the store before the next request goes out, and
 * no more requests are under way than the account has seats, over all processes.
 */
#ifndef SH_ACCOUNT_H
#define SH_ACCOUNT_H

#include "host.h"
#include "seats.h"
#include "store/refusal.h"

#include <pthread.h>

struct sh_account {
    struct sp_host services; /* what the provider gets of us, for this connection */
    struct sh_host *host;
    const char *connection;
    const struct source_provider *provider;
    const struct sp_values *values;
    bool is_typed;             /* a person has just entered the settings */
    char name[SP_ACCOUNT_MAX]; /* whom the server knows it as; "": see sh_account_name */

    pthread_mutex_t lock;   /* for what follows, which the first login opens */
    struct sh_store *store; /* its own: the host's may be within a transaction */
    struct sh_seats seats;
    struct sh_login login;
    char fingerprint[SP_FINGERPRINT_MAX];
    bool is_accepted;
    unsigned most;
    struct sh_refusal unsaved; /* the store could not take it yet; reason "": there is none */
    bool is_unsaved_clear;     /* the server said so */
    bool is_retired;           /* see sh_account_retire */
};

/* All is borrowed until sh_account_free. */
struct sh_account *sh_account_new(struct sh_host *, const char *connection,
                                  const struct source_provider *, const struct sp_values *);
void sh_account_free(struct sh_account *);

/* The name under which the store keeps it, borrowed. */
int sh_account_name(struct sh_account *, const char **ret, struct sp_error *);

/* Finds out who it is, of the live connection that was opened with the services. */
int sh_account_identify(struct sh_account *, struct sp_connection *, struct sp_error *);

/* SP_ERR_LOGIN with the reason when the login must not be tried; asks no server. */
int sh_account_may_login(struct sh_account *, struct sp_error *);

/* Its settings were replaced: no request is let go with them any more, and what is under way is
 * cancelled with its next one. */
void sh_account_retire(struct sh_account *);
/* How a call ended: one that failed with settings that were replaced has only been cancelled.
 */
int sh_account_excuse(struct sh_account *, int rc, struct sp_error *);

/* How many requests at once the provider asks for; 0 until its first. */
unsigned sh_account_most(struct sh_account *);

/* How many requests this thread was let send, ever, of all accounts. */
int64_t sh_account_requests(void);

/* From here on this thread's requests are for work that was claimed as that worker
 * (presence.h), and are refused once we are another; 0: for anything. */
void sh_account_work_as(int64_t worker);

/* The server asked to wait until then: other machines hear of it, too. */
void sh_account_limited(struct sh_account *, int64_t until_ms);

/* A call has ended: nothing waits any more. */
void sh_account_rest(struct sh_account *);

#endif
