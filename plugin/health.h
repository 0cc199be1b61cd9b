/* health.h - inside of the health report: what its checks share
 *
 * A check tells what was seen; setting and remedy come from the table of causes (cause.h).
 */
#ifndef BB_HEALTH_H
#define BB_HEALTH_H

#include "cause.h"
#include "document.h"

struct bb_report {
    struct bb_call *call;
    struct sp_instance *instance;
    const struct sp_sink *sink;
    bool failed; /* what follows depends on what failed */
    int rc;      /* what the sink returned to end the call */

    bool knows_clock; /* an answer told the time, so clock_ahead_s is known */
    int64_t clock_ahead_s;
    struct sp_error status_err; /* why /status did not tell */
    bool hides_state;           /* /status wants a login, which it does not get */
    char version[64];           /* as application-properties tells it, or "" */
    uint32_t version_number;    /* 0: not known */
    char state[64];             /* as /status tells it, or "" */
};

struct bb_finding {
    enum bb_cause cause;
    int code;            /* enum sp_code of a failure */
    const char *setting; /* to blame instead of the cause's */
    uint32_t duration_ms;
    bool is_leaf; /* nothing depends on the check */
};

#define BB_NOTHING ((struct bb_finding){0})

/* Sends one check to the host. */
void bb_tell(struct bb_report *, const char *id, enum sp_check_status, struct bb_finding,
             const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Tells a check that failed with an error; where the call was cancelled or memory ran out,
 * nothing was found, and the report ends. */
void bb_tell_error(struct bb_report *, const char *id, const struct sp_error *,
                   struct bb_finding);

/* True when the check has to be left out, and says so. */
bool bb_leave_out(struct bb_report *, const char *id);

/* Where memory runs out nothing is found: a report that would be wrong is none. */
void bb_note_memory(struct bb_report *, int rc);

/* Asks for an answer of any kind (BB_RAW) and waits for it.  *ret is to be freed, and NULL
 * only when out of memory. */
int bb_ask(struct bb_report *, char *url, unsigned flags, struct bb_request **ret,
           struct sp_error *);
/* bb_document_get for a report. */
int bb_ask_document(struct bb_report *, struct bb_document *, char *url, unsigned flags,
                    struct sp_error *);
void bb_note_clock(struct bb_report *, const struct bb_request *);

/* Checks in their order. */
void bb_check_reach(struct bb_report *);    /* from resolve to state */
void bb_check_account(struct bb_report *);  /* from login to permission */
void bb_check_git(struct bb_report *);      /* git */
void bb_check_settings(struct bb_report *); /* from rate_limit on */

/* Tells why what answers below base_url is not Bitbucket; *err is what application-properties
 * gave.  In health_place.c. */
void bb_tell_place(struct bb_report *, const struct bb_request *, const struct sp_error *err);

#endif
