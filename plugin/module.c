/* module.c - what this module is: what can be set of it, and what it can do
 *
 * From here down: the verbs (enumerate.c, import.c, health.c), the resources that they list
 * (pull_request_*.c, resource.c), pages (page.c, document.c), transport (transport.c,
 * attempt.c, request.c), libcurl.  JSON becomes records in record_*.c.
 */
#include "instance.h"
#include "source_provider.h"
#include "verbs.h"

#define ROW(name, kind, bits, standard, text, sentence)                                        \
    {                                                                                          \
        .declared = {.key = #name,                                                             \
                     .type = SP_SETTING_##kind,                                                \
                     .flags = (bits),                                                          \
                     .fallback = (standard),                                                   \
                     .label = (text),                                                          \
                     .help = (sentence)},                                                      \
        .offset = offsetof(struct bb_settings, name)                                           \
    }
#define NUMBER(name, least, most, standard, text, sentence)                                    \
    {                                                                                          \
        .declared = {.key = #name,                                                             \
                     .type = SP_SETTING_INTEGER,                                               \
                     .minimum = (least),                                                       \
                     .maximum = (most),                                                        \
                     .fallback = (standard),                                                   \
                     .label = (text),                                                          \
                     .help = (sentence)},                                                      \
        .offset = offsetof(struct bb_settings, name)                                           \
    }

const struct bb_setting bb_setting_table[] = {
    ROW(base_url, URL, SP_SETTING_REQUIRED, NULL, "Base URL",
        "The whole URL of the server, its context path included, as "
        "https://bitbucket.example.com/bitbucket."),
    ROW(username, STRING, 0, NULL, "Username", "The service account; not needed with a token."),
    ROW(password, STRING, SP_SETTING_SECRET, NULL, "Password",
        "The password of the service account."),
    ROW(token, STRING, SP_SETTING_SECRET, NULL, "HTTP access token",
        "Instead of a password: a personal, project or repository access token."),
    ROW(ca_file, FILE, SP_SETTING_PEM, NULL, "CA file",
        "PEM file with the authorities that the server's certificate is checked against, "
        "instead of the system's."),
    ROW(client_cert, FILE, SP_SETTING_PEM, NULL, "Client certificate",
        "PEM file, for mutual TLS."),
    ROW(client_key, FILE, SP_SETTING_PEM, NULL, "Client key",
        "PEM file with the key of the client certificate."),
    ROW(verify_tls, BOOLEAN, 0, "true", "Verify TLS",
        "Off: any certificate is believed, and so is anyone in between."),
    ROW(proxy, URL, SP_SETTING_SECRET, NULL, "Proxy",
        "URL of the proxy, with its login if it asks for one; default is the environment's."),
    ROW(allow_plaintext, BOOLEAN, 0, "false", "Allow plain text",
        "On: credentials may go over http:// to a host that is not this one."),
    NUMBER(max_concurrency, 1, 64, "4", "Concurrent requests",
           "The most requests under way at once; from 5 on a changed password can lock the "
           "account."),
    NUMBER(max_requests_per_second, 0, 1000, "0", "Requests per second",
           "The most requests in a second; 0: as many as the server grants."),
    NUMBER(request_timeout, 1, 3600, "120", "Request time-out",
           "Seconds after which a request that does not move is given up."),
    NUMBER(page_size, 1, 1000, "1000", "Page size",
           "The most rows asked for in one request; each listing has a limit of its own "
           "besides."),
    ROW(include_personal, BOOLEAN, 0, "true", "Personal repositories",
        "Off: people's own spaces (~user) are not listed."),
    ROW(include_archived, BOOLEAN, 0, "true", "Archived repositories",
        "Off: archived repositories are not listed."),
    ROW(exclude, LIST, 0, NULL, "Exclude",
        "Globs on KEY/slug, as */legacy-*; what matches is not listed."),
    ROW(pull_requests, BOOLEAN, 0, "true", "Pull requests",
        "Off: only Git history is imported."),
    {.declared = {.key = "history_since",
                  .type = SP_SETTING_DATE,
                  .label = "History since",
                  .help = "Pull requests that last changed before this day, and commits from "
                          "before it, are "
                          "not imported."},
     .offset = offsetof(struct bb_settings, history_since_ms)},
    NUMBER(reread_closed_days, 0, 3650, "14", "Re-read closed",
           "Days after its end during which a pull request is still read again for late "
           "comments."),
    NUMBER(full_cycle_days, 0, 365, "7", "Full cycle",
           "Days after which all pull requests of a repository are read again, for what leaves "
           "no mark in a listing; 0: each time."),
};

const size_t bb_setting_count = sizeof bb_setting_table / sizeof *bb_setting_table;

static const struct source_provider provider = {
    .size = sizeof provider,
    .abi = SP_ABI_VERSION,
    .threading = SP_PARALLEL,
    .name = "bitbucket-server",
    .title = "Bitbucket Server",
    .version = PACKAGE_VERSION,
    .settings = &bb_setting_table[0].declared,
    .n_settings = sizeof bb_setting_table / sizeof *bb_setting_table,
    .setting_size = sizeof bb_setting_table[0],
    .configure = bb_configure,
    .close = bb_close,
    .enumerate = bb_enumerate,
    .import = bb_import,
    .health = bb_health,
    .account = bb_account,
};

SOURCE_PROVIDER_DEFINE(provider);
