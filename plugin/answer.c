/* answer.c - see answer.h */
#include "answer.h"

#include "cause.h"
#include "cleanup.h"
#include "error.h"
#include "json.h"
#include "name.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { OTHER_BODY_MAX = 64 * 1024, SHOWN_MAX = 200 };

void bb_answer_init(struct bb_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    bb_buffer_init(&answer->other_body, OTHER_BODY_MAX);
}

void bb_answer_clear(struct bb_answer *answer)
{
    free(answer->user);
    free(answer->place);
    bb_buffer_clear(&answer->other_body);
    bb_answer_init(answer);
}

static const char *header(CURL *easy, const char *name)
{
    struct curl_header *found;

    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &found) ? NULL : found->value;
}

/* What a cache answers is as old as it says, and tells no clock. */
static void read_clock(struct bb_answer *answer, CURL *easy)
{
    const char *date = header(easy, "Date");
    time_t told = date && !header(easy, "Age") ? curl_getdate(date, NULL) : -1;

    answer->tells_clock = told != -1;
    if (answer->tells_clock)
        answer->clock_ahead_s = (int64_t)told - (int64_t)time(NULL);
}

static void hide(const struct sp_instance *instance, char *text)
{
    if (text)
        bb_secret_hide(&instance->secret, text, strlen(text));
}

/* A copy without the secret, which is to be hidden before text is cut. */
static char *harmless(struct bb_answer *answer, const struct sp_instance *instance,
                      const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    answer->lacks_memory |= text && !copy;
    hide(instance, copy);
    return copy;
}

static void take(struct bb_answer *answer, const struct sp_instance *instance, char *to,
                 size_t size, const char *text)
{
    BB_AUTOFREE char *copy = harmless(answer, instance, text);

    snprintf(to, size, "%s", copy ? copy : "");
}

void bb_answer_read(struct bb_answer *answer, const struct sp_instance *instance, CURL *easy)
{
    const char *type = NULL, *place = NULL, *user = header(easy, "X-AUSERNAME");
    const char *denied = header(easy, "X-Authentication-Denied-Reason");

    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &place);
    free(answer->place);
    answer->place = harmless(answer, instance, place);
    read_clock(answer, easy);
    take(answer, instance, answer->content_type, sizeof answer->content_type, type);
    answer->is_json = type && strncasecmp(type, "application/json", 16) == 0;
    free(answer->user);
    answer->user = user && *user ? bb_name_of_header(user) : NULL;
    answer->lacks_memory |= user && *user && !answer->user;
    take(answer, instance, answer->denied_reason, sizeof answer->denied_reason, denied);
}

