/* request.c - what the answer to an attempt means, and whether to try again */
#include "request.h"

#include "error.h"
#include "identity.h"
#include "request_span.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ATTEMPTS_MAX = 5,
    REDIRECTS_MAX = 3,
    WAITS_MAX = 50,       /* times that the server may ask to come later */
    WAIT_MAX_S = 10 * 60, /* longer ones are the host's to wait */
    MAX_TOLD_S = 7 * 24 * 60 * 60,
    BACKOFF_MS = 500 /* doubles with each attempt */
};

int64_t bb_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *bb_request_path(const struct bb_request *request)
{
    return bb_url_path(&request->call->instance->base, request->url);
}

bool bb_request_is_overdue(const struct bb_request *request)
{
    int64_t most_ms = request->call->instance->settings.request_timeout * 1000;

    return request->answer.status && !request->body_began &&
           bb_now_ms() - request->began_ms > most_ms;
}

static uint32_t elapsed_ms(CURL *easy, CURLINFO what)
{
    curl_off_t microseconds = 0;

    curl_easy_getinfo(easy, what, &microseconds);
    return (uint32_t)((microseconds + 999) / 1000); /* 0 only where it was not reached */
}

static enum bb_reached reached(const struct bb_request *request)
{
    long port = 0;

    if (request->answer.status)
        return BB_ANSWERED;
    if (request->code == CURLE_COULDNT_RESOLVE_HOST ||
        request->code == CURLE_COULDNT_RESOLVE_PROXY)
        return BB_NOWHERE;
    /* Not the time of the connection: that some versions note with the end of TLS only. */
    curl_easy_getinfo(request->easy, CURLINFO_LOCAL_PORT, &port);
    if (port == 0)
        return request->code == CURLE_OPERATION_TIMEDOUT &&
                       elapsed_ms(request->easy, CURLINFO_NAMELOOKUP_TIME_T) == 0
                   ? BB_NOWHERE
                   : BB_RESOLVED;
    if (request->call->instance->base.is_https &&
        elapsed_ms(request->easy, CURLINFO_APPCONNECT_TIME_T) == 0)
        return BB_CONNECTED;
    return BB_SECURED;
}

