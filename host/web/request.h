/* request.h - one request to the page, from its headers to its answer
 *
 * All of the page runs in one thread, which owns struct sh_web: nothing in it is locked.
 */
#ifndef SH_WEB_REQUEST_H
#define SH_WEB_REQUEST_H

#include "host.h"
#include "web/attempts.h"
#include "web/listener.h"
#include "web/proof.h"

#include <json-c/json.h>
#include <microhttpd.h>

enum {
    SH_BODY_MAX = 64 * 1024,
    SH_ANSWERING_MAX = 64 * 1024 * 1024, /* bytes of answers that wait for slow readers */
    SH_STATUS_MAX = 600
};

struct sh_events;
struct sh_tasks;
struct sh_costs;

struct sh_web {
    struct sh_host host; /* a copy, with a store of its own */
    struct sh_listener listener;
    char key[SH_PROOF_MAX]; /* signs sessions */
    char cookie[32];        /* its name: ours alone, as a browser sends cookies to all ports */
    struct sh_attempts attempts;
    struct sh_events *events;
    struct sh_tasks *tasks;
    struct sh_costs *costs;
    size_t answering;                /* bytes of answers that are not sent yet */
    int64_t answered[SH_STATUS_MAX]; /* by status */
};

/* Who asks. */
struct sh_session {
    bool is_there;
    bool can_change;
    bool is_bearer;   /* a program with a token, which may only read */
    int64_t until_ms; /* of a bearer 0 */
    char token[24];   /* its id */
    char cookie[192]; /* its value, as it came */
};

struct sh_route;

struct sh_request {
    struct sh_web *web;
    struct MHD_Connection *connection;
    const char *method;
    const struct sh_route *route;
    char *path;       /* parted: name and id are within it */
    const char *name; /* of the connection, where the path has one */
    int64_t id;       /* of the repository, likewise */
    struct sh_session session;
    char *body_text;
    size_t body_length;
    struct json_object *body; /* of a change: an object; NULL for others */
    int64_t *deadline;        /* of its connection, in ticks: see lines.h */
    bool is_stream;           /* its answer has no end */
    unsigned status;          /* of the answer; 0: there is none yet */
    enum MHD_Result result;
    /* Of the answer: */
    char set_cookie[384];
    int64_t retry_after; /* seconds; 0: none */
};

#endif
