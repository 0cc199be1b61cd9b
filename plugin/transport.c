/* transport.c - a call: its queue of requests, and the loop that drives them */
#include "transport.h"

#include "attempt.h"
#include "error.h"
#include "request_span.h"
#include "span.h"

#include <stdlib.h>

enum { POLL_MS = 500 }; /* how long a wish to stop may go unnoticed */

int bb_call_open(struct sp_instance *instance, const struct sp_sink *sink, struct bb_call **ret,
                 struct sp_error *err)
{
    struct bb_call *call = calloc(1, sizeof *call);

    if (call)
        call->multi = bb_instance_take_multi(instance);
    if (!call || !call->multi) {
        free(call);
        return bb_fail_memory(err);
    }
    call->instance = instance;
    call->sink = sink;
    bb_gate_begin(&instance->gate);
    *ret = call;
    return SP_OK;
}

void bb_call_close(struct bb_call *call)
{
    if (!call)
        return;
    while (call->requests)
        /* Which takes it out of the list. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        bb_request_free(call->requests);
    bb_instance_give_multi(call->instance, call->multi);
    free(call);
}

struct sp_instance *bb_call_instance(const struct bb_call *call)
{
    return call->instance;
}

const struct sp_sink *bb_call_sink(const struct bb_call *call)
{
    return call->sink;
}

int bb_request_start(struct bb_call *call, char *url, const struct bb_body *body,
                     unsigned flags, struct bb_request **ret, struct sp_error *err)
{
    struct bb_request *request = url ? calloc(1, sizeof *request) : NULL, **last;

    if (!request) {
        free(url);
        return bb_fail_memory(err);
    }
    request->call = call;
    request->url = url;
    request->body = body;
    request->flags = flags;
    bb_answer_init(&request->answer);
    for (last = &call->requests; *last; last = &(*last)->next)
        ;
    *last = request;
    *ret = request;
    call->moved_ms = 0;
    return SP_OK;
}

void bb_request_hurry(struct bb_request *request)
{
    request->flags &= ~BB_EARLY;
}

static void unlink_request(struct bb_request *request)
{
    struct bb_request **link = &request->call->requests;

    while (*link != request)
        link = &(*link)->next;
    *link = request->next;
}

void bb_request_free(struct bb_request *request)
{
    if (!request)
        return;
    unlink_request(request);
    if (request->easy) {
        curl_multi_remove_handle(request->call->multi, request->easy);
        bb_request_span(request, true);
        curl_easy_cleanup(request->easy);
        bb_gate_leave(&request->call->instance->gate, request->seat);
    }
    bb_answer_clear(&request->answer);
    free(request->url);
    free(request);
}

const struct bb_answer *bb_request_answer(const struct bb_request *request)
{
    return &request->answer;
}

struct bb_timing bb_request_timing(const struct bb_request *request)
{
    return request->timing;
}

static int multi_error(CURLMcode code, const char *what, struct sp_error *err)
{
    return code == CURLM_OUT_OF_MEMORY
               ? bb_fail_memory(err)
               : bb_fail(err, SP_ERR_INTERNAL, "%s: %s", what, curl_multi_strerror(code));
}

/* As far as those that have ended tell: who reuses what an earlier call has opened, or whom the
 * server hangs up on, is counted wrong, which costs a connection or an early request. */
static bool is_connection_free(const struct bb_call *call)
{
    long running = 0;

    for (const struct bb_request *request = call->requests; request; request = request->next)
        running += request->state == BB_RUNNING;
    return call->is_multiplexed || running < call->connections || !running;
}

static void note_connection(struct bb_call *call, CURL *easy)
{
    long connects = 0, version = 0;

    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    call->connections += connects;
    call->is_multiplexed = version >= CURL_HTTP_VERSION_2_0;
}

/* 0: it runs, or has to wait, and *wait_ms says at most how long. */
static int try_start(struct bb_request *request, int64_t now_ms, int64_t *wait_ms,
                     struct sp_error *err)
{
    struct bb_gate *gate = &request->call->instance->gate;
    int64_t wait = request->not_before_ms - now_ms;
    int rc = wait > 0 ? 0
                      : bb_gate_enter(gate, !(request->flags & BB_WITHOUT_LOGIN), now_ms, &wait,
                                      &request->seat, err);

    if (rc == 0 && wait < *wait_ms)
        *wait_ms = wait;
    if (rc <= 0)
        return rc;
    rc = bb_attempt_prepare(request, err);
    if (!rc) {
        CURLMcode code = curl_multi_add_handle(request->call->multi, request->easy);

        rc = code ? multi_error(code, "libcurl does not take the request", err) : SP_OK;
    }
    if (rc) {
        bb_gate_leave(gate, request->seat);
        curl_easy_cleanup(request->easy);
        request->easy = NULL;
        return rc;
    }
    request->state = BB_RUNNING;
    return SP_OK;
}

static int start_queued(struct bb_call *call, int64_t *wait_ms, struct sp_error *err)
{
    int64_t now = bb_now_ms();
    int rc = SP_OK;

    for (struct bb_request *request = call->requests; request && !rc; request = request->next)
        if (request->state == BB_QUEUED &&
            (!(request->flags & BB_EARLY) || is_connection_free(call)))
            rc = try_start(request, now, wait_ms, err);
    return rc;
}

static void finish_ended(struct bb_call *call)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(call->multi, &left))) {
        struct bb_request *request;
        CURLcode code = message->data.result;
        CURL *easy = message->easy_handle;

        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&request);
        curl_multi_remove_handle(call->multi, easy);
        note_connection(call, easy);
        bb_request_finish(request, code);
        bb_gate_leave(&call->instance->gate, request->seat);
    }
}

