/* answer.c - see answer.h */
#include "answer.h"

#include "cleanup.h"
#include "error.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { OTHER_BODY_MAX = 64 * 1024, SHOWN_MAX = 200 };

void bb_answer_init(struct bb_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    bb_buffer_init(&answer->other_body, OTHER_BODY_MAX);
}

void bb_answer_clear(struct bb_answer *answer)
{
    curl_free(answer->user);
    bb_buffer_clear(&answer->other_body);
    bb_answer_init(answer);
}

static const char *header(CURL *easy, const char *name)
{
    struct curl_header *found;

    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &found) ? NULL : found->value;
}

void bb_answer_read(struct bb_answer *answer, CURL *easy)
{
    const char *type = NULL, *user = header(easy, "X-AUSERNAME");
    const char *denied = header(easy, "X-Authentication-Denied-Reason");

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    answer->is_json = type && strncasecmp(type, "application/json", 16) == 0;
    curl_free(answer->user);
    answer->user = NULL;
    /* Names outside of ASCII come percent-encoded (observed). */
    if (user && *user)
        answer->user = curl_easy_unescape(NULL, user, 0, NULL);
    snprintf(answer->denied_reason, sizeof answer->denied_reason, "%s", denied ? denied : "");
}

/* One line of printable text: the beginning of a body that is not what it should be. */
static void show(char *shown, size_t size, const char *body)
{
    size_t n = 0;
    bool blank = false;

    for (; body && *body && n + 2 < size; body++) {
        unsigned char c = (unsigned char)*body;

        /* Room for a blank and the longest character, so that none is cut. */
        if ((c & 0xC0) != 0x80 && n + 6 > size)
            break;
        if (c <= 0x20 || c == 0x7F) {
            blank = n > 0;
            continue;
        }
        if (blank)
            shown[n++] = ' ';
        blank = false;
        shown[n++] = (char)c;
    }
    shown[n] = '\0';
}

static void blot_out(char *text, const char *secret)
{
    size_t length = secret ? strlen(secret) : 0;

    for (char *at = text; length > 2 && (at = strstr(at, secret)); at += length)
        memset(at, '*', length);
}

/* Servers and libraries may say what they were given. */
static void hide_secrets(const struct sp_instance *instance, char *text)
{
    blot_out(text, instance->settings.password);
    blot_out(text, instance->settings.token);
    blot_out(text, instance->settings.proxy);
}

/* Reads errors[0] of Bitbucket's error envelope; the message goes to `message`. */
static void read_envelope(struct bb_answer *answer, char *message, size_t size)
{
    BB_AUTOJSON struct json_object *root = NULL;
    struct json_object *errors, *first, *member;
    const char *name, *dot;

    message[0] = '\0';
    if (answer->is_json && answer->other_body.data)
        root = json_tokener_parse(answer->other_body.data);
    if (!json_object_object_get_ex(root, "errors", &errors) ||
        !json_object_is_type(errors, json_type_array) ||
        !(first = json_object_array_get_idx(errors, 0)))
        return;
    if (json_object_object_get_ex(first, "exceptionName", &member) && member) {
        name = json_object_get_string(member);
        dot = strrchr(name, '.');
        snprintf(answer->exception, sizeof answer->exception, "%s", dot ? dot + 1 : name);
    }
    if (json_object_object_get_ex(first, "message", &member) && member)
        show(message, size, json_object_get_string(member));
}

static const char *account(const struct sp_instance *instance)
{
    return instance->settings.username ? instance->settings.username : "of the token";
}

static bool is_captcha(const struct bb_answer *answer)
{
    return strcasestr(answer->exception, "captcha") ||
           strcasestr(answer->denied_reason, "captcha");
}

/* Some servers say so in JSON, some in a page for people (both reported). */
static bool is_basic_off(const struct bb_answer *answer, const char *message)
{
    const char *body = answer->other_body.data;

    return strcasestr(message, "basic auth") ||
           (!answer->is_json && body && strcasestr(body, "basic auth"));
}

static int login_error(const struct sp_instance *instance, const struct bb_answer *answer,
                       const char *message, struct sp_error *err)
{
    const char *setting = instance->settings.token ? "token" : "password";

    if (is_captcha(answer))
        bb_fail(err, SP_ERR_LOGIN,
                "Bitbucket demands a CAPTCHA for the account %s: an administrator clears "
                "it under Administration > Users > Clear CAPTCHA, or its person logs in "
                "once in a browser; make sure that the %s is right before it is tried again",
                account(instance), setting);
    else if (is_basic_off(answer, message))
        bb_fail(err, SP_ERR_LOGIN,
                "basic authentication is switched off on this server: use an HTTP access "
                "token (setting token), or have the account %s put on the allow-list",
                account(instance));
    else
        bb_fail(err, SP_ERR_LOGIN,
                "login refused for the account %s: %.200s; mend the %s, it is not tried "
                "again as it is",
                account(instance), *message ? message : "HTTP 401", setting);
    return bb_blame(err, setting);
}