void bb_answer_hide(struct bb_answer *answer, const struct sp_instance *instance)
{
    const struct bb_buffer *body = &answer->other_body;

    bb_secret_hide(&instance->secret, body->data, body->length);
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

/* Reads errors[0] of Bitbucket's error envelope; the message goes to `message`. */
static void read_envelope(const struct sp_instance *instance, struct bb_answer *answer,
                          char *message, size_t size)
{
    BB_AUTOFREE char *text = NULL;
    BB_AUTOJSON struct json_object *root = NULL;
    struct json_object *errors, *first, *member;
    enum json_tokener_error why;
    const char *name, *dot;

    message[0] = '\0';
    if (answer->is_json && answer->other_body.data &&
        bb_json_parse(answer->other_body.data, &root, &why))
        answer->lacks_memory = true;
    if (!json_object_object_get_ex(root, "errors", &errors) ||
        !json_object_is_type(errors, json_type_array) ||
        !(first = json_object_array_get_idx(errors, 0)))
        return;
    if (json_object_object_get_ex(first, "exceptionName", &member) &&
        json_object_is_type(member, json_type_string)) {
        name = json_object_get_string(member);
        dot = strrchr(name, '.');
        snprintf(answer->exception, sizeof answer->exception, "%s", dot ? dot + 1 : name);
    }
    /* Once more: in JSON it may have been written with escapes. */
    if (json_object_object_get_ex(first, "message", &member) &&
        json_object_is_type(member, json_type_string))
        text = harmless(answer, instance, json_object_get_string(member));
    show(message, size, text);
}

static const char *account(const struct sp_instance *instance)
{
    return instance->settings.username ? instance->settings.username : "of the token";
}

/* Whether a page says the word to people: names of scripts and fields stand in any login page.
 */
static bool says_captcha(const char *page)
{
    for (const char *at = page; at && (at = strcasestr(at, "captcha")); at += 7) {
        const char *before = at == page ? " " : at - 1, *after = at[7] == '.' ? at + 8 : at + 7;

        if (strchr(" \t\r\n>", *before) && strchr(" \t\r\n<,:;!?", *after))
            return true;
    }
    return false;
}

static bool is_captcha(const struct bb_answer *answer)
{
    return strcasestr(answer->exception, "captcha") ||
           strcasestr(answer->denied_reason, "captcha") ||
           (answer->status == 401 && !answer->is_json && says_captcha(answer->other_body.data));
}

/* Some servers say so in JSON, some in a page for people (both reported). */
static bool is_basic_off(const struct bb_answer *answer, const char *message)
{
    const char *body = answer->other_body.data;

    return strcasestr(message, "basic auth") ||
           (!answer->is_json && body && strcasestr(body, "basic auth"));
}

int bb_login_error(const struct sp_instance *instance, enum bb_cause cause, const char *why,
                   struct sp_error *err)
{
    const char *setting = instance->settings.token ? "token" : "password";

    if (cause == BB_CAPTCHA || cause == BB_GIT_CAPTCHA)
        bb_fail(err, SP_ERR_LOGIN,
                "Bitbucket demands a CAPTCHA for the account %s: an administrator clears "
                "it under Administration > Users > Clear CAPTCHA, or its person logs in "
                "once in a browser; mend the %s or have CAPTCHA disabled before the login "
                "is resumed",
                account(instance), setting);
    else if (cause == BB_BASIC_DISABLED)
        bb_fail(err, SP_ERR_LOGIN,
                "basic authentication is switched off on this server: use an HTTP access "
                "token (setting token), or have the account %s put on the allow-list",
                account(instance));
    else
        bb_fail(err, SP_ERR_LOGIN,
                "login refused for the account %s: %.200s; mend the %s, it is not tried "
                "again as it is",
                account(instance), *why ? why : "HTTP 401", setting);
    bb_because(err, cause);
    return bb_blame(err, setting);
}

static int login_error(const struct sp_instance *instance, const struct bb_answer *answer,
                       const char *message, struct sp_error *err)
{
    enum bb_cause cause = instance->settings.token ? BB_TOKEN_REFUSED : BB_WRONG_PASSWORD;

    if (is_captcha(answer))
        cause = BB_CAPTCHA;
    else if (is_basic_off(answer, message))
        cause = BB_BASIC_DISABLED;
    return bb_login_error(instance, cause, message, err);
}

/* Who sent no credentials had none refused. */
static bool is_login_refused(const struct bb_answer *answer, const char *message)
{
    if (answer->is_anonymous)
        return false;
    if (answer->status == 401 && !strstr(answer->exception, "AuthorisationException") &&
        (!answer->user || strstr(answer->exception, "Authentication")))
        return true;
    /* A login that was not taken gave nobody a name; what is forbidden may be called so. */
    return is_captcha(answer) ||
           (answer->status == 403 && !answer->user && is_basic_off(answer, message));
}

static int forbidden_error(const struct sp_instance *instance, const struct bb_answer *answer,
                           const char *path, const char *why, struct sp_error *err)
{
    if (answer->is_anonymous)
        return bb_fail(err, SP_ERR_FORBIDDEN, "%s: not told without a login (HTTP %ld): %s",
                       path, answer->status, why);
    return bb_fail(err, SP_ERR_FORBIDDEN, "%s: not permitted for the account %s: %s", path,
                   account(instance), why);
}

static int status_error(const struct sp_instance *instance, struct bb_answer *answer,
                        const char *path, const char *message, struct sp_error *err)
{
    long status = answer->status;
    const char *why = *message ? message : "no reason given";

    if (is_login_refused(answer, message))
        return login_error(instance, answer, message, err);
    if (status == 407) {
        bb_fail(err, SP_ERR_NETWORK,
                "the proxy asks for a login (HTTP 407); give it in the setting proxy");
        bb_because(err, BB_PROXY);
        return bb_blame(err, "proxy");
    }
    if (status == 401 || status == 403)
        return forbidden_error(instance, answer, path, why, err);
    if (status == 404 || status == 410)
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

    if (answer->status == 200) {
        show(message, SHOWN_MAX, answer->other_body.data);
        rc = bb_fail(err, SP_ERR_PROTOCOL,
                     "%s: HTTP %ld, but no JSON: is base_url a Bitbucket Server, without a "
                     "login page in front of it? It begins: %s",
                     path, answer->status, *message ? message : "(nothing)");
        bb_because(err, BB_HTML);
    } else {
        read_envelope(instance, answer, message, SHOWN_MAX);
        if (answer->lacks_memory)
            return bb_fail_memory(err);
        rc = status_error(instance, answer, path, message, err);
    }
    err->http_status = (int32_t)answer->status;
    return rc;
}

/* libcurl gives one code for all that is wrong with a certificate; OpenSSL's words and
 * GnuTLS's tell more. */
static enum bb_cause cause_of_certificate(const char *why)
{
    if (strcasestr(why, "expired"))
        return BB_TLS_EXPIRED;
    if (strcasestr(why, "not yet"))
        return BB_TLS_NOT_YET_VALID;
    if (strcasestr(why, "subject name") || strcasestr(why, "host name"))
        return BB_TLS_NAME;
    return BB_TLS_ISSUER;
}

static bool is_no_tls(const char *why)
{
    return strstr(why, "wrong version number") || strstr(why, "packet length too long") ||
           strstr(why, "http request") || strstr(why, "unexpected TLS packet");
}

/* The server wants another certificate of ours, or one at all.  In TLS 1.3 it says so when the
 * connection stands already. */
static bool is_about_ours(const char *why)
{
    return strcasestr(why, "alert") &&
           (strcasestr(why, "certificate") || strcasestr(why, "unknown ca"));
}

static int client_cert_error(const struct sp_instance *instance, const char *why,
                             struct sp_error *err)
{
    bool is_key = instance->settings.client_key && strstr(why, "private key");

    bb_fail(err, SP_ERR_TLS,
            "client_cert or client_key cannot be used: %s; a key must have no pass phrase",
            why);
    bb_because(err, BB_CLIENT_CERT);
    return bb_blame(err, is_key ? "client_key" : "client_cert");
}

static int tls_error(const struct sp_instance *instance, CURLcode code, const char *why,
                     struct sp_error *err)
{
    const char *host = instance->base.host;
    enum bb_cause cause = cause_of_certificate(why);

    switch (code) {
    case CURLE_SSL_CACERT_BADFILE:
        bb_fail(err, SP_ERR_TLS, "ca_file cannot be used: %s", why);
        bb_because(err, BB_CA_FILE);
        return bb_blame(err, "ca_file");
    case CURLE_SSL_CERTPROBLEM:
        return client_cert_error(instance, why, err);
    case CURLE_PEER_FAILED_VERIFICATION:
        bb_fail(err, SP_ERR_TLS, "the certificate of %s is not trusted: %s", host, why);
        bb_because(err, cause);
        return bb_blame(err, bb_cause_row(cause)->setting);
    default:
        bb_fail(err, SP_ERR_TLS, "TLS with %s fails: %s", host, why);
        cause = is_no_tls(why) ? BB_TLS_PLAIN_HTTP : BB_TLS;
        bb_because(err, is_about_ours(why) ? BB_CLIENT_CERT : cause);
        return is_about_ours(why) ? bb_blame(err, "client_cert") : err->code;
    }
}

/* Whether what libcurl could not connect to is the proxy, which may be the environment's:
 * its message names whom it tried. */
static bool is_proxy(const struct sp_instance *instance, const char *why)
{
    const char *port = strrchr(instance->base.origin, ':') + 1;
    char *tried = NULL;
    bool is_server;

    if (!strstr(why, " port "))
        return instance->settings.proxy != NULL;
    if (asprintf(&tried, "%s port %s ", instance->base.host, port) < 0)
        return false;
    is_server = strstr(why, tried);
    free(tried);
    return !is_server;
}

static enum bb_cause cause_of_network(const struct sp_instance *instance, CURLcode code,
                                      const char *why)
{
    if (strstr(why, "from proxy") || strstr(why, "CONNECT tunnel") || code == CURLE_PROXY)
        return BB_PROXY;
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return BB_DNS;
    case CURLE_COULDNT_CONNECT:
        return is_proxy(instance, why) ? BB_PROXY : BB_REFUSED;
    case CURLE_OPERATION_TIMEDOUT:
        return BB_TIMEOUT;
    default:
        return BB_NETWORK;
    }
}

int bb_transfer_error(const struct sp_instance *instance, CURLcode code, const char *url,
                      const char *detail, struct sp_error *err)
{
    const char *why = detail && *detail ? detail : curl_easy_strerror(code);
    enum bb_cause cause;

    switch (code) {
    case CURLE_OUT_OF_MEMORY:
        return bb_fail_memory(err);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CONNECT_ERROR:
        return tls_error(instance, code, why, err);
    case CURLE_COULDNT_RESOLVE_PROXY:
        bb_fail(err, SP_ERR_NETWORK, "the proxy's name does not resolve: %s", why);
        bb_because(err, BB_PROXY);
        return bb_blame(err, "proxy");
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        if (is_about_ours(why))
            return tls_error(instance, code, why, err);
        break;
    default:
        break;
    }
    bb_fail(err, SP_ERR_NETWORK, "%s: %s: %s", instance->base.host,
            bb_url_path(&instance->base, url), why);
    cause = cause_of_network(instance, code, why);
    bb_because(err, cause);
    if (cause == BB_PROXY)
        bb_blame(err, "proxy");
    return bb_may_retry(err);
}