static int check_cancelled(const struct bb_call *call, struct sp_error *err)
{
    if (call->sink->cancelled && call->sink->cancelled(call->sink->ctx))
        return bb_fail(err, SP_ERR_CANCELLED, "cancelled");
    return SP_OK;
}

/* Starts what may start, moves bytes, ends what has ended.  *wait_ms: how long nothing more
 * can be done at most. */
static int advance(struct bb_call *call, int64_t *wait_ms, struct sp_error *err)
{
    int running, rc = check_cancelled(call, err);
    CURLMcode code;

    *wait_ms = POLL_MS;
    if (!rc)
        rc = start_queued(call, wait_ms, err);
    if (rc)
        return rc;
    code = curl_multi_perform(call->multi, &running);
    if (code)
        return multi_error(code, "libcurl fails", err);
    finish_ended(call);
    return SP_OK;
}

int bb_call_go_on(struct bb_call *call, struct sp_error *err)
{
    int64_t now = bb_now_ms(), wait_ms;

    if (now == call->moved_ms)
        return SP_OK;
    call->moved_ms = now;
    return advance(call, &wait_ms, err);
}

static int pause_until_moved(struct bb_call *call, int64_t wait_ms, struct sp_error *err)
{
    CURLMcode code = curl_multi_poll(call->multi, NULL, 0, (int)wait_ms, NULL);

    return code ? multi_error(code, "libcurl cannot wait", err) : SP_OK;
}

/* Of an attempt that failed nothing counts, also while the next one has not begun. */
static bool is_enough_there(const struct bb_request *request, bool (*is_enough)(const void *),
                            const void *ctx)
{
    return request->state == BB_DONE ||
           (is_enough && request->state == BB_RUNNING && request->body_began && is_enough(ctx));
}

int bb_request_wait(struct bb_request *request, struct sp_error *err)
{
    return bb_request_wait_for(request, NULL, NULL, err);
}

int bb_request_wait_for(struct bb_request *request, bool (*is_enough)(const void *ctx),
                        const void *ctx, struct sp_error *err)
{
    const struct sp_instance *instance = request->call->instance;
    int64_t began_ns = request->state == BB_DONE ? 0 : bb_span_begin(instance);
    size_t size = err->size;
    int64_t wait_ms;
    int rc = SP_OK;

    while (!is_enough_there(request, is_enough, ctx)) {
        rc = advance(request->call, &wait_ms, err);
        if (!rc && !is_enough_there(request, is_enough, ctx))
            rc = pause_until_moved(request->call, wait_ms, err);
        if (rc)
            return rc;
    }
    bb_span_end(instance, began_ns, "wait", "wait for an answer", bb_request_path(request),
                NULL, 0);
    if (request->state == BB_DONE && request->err.code) {
        *err = request->err;
        err->size = size;
        return err->code;
    }
    return SP_OK;
}

static bool is_settled(const struct bb_call *call)
{
    for (const struct bb_request *request = call->requests; request; request = request->next)
        if (request->state != BB_DONE)
            return false;
    return true;
}

int bb_call_enter_gate(struct bb_call *call, int *ret_seat, struct sp_error *err)
{
    int64_t wait_ms, began_ns = bb_span_begin(call->instance);
    int rc = SP_OK;

    /* Nobody would drive them meanwhile, and their places may be all that there are. */
    while (!rc && !is_settled(call)) {
        rc = advance(call, &wait_ms, err);
        if (!rc && !is_settled(call))
            rc = pause_until_moved(call, wait_ms, err);
    }
    while (!rc) {
        wait_ms = POLL_MS;
        rc = bb_gate_enter(&call->instance->gate, true, bb_now_ms(), &wait_ms, ret_seat, err);
        if (!rc)
            rc = check_cancelled(call, err);
        if (!rc)
            rc = pause_until_moved(call, wait_ms < POLL_MS ? wait_ms : POLL_MS, err);
    }
    bb_span_end(call->instance, began_ns, "wait", "wait for a place", NULL, NULL, 0);
    return rc > 0 ? SP_OK : rc;
}
