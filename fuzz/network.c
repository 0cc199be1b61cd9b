/* network.c - see network.h */
#include "network.h"

#include "target.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct {
    fuzz_answer_fn answer;
    void *ctx;
    int ours[FUZZ_CONNECTIONS_MAX]; /* our ends */
    unsigned wanted, n;
    int64_t passed_ms;
} network;

void fuzz_network_begin(fuzz_answer_fn answer, void *ctx)
{
    static bool is_ready;

    if (!is_ready) /* once for all, as what the last instance ends is begun anew else */
        HOLDS(!curl_global_init(CURL_GLOBAL_DEFAULT));
    is_ready = true;
    network.answer = answer;
    network.ctx = ctx;
    network.wanted = network.n = 0;
    network.passed_ms = INT64_C(1700000000000);
}

unsigned fuzz_network_connections(void)
{
    return network.wanted;
}

int64_t fuzz_network_now_ms(void)
{
    return network.passed_ms;
}

void fuzz_network_end(void (*fn)(const char *sent))
{
    static char sent[64 * 1024];

    for (unsigned i = 0; i < network.n; i++) {
        ssize_t length = recv(network.ours[i], sent, sizeof sent - 1, MSG_DONTWAIT);

        sent[length > 0 ? length : 0] = '\0';
        fn(sent);
        close(network.ours[i]);
    }
    network.n = 0;
}

/* ---- In the place of libcurl's ---------------------------------------------- */

static curl_socket_t connected(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    size_t length = 0;
    int pair[2];
    char *answer;

    (void)ctx, (void)purpose, (void)address;
    network.wanted++;
    answer = network.n < FUZZ_CONNECTIONS_MAX ? network.answer(network.ctx, &length) : NULL;
    if (!answer)
        return CURL_SOCKET_BAD;
    HOLDS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    if (length) /* what does not fit is not sent */
        send(pair[0], answer, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    free(answer);
    shutdown(pair[0], SHUT_WR);
    network.ours[network.n++] = pair[0];
    return pair[1];
}

/* Before the C library's, for libcurl as well: some versions connect a socket again that they
 * were told is connected. */
__attribute__((visibility("default"))) int connect(int socket, const struct sockaddr *address,
                                                   socklen_t length)
{
    (void)socket, (void)address, (void)length;
    return 0;
}

CURL *__real_curl_easy_init(void);
CURL *__wrap_curl_easy_init(void);
CURLMcode __real_curl_multi_poll(CURLM *, struct curl_waitfd *, unsigned, int, int *);
CURLMcode __wrap_curl_multi_poll(CURLM *, struct curl_waitfd *, unsigned, int, int *);
int __wrap_clock_gettime(clockid_t, struct timespec *);

CURL *__wrap_curl_easy_init(void)
{
    CURL *easy = __real_curl_easy_init();

    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, connected);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    return easy;
}

CURLMcode __wrap_curl_multi_poll(CURLM *multi, struct curl_waitfd *more, unsigned n,
                                 int wait_ms, int *ret_n)
{
    CURLMcode code;
    int ready = 0;

    code = __real_curl_multi_poll(multi, more, n, 0, &ready);
    if (!ready)
        network.passed_ms += wait_ms;
    if (ret_n)
        *ret_n = ready;
    return code;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    now->tv_sec = network.passed_ms / 1000;
    now->tv_nsec = network.passed_ms % 1000 * 1000000;
    return 0;
}
