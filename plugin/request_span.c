/* request_span.c - see request_span.h */
#include "request_span.h"

#include "span.h"

enum { REACH, WAIT, RECEIVE, PARTS };

static int64_t info(const struct bb_request *request, CURLINFO what)
{
    curl_off_t number = 0;

    curl_easy_getinfo(request->easy, what, &number);
    return (int64_t)number;
}

/* Libcurl counts from the start of the attempt, by a clock that may differ a little. */
static int64_t moment(const struct bb_request *request, CURLINFO what, int64_t latest_ns)
{
    int64_t us = info(request, what), at_ns = request->began_ns + us * 1000;

    return us && at_ns < latest_ns ? at_ns : latest_ns;
}

/* The times at which one part ends and the next begins.  What was not reached, libcurl has at
 * 0: the part before it then took the rest. */
static void find_times(const struct bb_request *request, bool is_dropped, int64_t ret[PARTS])
{
    int64_t now_ns = bb_span_begin(request->call->instance);
    int64_t end_ns = is_dropped ? now_ns : moment(request, CURLINFO_TOTAL_TIME_T, now_ns);

    ret[REACH] = moment(request, CURLINFO_PRETRANSFER_TIME_T, end_ns);
    ret[WAIT] = moment(request, CURLINFO_STARTTRANSFER_TIME_T, end_ns);
    ret[RECEIVE] = end_ns;
}

static void tell(const struct bb_request *request, struct sp_span *span,
                 const int64_t until_ns[PARTS])
{
    static const char *const names[] = {"reach the server", "wait for the first byte",
                                        "receive"};
    struct sp_span part[PARTS];
    const struct sp_span *parts[PARTS];

    for (int64_t i = 0, begin_ns = request->began_ns; i < PARTS; begin_ns = until_ns[i++]) {
        if (until_ns[i] <= begin_ns)
            continue;
        part[i] = (struct sp_span){
            .size = sizeof part[i],
            .category = "request part",
            .name = names[i],
            .begin_ns = begin_ns,
            .end_ns = until_ns[i],
        };
        parts[span->n_parts++] = &part[i];
    }
    span->parts = parts;
    bb_span_tell(request->call->instance, span,
                 bb_url_path(&request->call->instance->base, request->url));
}

void bb_request_span(const struct bb_request *request, bool is_dropped)
{
    int64_t until_ns[PARTS];
    long status = 0, connects = 0;

    if (!request->began_ns)
        return;
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(request->easy, CURLINFO_NUM_CONNECTS, &connects);
    find_times(request, is_dropped, until_ns);
    tell(request,
         &(struct sp_span){
             .size = sizeof(struct sp_span),
             .category = "request",
             .begin_ns = request->began_ns,
             .end_ns = until_ns[RECEIVE],
             .flags = SP_SPAN_OVERLAPS,
             .facts =
                 (struct sp_fact[]){
                     {"status", NULL, status},
                     {"bytes", NULL, info(request, CURLINFO_SIZE_DOWNLOAD_T)},
                     {"connection",
                      connects > 0 ? "new"
                      : status     ? "reused"
                                   : "none",
                      0},
                     {"ended", is_dropped ? "dropped" : curl_easy_strerror(request->code), 0},
                 },
             .n_facts = 4,
         },
         until_ns);
}
