/* check_health.c - a health report is complete, however bad the news in it */
#include "call.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void kit_check_health(struct kit *kit)
{
    struct sp_connection *connection = kit_connect(kit);
    struct kit_call call;
    unsigned n[SP_CHECK_SKIP + 1] = {0};

    if (!connection)
        return;
    kit_call_init(&call, kit);
    if (kit_call_health(&call, connection))
        kit_fault(kit, "the report fails: %s", call.err.message);
    else if (call.checks.n == 0)
        kit_fault(kit, "the report is empty");
    for (size_t i = 0; i < call.checks.n; i++)
        n[call.checks.row[i].id]++;
    if (call.n_asked == 0)
        kit_fault(kit, "the report never asks whether it is cancelled");
    kit_tell(kit, "%u pass, %u warn, %u fail, %u skip", n[SP_CHECK_PASS], n[SP_CHECK_WARN],
             n[SP_CHECK_FAIL], n[SP_CHECK_SKIP]);
    kit_call_clear(&call);
    sp_connection_close(connection);
}

/* ---- Bad news -------------------------------------------------------------- */

/* A port of this machine at which nobody listens: one that was free a moment ago. */
static int nobodys_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) ||
        getsockname(fd, (struct sockaddr *)&address, &length))
        address.sin_port = htons(1);
    if (fd >= 0)
        close(fd);
    return ntohs(address.sin_port);
}

static void check_failed(struct kit *kit, const char *key, struct sp_connection *connection)
{
    struct kit_call report, listing;
    bool failed = false;

    kit_call_init(&report, kit);
    kit_call_init(&listing, kit);
    if (kit_call_health(&report, connection))
        kit_fault(kit, "the report itself fails: %s", report.err.message);
    for (size_t i = 0; i < report.checks.n; i++)
        failed |= report.checks.row[i].id == SP_CHECK_FAIL;
    if (!failed)
        kit_fault(kit, "with a %s where nothing is, no health check fails", key);
    if (kit_call_enumerate(&listing, connection) == 0)
        kit_fault(kit, "with a %s where nothing is, the listing is complete", key);
    else if (listing.n_complete)
        kit_fault(kit, "with a %s where nothing is, the listing says complete, and fails", key);
    kit_call_clear(&report);
    kit_call_clear(&listing);
}

/* As the file's own: a provider may take https alone. */
static const char *scheme_of(const struct kit *kit, const char *key)
{
    for (size_t i = 0; i < kit->n_pairs; i++)
        if (strcmp(kit->pair[i].key, key) == 0)
            return strncmp(kit->pair[i].value, "https:", 6) == 0 ? "https" : "http";
    return "http";
}

/* 1: tried.  Only required settings: others may be used for nothing. */
static unsigned try_nowhere(struct kit *kit, const struct sp_setting *setting)
{
    struct sp_connection *connection = NULL;
    struct sp_error err;
    struct sp_pair *pairs;
    char nowhere[64];
    size_t n;
    int rc;

    if (!(setting->flags & SP_SETTING_REQUIRED) ||
        (setting->type != SP_SETTING_URL && setting->type != SP_SETTING_FILE))
        return 0;
    if (setting->type == SP_SETTING_URL)
        snprintf(nowhere, sizeof nowhere, "%s://127.0.0.1:%d/", scheme_of(kit, setting->key),
                 nobodys_port());
    else
        snprintf(nowhere, sizeof nowhere, "/nonexistent/source-provider-check");
    pairs = kit_pairs_with(kit, setting->key, nowhere, &n);
    rc = kit_open(kit, pairs, n, &connection, &err);
    if (rc == 0)
        check_failed(kit, setting->key, connection);
    else
        kit_tell(kit, "%s = %s is not tried: %s", setting->key, nowhere, err.message);
    sp_connection_close(connection);
    free(pairs);
    return rc == 0;
}

/* Nothing is changed that a login is made of: a wrong one can lock an account. */
void kit_check_bad_news(struct kit *kit)
{
    unsigned tried = 0;

    for (size_t i = 0; i < kit->provider->n_settings; i++)
        tried += try_nowhere(kit, kit_setting(kit, i));
    if (!tried)
        kit_skip(kit, "no required URL or file can be set to where nothing is");
}
