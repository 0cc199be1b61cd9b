/* instance.h - one configured connection to one server
 *
 * Settings and secret do not change while it lives; what calls share and change is behind the
 * gate, or atomic. Calls may run in several threads at once.
 */
#ifndef BB_INSTANCE_H
#define BB_INSTANCE_H

#include "gate.h"
#include "secret.h"
#include "settings.h"
#include "source_provider.h"
#include "url.h"

#include <curl/curl.h>

enum { BB_IDLE_MAX = 8 };

struct sp_instance {
    const struct sp_host *host;
    void (*span)(void *ctx, const struct sp_span *); /* of the host; NULL: see span.h */
    struct bb_settings settings;
    struct bb_secret secret;
    struct bb_base base;
    struct bb_gate gate;
    _Atomic int64_t repositories_a_page; /* length of a listing's pages, see page.h */
    /* libcurl multis that no call uses now, kept for their open connections */
    CURLM *idle[BB_IDLE_MAX];
    unsigned n_idle;
};

int bb_configure(const struct sp_host *host, const struct sp_pair *pairs, size_t n,
                 struct sp_instance **ret, struct sp_error *err);
void bb_close(struct sp_instance *);
int bb_account(struct sp_instance *, char *account, size_t size, struct sp_error *err);

/* A multi for one call, and back again.  NULL: out of memory. */
CURLM *bb_instance_take_multi(struct sp_instance *);
void bb_instance_give_multi(struct sp_instance *, CURLM *);

/* The host's time of day, milliseconds since 1970 UTC. */
int64_t bb_instance_now_ms(const struct sp_instance *);

/* Logs one line; cheap when the host does not listen. */
void bb_log(const struct sp_instance *, enum sp_log_level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
