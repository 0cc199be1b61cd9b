/* answer.c - see answer.h */
#include "web/answer.h"

#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of an answer whose text must stay until it was sent, and counts until then. */
struct sending {
    struct sh_web *web;
    char *text;
    size_t length;
};

void sh_answer_headers(struct MHD_Response *response, const char *type)
{
    static const char *const headers[][2] = {
        {"Content-Security-Policy",
         "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
         "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
    };

    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    if (type)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
}

void sh_answer_response(struct sh_request *request, unsigned status,
                        struct MHD_Response *response)
{
    if (!response) {
        request->result = MHD_NO;
        return;
    }
    if (*request->set_cookie)
        MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE, request->set_cookie);
    if (request->retry_after) {
        char seconds[24];

        snprintf(seconds, sizeof seconds, "%lld", (long long)request->retry_after);
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    request->status = status;
    request->result = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    if (status < SH_STATUS_MAX)
        request->web->answered[status]++;
}

static void on_sent(void *ctx)
{
    struct sending *sending = ctx;

    sending->web->answering -= sending->length;
    free(sending->text);
    free(sending);
}

static void send_text(struct sh_request *request, unsigned status, const char *type, char *text,
                      size_t length)
{
    struct sending *sending = malloc(sizeof *sending);
    struct MHD_Response *response = NULL;

    if (sending && text)
        response = MHD_create_response_from_buffer_with_free_callback_cls(length, text, on_sent,
                                                                          sending);
    if (!response) {
        free(sending);
        free(text);
        request->result = MHD_NO;
        return;
    }
    *sending = (struct sending){request->web, text, length};
    request->web->answering += length;
    sh_answer_headers(response, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == MHD_HTTP_CONTENT_TOO_LARGE || status == MHD_HTTP_LENGTH_REQUIRED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    sh_answer_response(request, status, response);
}

void sh_answer_text(struct sh_request *request, const char *type, char *text, size_t length)
{
    if (request->web->answering + length <= SH_ANSWERING_MAX) {
        send_text(request, MHD_HTTP_OK, type, text, length);
        return;
    }
    free(text);
    sh_answer_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "busy",
                     "too many answers wait for slow readers; try again in a minute");
}

void sh_answer_status(struct sh_request *request, unsigned status, struct json_object *object)
{
    char *text = sh_json_line(object);

    send_text(request, status, "application/json", text, text ? strlen(text) : 0);
}

void sh_answer(struct sh_request *request, struct json_object *object)
{
    sh_answer_status(request, MHD_HTTP_OK, object);
}

void sh_answer_static(struct sh_request *request, const char *type, const char *bytes,
                      size_t length)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(length, (void *)bytes, MHD_RESPMEM_PERSISTENT);

    if (response) {
        sh_answer_headers(response, type);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
    }
    sh_answer_response(request, MHD_HTTP_OK, response);
}

void sh_answer_nothing(struct sh_request *request)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);

    if (response) {
        sh_answer_headers(response, NULL);
        MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    }
    sh_answer_response(request, MHD_HTTP_NO_CONTENT, response);
}

struct json_object *sh_error_json(const char *code, const struct sp_error *err)
{
    struct json_object *error = json_object_new_object(), *object = json_object_new_object();

    sh_json_text(error, "code", code);
    sh_json_text(error, "message", err->message);
    sh_json_text(error, "setting", err->setting[0] ? err->setting : NULL);
    sh_json_text(error, "remedy", err->remedy[0] ? err->remedy : NULL);
    sh_json_put(object, "error", error);
    return object;
}

void sh_answer_refuse(struct sh_request *request, unsigned status, const char *code,
                      const char *format, ...)
{
    struct sp_error err = {0};
    va_list args;

    va_start(args, format);
    vsnprintf(err.message, sizeof err.message, format, args);
    va_end(args);
    sh_answer_status(request, status, sh_error_json(code, &err));
}

void sh_answer_away(struct sh_request *request)
{
    sh_answer_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "store",
                     "the store does not answer now; try again, or look into the log");
}

void sh_answer_wait(struct sh_request *request, int64_t ms)
{
    request->retry_after = ms / 1000 + 1;
    sh_answer_refuse(request, MHD_HTTP_TOO_MANY_REQUESTS, "too_many",
                     "too many wrong logins; try again in %lld s",
                     (long long)request->retry_after);
}

static const struct {
    int code;
    unsigned status;
    const char *word;
} statuses[] = {
    {SP_ERR_INVALID, MHD_HTTP_UNPROCESSABLE_CONTENT, "invalid"},
    {SP_ERR_NOT_FOUND, MHD_HTTP_NOT_FOUND, "not_found"},
    {SP_ERR_LOGIN, MHD_HTTP_CONFLICT, "login_refused"},
    {SP_ERR_HOST, MHD_HTTP_SERVICE_UNAVAILABLE, "store"},
};

void sh_answer_error(struct sh_request *request, const struct sp_error *err)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].code == err->code) {
            sh_answer_status(request, statuses[i].status, sh_error_json(statuses[i].word, err));
            return;
        }
    sh_answer_status(request, MHD_HTTP_INTERNAL_SERVER_ERROR, sh_error_json("failed", err));
}
