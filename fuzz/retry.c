/* retry.c - Retry-After and Date, whatever stands there: waits have an end, and are told
 *
 * Parts: what stands behind Retry-After, the same behind Date, and the status.
 */
#include "target.h"

#include "network.h"
#include "plugin.h"
#include "verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ASKED_MAX = 3,                        /* times that the server says so */
    WAIT_MAX_MS = 10 * 60 * 1000 / 4 * 5, /* what is waited for, and a little spread */
    TOLD_MAX_MS = 7 * 24 * 3600 * 1000
};

struct run {
    char *retry_after, *date;
    long status;
};

static char *answer(void *ctx, size_t *ret_length)
{
    const struct run *run = ctx;
    char *text = NULL;
    int length;

    if (fuzz_network_connections() > ASKED_MAX)
        return NULL;
    length = asprintf(&text,
                      "HTTP/1.1 %ld x\r\nRetry-After: %s\r\nDate: %s\r\nX-AUSERNAME: robot\r\n"
                      "Content-Length: 0\r\n\r\n",
                      run->status, run->retry_after, run->date);
    HOLDS(length > 0);
    *ret_length = (size_t)length;
    return text;
}

static void on_waiting(void *ctx, int64_t until_ms, const struct sp_error *why)
{
    int64_t now_ms = fuzz_network_now_ms();

    (void)ctx;
    HOLDS(until_ms > now_ms && until_ms <= now_ms + WAIT_MAX_MS);
    HOLDS(why->retry_after_ms <= WAIT_MAX_MS);
}

static int on_cancelled(void *ctx)
{
    (void)ctx;
    return fuzz_network_connections() > ASKED_MAX;
}

static int64_t on_now_ms(void *ctx)
{
    (void)ctx;
    return fuzz_network_now_ms();
}

static void ignore(const char *sent)
{
    (void)sent;
}

static void enumerate(struct run *run)
{
    static const struct sp_pair pairs[] = {{"base_url", "http://127.0.0.1"},
                                           {"username", "robot"},
                                           {"password", FUZZ_SECRET},
                                           {"allow_plaintext", "yes"}};
    const struct sp_sink sink = {
        .size = sizeof sink, .waiting = on_waiting, .cancelled = on_cancelled};
    const struct sp_host host = {.size = sizeof host, .now_ms = on_now_ms};
    struct sp_instance *instance = NULL;
    struct sp_error err = fuzz_no_error();
    int64_t began_ms;
    int rc;

    fuzz_network_begin(answer, run);
    began_ms = fuzz_network_now_ms();
    HOLDS(!bb_configure(&host, pairs, sizeof pairs / sizeof *pairs, &instance, &err));
    rc = bb_enumerate(instance, &sink, &err);
    HOLDS(rc < 0 && err.code == rc);
    HOLDS(err.retry_after_ms <= TOLD_MAX_MS);
    HOLDS(fuzz_network_now_ms() - began_ms <= INT64_C(1) * ASKED_MAX * WAIT_MAX_MS);
    bb_close(instance);
    fuzz_network_end(ignore);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct run run = {.retry_after = fuzz_text(&input), .date = fuzz_text(&input)};
    char *status = fuzz_text(&input);

    run.status = strcmp(status, "503") == 0 ? 503 : 429;
    enumerate(&run);
    free(run.retry_after);
    free(run.date);
    free(status);
    return 0;
}
