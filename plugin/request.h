/* request.h - inside of the transport: one request and what is done with its answer
 *
 * transport.c says when a request runs, attempt.c how it is sent, request.c what its answer
 * means: done, again, or elsewhere.
 */
#ifndef BB_REQUEST_H
#define BB_REQUEST_H

#include "transport.h"

enum bb_request_state { BB_QUEUED, BB_RUNNING, BB_DONE };

struct bb_request {
    struct bb_call *call;
    struct bb_request *next; /* in the order of their start */
    const struct bb_body *body;
    unsigned flags;
    enum bb_request_state state;
    char *url;
    CURL *easy; /* while running */
    struct curl_slist headers[2];
    int seat; /* its place at the gate, while running */
    char detail[CURL_ERROR_SIZE];
    CURLcode code;
    struct bb_answer answer;
    struct bb_timing timing;
    unsigned attempts, redirects, waits;
    int64_t began_ms, not_before_ms; /* monotonic */
    int64_t began_ns;                /* see bb_span_begin */
    bool head_ended; /* with its blank line: libcurl takes half a head for a whole one */
    bool body_began;
    size_t head_length, body_length; /* of what has come, the body as it is read */
    struct sp_error err;             /* of the last attempt; of the whole when done */
};

struct bb_call {
    struct sp_instance *instance;
    const struct sp_sink *sink;
    CURLM *multi;
    struct bb_request *requests;
    int64_t moved_ms;    /* see bb_call_go_on */
    long connections;    /* that it has opened */
    bool is_multiplexed; /* as many requests at once as are wanted go on one */
};

/* Judges an attempt that ended with `code`: sets state to BB_DONE with err filled, or to
 * BB_QUEUED for another attempt.  Frees request->easy. */
void bb_request_finish(struct bb_request *, CURLcode code);

/* An answer other than the JSON that was asked for has had its time, however it trickles. */
bool bb_request_is_overdue(const struct bb_request *);

#endif
