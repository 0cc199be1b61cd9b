/* attempt.c - how a request is sent, and its answer taken while it comes */
#include "attempt.h"

#include "error.h"
#include "span.h"

#include <string.h>

enum {
    PIECE = 128 * 1024, /* of a body, taken at once */
    HEAD_MAX = 256 * 1024,
    BODY_MAX = 512 * 1024 * 1024, /* most of it diffs, which nobody keeps */
    CONNECT_TIMEOUT_S = 20,
    SLOWEST_BYTES_PER_S = 64 /* slower than this for request_timeout is stalled */
};

/* Of what is not the JSON that was asked for, the beginning is enough: it may have no end. */
static int keep_other(struct bb_request *request, const char *data, size_t length)
{
    struct bb_buffer *body = &request->answer.other_body;
    size_t room = body->maximum - body->length;

    if (bb_buffer_add(body, data, length < room ? length : room))
        return bb_fail_memory(&request->err);
    return length > room; /* that ends the transfer */
}

/* Of what is not kept there may be no end either: blanks that were packed by gzip, say. */
static int take_body(struct bb_request *request, const char *data, size_t length)
{
    if (!request->body_began)
        request->body->begin(request->body->ctx);
    request->body_began = true;
    request->body_length += length;
    if (request->body_length > BODY_MAX)
        return bb_fail(&request->err, SP_ERR_PROTOCOL, "the answer is larger than %d MiB",
                       BODY_MAX >> 20);
    return request->body->data(request->body->ctx, data, length, &request->err);
}

/* Called by libcurl with each piece of the body.  Returning less than it got ends the
 * transfer; request->err then says why. */
static size_t on_data(char *data, size_t size, size_t n, void *user)
{
    struct bb_request *request = user;
    struct bb_answer *answer = &request->answer;
    size_t length = size * n;

    if (answer->status == 0)
        bb_answer_read(answer, request->call->instance, request->easy);
    if (answer->lacks_memory) {
        bb_fail_memory(&request->err);
        return 0;
    }
    if (answer->status == 200 && answer->is_json && !(request->flags & BB_RAW))
        return take_body(request, data, length) ? 0 : length;
    return keep_other(request, data, length) ? 0 : length;
}

/* Called by libcurl with each line of each head: of the proxy's and of interim answers too,
 * which it keeps, however many they are. */
static size_t on_header(char *line, size_t size, size_t n, void *user)
{
    struct bb_request *request = user;

    if (n > 5 && memcmp(line, "HTTP/", 5) == 0)
        request->head_ended = false;
    if (line[0] == '\r' || line[0] == '\n')
        request->head_ended = true;
    request->head_length += size * n;
    if (request->head_length <= HEAD_MAX)
        return size * n;
    bb_fail(&request->err, SP_ERR_PROTOCOL, "the head of the answer is larger than %d KiB",
            HEAD_MAX >> 10);
    return 0;
}

/* Called by libcurl whenever bytes move, and about once a second. */
static int on_progress(void *user, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up_now)
{
    (void)total, (void)now, (void)up_total, (void)up_now;
    return bb_request_is_overdue(user);
}

/* Called by libcurl before it sends.  Who is at the other end it alone knows: a proxy of the
 * environment, or whatever localhost resolves to. */
static int on_connected(void *user, char *ip, char *local_ip, int port, int local_port)
{
    struct bb_request *request = user;
    const struct sp_instance *instance = request->call->instance;

    (void)local_ip, (void)port, (void)local_port;
    if (instance->base.is_https || instance->settings.allow_plaintext || bb_is_loopback(ip))
        return CURL_PREREQFUNC_OK;
    bb_fail_setting(&request->err, "proxy",
                    "http:// would send the credentials unencrypted to %.60s, which is not "
                    "this machine: is it the proxy of the environment (http_proxy)? Use "
                    "https://, name %.100s in no_proxy, or set allow_plaintext = true",
                    ip, instance->base.host);
    bb_because(&request->err, BB_PLAINTEXT);
    return CURL_PREREQFUNC_ABORT;
}

/* The header is made by us and borrowed by libcurl.  What it is told as user, password or
 * token it copies several times, and frees unwiped; so is only the request as it is sent. */
static void set_headers(struct bb_request *request)
{
    static char git_protocol[] = "Git-Protocol: version=2";
    struct bb_secret *secret = &request->call->instance->secret;
    struct curl_slist *list = NULL;

    if (request->flags & BB_GIT) {
        request->headers[1] = (struct curl_slist){git_protocol, list};
        list = &request->headers[1];
    }
    if (!(request->flags & BB_WITHOUT_LOGIN)) {
        request->headers[0] = (struct curl_slist){secret->header, list};
        list = &request->headers[0];
    }
    curl_easy_setopt(request->easy, CURLOPT_HTTPHEADER, list);
}

/* libcurl copies text.  Without what was to be set a request would be another one, or go
 * another way: past the proxy, say. */
#define LACKS(...) (curl_easy_setopt(__VA_ARGS__) == CURLE_OUT_OF_MEMORY)

static bool lacks_reach(CURL *easy, const struct bb_settings *settings)
{
    bool lacks = false;

    if (settings->ca_file)
        lacks |= LACKS(easy, CURLOPT_CAINFO, settings->ca_file);
    if (settings->client_cert)
        lacks |= LACKS(easy, CURLOPT_SSLCERT, settings->client_cert);
    if (settings->client_key)
        lacks |= LACKS(easy, CURLOPT_SSLKEY, settings->client_key);
    /* Without one OpenSSL asks whoever sits at the terminal. */
    lacks |= LACKS(easy, CURLOPT_KEYPASSWD, "");
    if (settings->proxy)
        lacks |= LACKS(easy, CURLOPT_PROXY, settings->proxy);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, settings->verify_tls ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, settings->verify_tls ? 2L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    return lacks;
}

static void set_times(CURL *easy, int64_t request_timeout)
{
    long seconds = (long)request_timeout;

    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
                     seconds < CONNECT_TIMEOUT_S ? seconds : (long)CONNECT_TIMEOUT_S);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOWEST_BYTES_PER_S);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, seconds);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, seconds * 20);
}

static void set_callbacks(struct bb_request *request)
{
    CURL *easy = request->easy;

    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, request->detail);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, request);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, request);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, request);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
}

int bb_attempt_prepare(struct bb_request *request, struct sp_error *err)
{
    const struct sp_instance *instance = request->call->instance;
    const char *agent = instance->host ? instance->host->user_agent : NULL;
    CURL *easy = request->easy = curl_easy_init();
    bool lacks = false;

    if (!easy)
        return bb_fail_memory(err);
    request->detail[0] = '\0';
    request->head_ended = request->body_began = false;
    request->head_length = request->body_length = 0;
    request->began_ms = bb_now_ms();
    request->began_ns = bb_span_begin(instance);
    bb_answer_clear(&request->answer);
    request->answer.is_anonymous = request->flags & BB_WITHOUT_LOGIN;
    memset(&request->err, 0, sizeof request->err);
    lacks |= LACKS(easy, CURLOPT_URL, request->url);
    lacks |= LACKS(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    lacks |= LACKS(easy, CURLOPT_ACCEPT_ENCODING, "");
    lacks |= LACKS(easy, CURLOPT_USERAGENT, agent ? agent : "source-provider");
    lacks |= lacks_reach(easy, &instance->settings);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700 /* 7.87 */
    /* To end a request does not wait for a name server that is silent. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)PIECE);
    set_callbacks(request);
    set_times(easy, instance->settings.request_timeout);
    set_headers(request);
    return lacks ? bb_fail_memory(err) : SP_OK;
}