static void note_timing(struct bb_request *request)
{
    request->timing = (struct bb_timing){
        .reached = reached(request),
        .resolved_ms = elapsed_ms(request->easy, CURLINFO_NAMELOOKUP_TIME_T),
        .connected_ms = elapsed_ms(request->easy, CURLINFO_CONNECT_TIME_T),
        .secured_ms = elapsed_ms(request->easy, CURLINFO_APPCONNECT_TIME_T),
        .total_ms = elapsed_ms(request->easy, CURLINFO_TOTAL_TIME_T),
    };
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where a redirect leads to when the credentials may go there, or NULL. */
static int trusted_place(const struct bb_request *request, const char **ret,
                         struct sp_error *err)
{
    const struct bb_base *base = &request->call->instance->base;
    const char *place = NULL;
    bool is_trusted = false;
    int rc = SP_OK;

    curl_easy_getinfo(request->easy, CURLINFO_REDIRECT_URL, &place);
    if (place)
        rc = bb_base_trusts(base, place, &is_trusted, err);
    *ret = is_trusted ? place : NULL;
    return rc;
}

/* 1: the request goes on at its new place; else the error. */
static int follow(struct bb_request *request)
{
    const char *path = bb_request_path(request), *place;
    const char *shown = request->answer.place;
    int rc = trusted_place(request, &place, &request->err);
    char *url;

    if (rc)
        return rc;
    if (!place) {
        bb_fail(&request->err, SP_ERR_PROTOCOL,
                "%s: redirected to %.200s, which is not below base_url: is there a login "
                "page in front of the server?",
                path, shown ? shown : "nowhere");
        return bb_because(&request->err, BB_HTML);
    }
    if (++request->redirects > REDIRECTS_MAX)
        return bb_fail(&request->err, SP_ERR_PROTOCOL, "%s: more than %d redirects", path,
                       REDIRECTS_MAX);
    url = strdup(place);
    if (!url)
        return bb_fail_memory(&request->err);
    free(request->url);
    request->url = url;
    return 1;
}

/* The body came whole, or there was none where one should be. */
static int end_body(struct bb_request *request)
{
    struct sp_error why = {.size = sizeof why};

    if (!request->body_began)
        request->body->begin(request->body->ctx);
    if (!request->body->end(request->body->ctx, &why))
        return SP_OK;
    bb_fail(&request->err, why.code, "%s: %.400s", bb_request_path(request), why.message);
    request->err.http_status = (int32_t)request->answer.status;
    return bb_may_retry(&request->err);
}

/* We ended the transfer ourselves: see on_data and on_progress in attempt.c. */
static bool was_cut(const struct bb_request *request)
{
    return request->code == CURLE_WRITE_ERROR || request->code == CURLE_ABORTED_BY_CALLBACK;
}

/* Of an answer that broke off, only what asks for the login or for patience counts: a refusal
 * must not be tried again.  Nothing is denied or gone because of half an answer. */
static int judge_broken(struct bb_request *request)
{
    struct sp_instance *instance = request->call->instance;
    struct bb_answer *answer = &request->answer;
    int rc = answer->status < 400
                 ? SP_OK
                 : bb_answer_error(instance, answer, request->url, &request->err);

    if (rc == SP_ERR_LOGIN || rc == SP_ERR_RATE_LIMIT || rc == SP_ERR_UNAVAILABLE ||
        rc == SP_ERR_NETWORK)
        return rc;
    answer->exception[0] = '\0';
    return bb_transfer_error(instance, request->code, request->url, request->detail,
                             &request->err);
}

/* 0: whole answer, 1: goes on elsewhere, negative: request->err says why. */
static int judge(struct bb_request *request)
{
    struct sp_instance *instance = request->call->instance;
    struct bb_answer *answer = &request->answer;
    int rc;

    if (request->code == CURLE_ABORTED_BY_CALLBACK && request->err.code)
        return request->err.code;
    if (request->code == CURLE_WRITE_ERROR && request->err.code) {
        struct sp_error why = request->err;

        return bb_fail(&request->err, why.code, "%s: %.400s", bb_request_path(request),
                       why.message);
    }
    if (answer->lacks_memory)
        return bb_fail_memory(&request->err);
    if (request->flags & BB_RAW && answer->status == 200 &&
        request->code == CURLE_ABORTED_BY_CALLBACK) {
        request->code = CURLE_OPERATION_TIMEDOUT;
        snprintf(request->detail, sizeof request->detail, "the answer did not end in time");
    }
    if (request->code && !was_cut(request))
        return judge_broken(request);
    bb_gate_note_answered(&instance->gate, true);
    if (request->flags & BB_RAW)
        return answer->status == 200
                   ? SP_OK
                   : bb_answer_error(instance, answer, request->url, &request->err);
    if (is_redirect(answer->status))
        return follow(request);
    if (answer->status != 200 || !answer->is_json)
        rc = bb_answer_error(instance, answer, request->url, &request->err);
    else
        rc = end_body(request);
    if (request->code)
        answer->exception[0] = '\0'; /* as of one that broke off */
    if (!(request->flags & BB_WITHOUT_LOGIN))
        rc = bb_identity_judge(instance, answer, request->flags & BB_PROOF, rc, &request->err);
    return rc;
}

/* What the server asked for, else a doubling time of our own, spread a little so that
 * several of us do not come back at once. */
static int64_t wait_for(const struct bb_request *request, curl_off_t asked_s)
{
    int64_t delay = asked_s > 0 ? asked_s * 1000 : (int64_t)BACKOFF_MS << request->attempts;

    return delay + bb_now_ms() % (delay / 4 + 1);
}

/* The server is busy, whoever asks: nobody does until then, and the host is told. */
static void pause_all(const struct bb_request *request, int64_t delay_ms)
{
    struct bb_call *call = request->call;
    const struct sp_sink *sink = call->sink;
    struct sp_error why = request->err;

    why.size = sizeof why;
    bb_gate_pause(&call->instance->gate, request->not_before_ms);
    if (SP_HAS(struct sp_sink, sink, waiting) && sink->waiting)
        sink->waiting(sink->ctx, bb_instance_now_ms(call->instance) + delay_ms, &why);
}

/* A server that was down or out of reach in all attempts of one request is asked once by each
 * of the next, until one is answered: the night of an upgrade is not spent with repetitions.
 * Nor is one that was never reached. */
static bool has_attempts_left(struct bb_request *request)
{
    struct bb_gate *gate = &request->call->instance->gate;
    bool is_down = request->err.code == SP_ERR_UNAVAILABLE;
    bool is_lost = request->err.code == SP_ERR_NETWORK;

    if ((is_down && bb_gate_is_down(gate)) || (is_lost && !bb_gate_has_answered(gate)))
        return false;
    if (++request->attempts < ATTEMPTS_MAX)
        return true;
    if (is_down)
        bb_gate_note_down(gate, true);
    if (is_lost)
        bb_gate_note_answered(gate, false);
    return false;
}

/* True when another attempt may end better; notes when. */
static bool retry(struct bb_request *request)
{
    struct sp_error *err = &request->err;
    curl_off_t asked_s = 0;
    bool busy = err->code == SP_ERR_RATE_LIMIT || err->http_status == 503;
    int64_t delay;

    curl_easy_getinfo(request->easy, CURLINFO_RETRY_AFTER, &asked_s);
    if (asked_s < 0) /* a date that is past by our clock */
        asked_s = 0;
    if (err->code == SP_ERR_RATE_LIMIT || err->code == SP_ERR_UNAVAILABLE)
        bb_may_retry(err);
    err->retry_after_ms = (uint32_t)(asked_s < MAX_TOLD_S ? asked_s : MAX_TOLD_S) * 1000;
    if (!(err->flags & SP_ERROR_RETRY) || (request->flags & BB_ONCE) || asked_s > WAIT_MAX_S ||
        (request->head_ended && bb_request_is_overdue(request)))
        return false;
    delay = wait_for(request, asked_s);
    if (busy && asked_s > 0 ? ++request->waits > WAITS_MAX : !has_attempts_left(request))
        return false;
    request->not_before_ms = bb_now_ms() + delay;
    if (busy)
        pause_all(request, delay);
    bb_log(request->call->instance, SP_LOG_INFO, "%s; trying again in %lld ms", err->message,
           (long long)delay);
    return true;
}

/* Something before Bitbucket answered a request with credentials, as a login page does where
 * a login was refused. */
static bool is_foreign(const struct bb_request *request)
{
    const struct bb_answer *answer = &request->answer;
    struct sp_error err = {.size = sizeof err};
    const char *place = NULL;
    bool is_away =
        is_redirect(answer->status) && !trusted_place(request, &place, &err) && !place;

    return !(request->flags & (BB_WITHOUT_LOGIN | BB_RAW)) && !answer->user &&
           (is_away || (answer->status == 200 && !answer->is_json));
}

/* What the answer says to all requests: of the login, of the server, of how fast they go. */
static int tell_gate(struct bb_request *request, int rc)
{
    struct sp_instance *instance = request->call->instance;
    struct bb_gate *gate = &instance->gate;
    bool is_refused = rc == SP_ERR_LOGIN && !(request->flags & BB_WITHOUT_LOGIN);
    bool is_aside = is_refused && request->flags & BB_ASIDE;

    if (rc == SP_ERR_NOMEM) /* nobody knows what it said */
        return rc;
    if (rc < 0 && (is_aside || is_foreign(request)) &&
        bb_gate_doubt(gate, request->began_ms, bb_now_ms(), &request->err))
        rc = SP_ERR_LOGIN;
    else if (is_refused && !is_aside)
        bb_gate_refuse(gate, &request->err);
    if (rc == SP_ERR_RATE_LIMIT)
        bb_gate_ease(gate, request->began_ms, bb_now_ms(), bb_instance_now_ms(instance));
    if (rc == SP_OK) {
        bb_gate_note_down(gate, false);
        bb_gate_recover(gate);
    }
    return rc;
}

void bb_request_finish(struct bb_request *request, CURLcode code)
{
    struct sp_instance *instance = request->call->instance;
    int rc;

    request->code = code;
    /* Whichever of two clocks is first: libcurl's for what stands still, or ours. */
    if (code == CURLE_OPERATION_TIMEDOUT && request->answer.status && !request->body_began)
        request->code = CURLE_ABORTED_BY_CALLBACK;
    if (!code && !request->head_ended) {
        request->code = CURLE_RECV_ERROR;
        snprintf(request->detail, sizeof request->detail,
                 "the connection was closed within the head of the answer");
    }
    bb_answer_read(&request->answer, instance, request->easy);
    bb_answer_hide(&request->answer, instance);
    bb_request_span(request, false);
    rc = judge(request);
    bb_secret_hide(&instance->secret, request->err.message, strlen(request->err.message));
    note_timing(request);
    bb_log(instance, SP_LOG_DEBUG, "GET %s: %ld, %u ms", bb_request_path(request),
           request->answer.status, request->timing.total_ms);
    rc = tell_gate(request, rc);
    request->state = rc > 0 || (rc < 0 && retry(request)) ? BB_QUEUED : BB_DONE;
    curl_easy_cleanup(request->easy);
    request->easy = NULL;
}
