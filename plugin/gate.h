/* gate.h - what all calls on one instance share: login state, requests in flight, rate
 *
 * Bitbucket locks an account behind a CAPTCHA after a few failed logins, and each request
 * with a wrong password is one.  So the first request of an instance goes alone; until the
 * server has accepted it nothing else is sent; and once the server has refused, nothing is
 * sent any more.  The host, where it keeps the account's logins (sp_host.login_enter), has a
 * word in each, and keeps the rate of its requests (sp_host.rate_enter); without one that is
 * kept here.  Callable from any thread.
 */
#ifndef BB_GATE_H
#define BB_GATE_H

#include "rate.h"
#include "source_provider.h"

#include <pthread.h>
#include <stdbool.h>

enum bb_login { BB_LOGIN_UNKNOWN, BB_LOGIN_ACCEPTED, BB_LOGIN_REFUSED };

struct bb_gate {
    pthread_mutex_t lock;
    const struct sp_host *host; /* NULL: nobody else logs in as this account */
    unsigned in_flight, limit;
    unsigned doubts;    /* answers in a row that did not come from Bitbucket */
    int64_t doubted_ms; /* when an accepted login last came to be doubted (monotonic clock) */
    enum bb_login login;
    struct sp_error refusal; /* while login is BB_LOGIN_REFUSED */
    char *user;              /* who the server says we are; NULL: it has not said */
    bool stripped;           /* something in between removes X-AUSERNAME: see login.h */
    bool down;               /* a request gave up: see request.c */
    bool answered;           /* and no request was in vain since */
    int64_t not_before_ms;   /* the server asked to wait until then (monotonic clock) */
    struct bb_rate rate;
    struct sp_rate_state bucket; /* where no host keeps one for the account */
    int64_t paced_ms;            /* the rate lets nobody go before (monotonic clock) */
};

/* So many requests at once, and in a second (0: any).  `host` may be NULL, or without
 * login_enter; it is borrowed. */
void bb_gate_init(struct bb_gate *, unsigned limit, int64_t per_second,
                  const struct sp_host *host);
void bb_gate_clear(struct bb_gate *);

/* A call begins.  Where a host knows what was refused, it decides whether a login that failed
 * in an earlier call is tried again. */
void bb_gate_begin(struct bb_gate *);

/* Asks to send one request now, with or without the credentials.  1: go, and bb_gate_leave
 * afterwards with *ret_seat.  0: not yet, ask again in *ret_wait_ms or when one has left.
 * Negative: the login was refused. */
int bb_gate_enter(struct bb_gate *, bool with_login, int64_t now_ms, int64_t *ret_wait_ms,
                  int *ret_seat, struct sp_error *);
void bb_gate_leave(struct bb_gate *, int seat);

enum bb_login bb_gate_login(struct bb_gate *);
void bb_gate_accept(struct bb_gate *);
void bb_gate_refuse(struct bb_gate *, const struct sp_error *why);
void bb_gate_pause(struct bb_gate *, int64_t until_ms);

/* How fast it goes: see rate.h.  Times are the host's, but for those of a request, which are
 * monotonic. */
void bb_gate_ease(struct bb_gate *, int64_t began_ms, int64_t ended_ms, int64_t now_ms);
void bb_gate_recover(struct bb_gate *);
/* True for one of those who ask, until it was told, or so many more were sent. */
bool bb_gate_wonders(struct bb_gate *, int64_t now_ms);
void bb_gate_tell(struct bb_gate *, int64_t capacity, int64_t fill_rate, int64_t now_ms);
/* It does not tell now: what it told before is as good for another day. */
void bb_gate_keep(struct bb_gate *, int64_t now_ms);
/* What went through as one request are n for the server. */
void bb_gate_count(struct bb_gate *, unsigned n);

/* Whether the server was unavailable in all attempts of a request, and has answered none since.
 */
bool bb_gate_is_down(struct bb_gate *);
void bb_gate_note_down(struct bb_gate *, bool);

/* Whether the server has answered, and was lost in all attempts of no request since: then a
 * lost connection is worth another attempt. */
bool bb_gate_has_answered(struct bb_gate *);
void bb_gate_note_answered(struct bb_gate *, bool);

/* An answer to a request with credentials did not come from Bitbucket, but from a login page,
 * say.  What was accepted before has to prove itself again, alone: requests that were on their
 * way by then say nothing more.  What was not accepted is refused: *err then holds why; true
 * when it changed. */
bool bb_gate_doubt(struct bb_gate *, int64_t began_ms, int64_t ended_ms, struct sp_error *err);

/* Whether X-AUSERNAME is known to be removed on its way, which nobody has named us in since;
 * noting that accepts the login. */
bool bb_gate_is_stripped(struct bb_gate *);
void bb_gate_note_stripped(struct bb_gate *);
/* Copies who the server says we are; "" when it has not said. */
void bb_gate_user(struct bb_gate *, char *user, size_t size);

#endif