static int status_error(const struct sp_instance *instance, struct bb_answer *answer,
                        const char *path, const char *message, struct sp_error *err)
{
    long status = answer->status;
    const char *why = *message ? message : "no reason given";

    if (is_captcha(answer))
        return login_error(instance, answer, message, err);
    if (status == 401 && !strstr(answer->exception, "AuthorisationException") &&
        (!answer->user || strstr(answer->exception, "Authentication")))
        return login_error(instance, answer, message, err);
    if (status == 403 && is_basic_off(answer, message))
        return login_error(instance, answer, message, err);
    if (status == 407) {
        bb_fail(err, SP_ERR_NETWORK,
                "the proxy asks for a login (HTTP 407); give it in the setting proxy");
        return bb_blame(err, "proxy");
    }
    if (status == 401 || status == 403)
        return bb_fail(err, SP_ERR_FORBIDDEN, "%s: not permitted for the account %s: %s", path,
                       account(instance), why);
    if (status == 404)
        return bb_fail(err, SP_ERR_NOT_FOUND, "%s: not found: %s", path, why);
    if (status == 429)
        return bb_fail(err, SP_ERR_RATE_LIMIT, "%s: rate limited by the server (HTTP 429)",
                       path);
    if (status >= 500)
        return bb_fail(err, SP_ERR_UNAVAILABLE, "%s: the server answers HTTP %ld: %s", path,
                       status, why);
    return bb_fail(err, SP_ERR_PROTOCOL, "%s: unexpected answer HTTP %ld: %s", path, status,
                   why);
}

int bb_answer_error(const struct sp_instance *instance, struct bb_answer *answer,
                    const char *url, struct sp_error *err)
{
    const char *path = bb_url_path(&instance->base, url);
    char message[SHOWN_MAX + 64];
    int rc;

    if (answer->status >= 200 && answer->status < 300) {
        show(message, SHOWN_MAX, answer->other_body.data);
        rc = bb_fail(err, SP_ERR_PROTOCOL,
                     "%s: HTTP %ld, but no JSON: is base_url a Bitbucket Server, without a "
                     "login page in front of it? It begins: %s",
                     path, answer->status, *message ? message : "(nothing)");
    } else {
        read_envelope(answer, message, SHOWN_MAX);
        rc = status_error(instance, answer, path, message, err);
    }
    err->http_status = (int32_t)answer->status;
    hide_secrets(instance, err->message);
    return rc;
}

static int transfer_error(const struct sp_instance *instance, CURLcode code, const char *url,
                          const char *detail, struct sp_error *err)
{
    const char *why = detail && *detail ? detail : curl_easy_strerror(code);

    switch (code) {
    case CURLE_OUT_OF_MEMORY:
        return bb_fail_memory(err);
    case CURLE_PEER_FAILED_VERIFICATION:
        bb_fail(err, SP_ERR_TLS, "the certificate of %s is not trusted: %s; see ca_file",
                instance->base.host, why);
        return bb_blame(err, "ca_file");
    case CURLE_SSL_CACERT_BADFILE:
        bb_fail(err, SP_ERR_TLS, "ca_file cannot be used: %s", why);
        return bb_blame(err, "ca_file");
    case CURLE_SSL_CERTPROBLEM:
        bb_fail(err, SP_ERR_TLS, "client_cert or client_key cannot be used: %s", why);
        return bb_blame(err, "client_cert");
    case CURLE_SSL_CONNECT_ERROR:
        return bb_fail(err, SP_ERR_TLS, "TLS with %s fails: %s", instance->base.host, why);
    case CURLE_COULDNT_RESOLVE_PROXY:
        bb_fail(err, SP_ERR_NETWORK, "the proxy's name does not resolve: %s", why);
        return bb_blame(err, "proxy");
    default:
        break;
    }
    bb_fail(err, SP_ERR_NETWORK, "%s: %s: %s", instance->base.host,
            bb_url_path(&instance->base, url), why);
    return bb_may_retry(err);
}

int bb_transfer_error(const struct sp_instance *instance, CURLcode code, const char *url,
                      const char *detail, struct sp_error *err)
{
    int rc = transfer_error(instance, code, url, detail, err);

    hide_secrets(instance, err->message);
    return rc;
}
