/* transport.h - GET requests over libcurl, several in flight
 *
 * A *call* is one running enumerate, import or health; its requests share one libcurl
 * multi.  A request is started and waited for; while one is waited for, all others of the
 * call go on.  So the code above reads straight down, and the wire is never idle.
 *
 * A request goes through the instance's gate, is retried where that can help (never after
 * a refused login), follows up to three redirects to the same origin, and ends as a whole
 * answer or as an error.
 */
#ifndef BB_TRANSPORT_H
#define BB_TRANSPORT_H

#include "answer.h"
#include "instance.h"
#include "source_provider.h"

#include <stdbool.h>

struct bb_call;
struct bb_request;

/* Who takes the body of a JSON answer of status 200.  `data` and `end` return 0 or a
 * negative sp_code and then fill err; that ends the request. */
struct bb_body {
    void *ctx;
    void (*begin)(void *ctx); /* an attempt starts: forget the one before */
    int (*data)(void *ctx, const char *data, size_t length, struct sp_error *err);
    int (*end)(void *ctx, struct sp_error *err); /* that was all of it */
};

#define BB_WITHOUT_LOGIN (1u << 0) /* no credentials, and none proven by the answer */
#define BB_PROOF         (1u << 1) /* the answer itself is the proof of who we are */
#define BB_ONCE          (1u << 2) /* not retried */
/* An answer of any type is wanted, not JSON: its beginning is in other_body.  Redirects are
 * not followed; with a login, the answer proves nobody. */
#define BB_RAW (1u << 3)
#define BB_GIT (1u << 4) /* asked as Git does, in protocol version 2 */
/* Asked besides, of what something before the server may keep to itself: a refusal is none of
 * the login, which only has to prove itself again. */
#define BB_ASIDE (1u << 5)
/* Asked early, which is not worth a new connection: waits for one that is free. */
#define BB_EARLY (1u << 6)

/* Milliseconds of a clock that nobody sets. */
int64_t bb_now_ms(void);

/* The sink's `cancelled` is asked as long as the call lasts.  Both are borrowed. */
int bb_call_open(struct sp_instance *, const struct sp_sink *, struct bb_call **ret,
                 struct sp_error *err);
/* Ends what is still in flight. */
void bb_call_close(struct bb_call *);
struct sp_instance *bb_call_instance(const struct bb_call *);
const struct sp_sink *bb_call_sink(const struct bb_call *);

/* Waits for the end of all requests of the call, and then for a place at the gate, for
 * something else that carries the credentials; bb_gate_leave afterwards with *ret_seat. */
int bb_call_enter_gate(struct bb_call *, int *ret_seat, struct sp_error *err);

/* Puts a request into the queue; takes over `url` (NULL: out of memory).  The body is
 * borrowed until the request is freed. */
int bb_request_start(struct bb_call *, char *url, const struct bb_body *, unsigned flags,
                     struct bb_request **ret, struct sp_error *err);
/* For who works on what has come: starts what may start and takes what has arrived, without
 * waiting.  To be called often, as it does so once a millisecond at most.  An error is one of
 * the call; that of a request is told by who waits for it. */
int bb_call_go_on(struct bb_call *, struct sp_error *err);
/* One that was early is not any more. */
void bb_request_hurry(struct bb_request *);
/* Waits for the end of one; the others go on meanwhile. */
int bb_request_wait(struct bb_request *, struct sp_error *err);
/* The same, but only until `is_enough` of what has come of it. */
int bb_request_wait_for(struct bb_request *, bool (*is_enough)(const void *ctx),
                        const void *ctx, struct sp_error *err);
/* Takes NULL; ends the request if it is still in flight. */
void bb_request_free(struct bb_request *);

const struct bb_answer *bb_request_answer(const struct bb_request *);
/* What of the URL messages show. */
const char *bb_request_path(const struct bb_request *);
/* How far the last attempt came, and when, in milliseconds since its start. */
enum bb_reached { BB_NOWHERE, BB_RESOLVED, BB_CONNECTED, BB_SECURED, BB_ANSWERED };
struct bb_timing {
    enum bb_reached reached;
    uint32_t resolved_ms, connected_ms, secured_ms, total_ms;
};
struct bb_timing bb_request_timing(const struct bb_request *);

#endif
