/* rate.h - how fast the server may be asked: what is known of it, and how much of that is used
 *
 * Two things limit requests: a pace that was configured, and the bucket that the server keeps
 * for the account, once it has told its size.  Each 429 halves what is in force of them, or,
 * where neither is known, of the requests at once; accepted answers bring it back by small
 * steps.  The arithmetic is sp_rate_take's.  Not locked: the gate does that.
 */
#ifndef BB_RATE_H
#define BB_RATE_H

#include "source_provider.h"

#include <stdbool.h>

enum { BB_RATE_WHOLE = 16 };

struct bb_rate {
    int64_t pace_us;             /* as configured; 0: none */
    int64_t capacity, fill_rate; /* as the server told last; 0: no limit */
    int64_t told_ms;             /* when it was asked, by the host's clock; 0: never */
    int64_t doubted_ms;          /* what it told before then is not taken for new any more */
    int64_t eased_ms;            /* when the last 429 halved it (monotonic) */
    unsigned part;               /* of BB_RATE_WHOLE that is in force */
    unsigned accepted;           /* answers since its last step */
    unsigned since_told;         /* requests */
    unsigned uncharged; /* requests that the server counts, and no bucket of ours has */
};

/* `per_second` 0: no limit of our own. */
void bb_rate_init(struct bb_rate *, int64_t per_second);

/* What is in force, for the next request. */
struct sp_rate bb_rate_in_force(const struct bb_rate *);
/* Whether there is a limit, or may be one that others know. */
bool bb_rate_matters(const struct bb_rate *);
/* How many requests of `limit` may be under way at once. */
unsigned bb_rate_at_once(const struct bb_rate *, unsigned limit);

/* A request goes out, of which all that share the rate have heard. */
void bb_rate_sent(struct bb_rate *, const struct sp_rate *);

/* Whether it is worth a request to ask the server for its limit now. */
bool bb_rate_wonders(const struct bb_rate *, int64_t now_ms);
/* The server told, at that time; fill_rate 0: there is no limit, or none to be known.  What is
 * older than what we have changes nothing. */
void bb_rate_told(struct bb_rate *, int64_t capacity, int64_t fill_rate, int64_t told_ms);

/* A 429 to a request that began and ended then (monotonic): it is halved, by several to
 * requests that were under way together once. */
void bb_rate_ease(struct bb_rate *, int64_t began_ms, int64_t ended_ms, int64_t now_ms);
void bb_rate_accepted(struct bb_rate *);

#endif
