/* wire.c - the provider as a host calls it, and every answer that a server gives it
 *
 * Parts: the verb ("enumerate", "health", or "import ID PATH CURSOR"), then one HTTP answer for
 * each connection, in the order in which they are made.  With FUZZ_TELL in the environment it
 * writes what it asked for, one path a line: so seeds are made.
 */
#include "source_provider_host.h"

#include "network.h"
#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORD "pa55-w0rd"
#define BASIC    "cm9ib3Q6cGE1NS13MHJk"
#define BASE     "http://127.0.0.1/bitbucket"

enum { REFUSED_MAX = 12, RECORDS_MAX = 4096 };

extern const struct source_provider *source_provider_entry(uint32_t host_abi);

struct run {
    struct fuzz_input answers;
    unsigned refused;
    unsigned records; /* of any kind */
    bool is_complete;
    int64_t organizations[64];
    size_t n_organizations;
};

/* ---- The host's side -------------------------------------------------------- */

static bool is_text(const char *text)
{
    return !text || fuzz_is_utf8(text);
}

static bool is_harmless(const char *text)
{
    return !text || (!strstr(text, PASSWORD) && !strstr(text, BASIC));
}

static int on_organization(void *ctx, const struct sp_organization *record)
{
    struct run *run = ctx;

    HOLDS(is_text(record->key) && is_text(record->name) && is_text(record->description));
    for (size_t i = 0; i < run->n_organizations; i++)
        HOLDS(run->organizations[i] != record->id);
    if (run->n_organizations < sizeof run->organizations / sizeof *run->organizations)
        run->organizations[run->n_organizations++] = record->id;
    return 0;
}

static int on_repository(void *ctx, const struct sp_repository *record)
{
    const struct run *run = ctx;
    bool is_known = run->n_organizations == sizeof run->organizations / sizeof(int64_t);

    HOLDS(is_text(record->path) && is_text(record->slug) && is_text(record->name));
    HOLDS(is_text(record->description) && is_text(record->state) && is_text(record->web_url));
    for (size_t i = 0; i < run->n_organizations; i++)
        is_known = is_known || run->organizations[i] == record->organization_id;
    HOLDS(is_known);
    return 0;
}

static int on_complete(void *ctx)
{
    ((struct run *)ctx)->is_complete = true;
    return 0;
}

static int on_git_remote(void *ctx, const struct sp_git_remote *remote)
{
    (void)ctx;
    HOLDS(strncmp(remote->url, BASE "/scm/", sizeof BASE + 4) == 0);
    HOLDS(!strstr(remote->url, "/../"));
    HOLDS(is_harmless(remote->url));
    return 0;
}

static int on_held_pull_request(void *ctx, int64_t after, int64_t since_ms, int64_t *number)
{
    (void)ctx, (void)since_ms;
    *number = after < 0 ? 1 : after + 1;
    return after < 4;
}

static int on_has_commit(void *ctx, const char *sha)
{
    (void)ctx;
    HOLDS(is_text(sha));
    return (unsigned char)sha[0] % 2;
}

static int on_begin(void *ctx, int64_t number)
{
    (void)number;
    return ++((struct run *)ctx)->records > RECORDS_MAX ? SP_ERR_HOST : 0;
}

static int on_commit(void *ctx, const struct sp_commit *record)
{
    (void)ctx;
    HOLDS(is_text(record->sha) && is_text(record->author_name) && is_text(record->message));
    return 0;
}

static int on_activity(void *ctx, const struct sp_activity *record)
{
    (void)ctx;
    HOLDS(is_text(record->text) && is_text(record->path) && is_text(record->raw));
    HOLDS(is_text(record->action_name)); /* NULL: the server did not say */
    return 0;
}

static int on_end(void *ctx, const struct sp_pull_request *record)
{
    (void)ctx;
    HOLDS(is_text(record->title) && is_text(record->description) && is_text(record->revision));
    HOLDS(is_text(record->from_ref) && is_text(record->to_ref));
    return 0;
}

static int on_gone(void *ctx, int64_t number)
{
    (void)ctx;
    HOLDS(number > 0);
    return 0;
}

static int on_person(void *ctx, const struct sp_person *record)
{
    (void)ctx;
    HOLDS(is_text(record->name) && is_text(record->display_name) && is_text(record->email));
    return 0;
}

static int on_cursor(void *ctx, const char *cursor)
{
    (void)ctx;
    HOLDS(strlen(cursor) < SP_CURSOR_MAX && is_text(cursor));
    return 0;
}

static int on_check(void *ctx, const struct sp_check *check)
{
    (void)ctx;
    HOLDS(check->id && check->status <= SP_CHECK_SKIP);
    HOLDS(is_text(check->detail) && is_text(check->remedy));
    HOLDS(is_harmless(check->detail) && is_harmless(check->remedy));
    HOLDS(!check->detail || !strpbrk(check->detail, "\r\n"));
    return 0;
}

static void on_waiting(void *ctx, int64_t until_ms, const struct sp_error *why)
{
    (void)ctx;
    HOLDS(until_ms > fuzz_network_now_ms());
    HOLDS(is_harmless(why->message));
}

static int on_cancelled(void *ctx)
{
    return ((struct run *)ctx)->refused > REFUSED_MAX;
}

static void on_log(void *ctx, uint32_t level, const char *line)
{
    (void)ctx, (void)level;
    HOLDS(is_harmless(line));
}

static int64_t on_now_ms(void *ctx)
{
    (void)ctx;
    return fuzz_network_now_ms();
}

/* ---- The server's side ------------------------------------------------------ */

static char *next_answer(void *ctx, size_t *ret_length)
{
    struct run *run = ctx;
    char *answer = fuzz_part(&run->answers, ret_length);

    run->refused += !answer;
    return answer;
}

/* The login goes below /rest and /scm, and nowhere else. */
static void check_sent(const char *sent)
{
    static const char *const places[] = {"GET /bitbucket/rest/", "GET /bitbucket/scm/"};
    bool is_below = false;

    if (!*sent)
        return;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        is_below = is_below || strncmp(sent, places[i], strlen(places[i])) == 0;
    HOLDS(is_below || !strstr(sent, BASIC));
    HOLDS(strncmp(sent, "GET /", 5) == 0);
    HOLDS(strstr(sent, "\r\nHost: 127.0.0.1\r\n"));
    if (getenv("FUZZ_TELL"))
        printf("%.*s\n", (int)strcspn(sent + 4, " "), sent + 4);
}

/* ---- The call --------------------------------------------------------------- */

static struct sp_connection *connection(const struct sp_host *host)
{
    static const struct sp_entry entries[] = {
        {"base_url", BASE, 1},
        {"username", "robot", 2},
        {"password", PASSWORD, 3},
        {"allow_plaintext", "yes", 4}, /* the ends of a pair of sockets have no address */
    };
    const struct sp_connection_file file = {
        .name = "fuzz",
        .path = "fuzz",
        .settings = {entries, sizeof entries / sizeof *entries}};
    const struct source_provider *provider = source_provider_entry(SP_ABI_VERSION);
    struct sp_connection *made = NULL;
    struct sp_values *values = NULL;
    struct sp_error err;

    HOLDS(!sp_settings_check(provider, &file, &values, NULL, NULL));
    HOLDS(!sp_connection_open(provider, host, values, &made, &err));
    sp_values_free(values);
    return made;
}

static int import(struct sp_connection *made, const char *what, const struct sp_sink *sink,
                  struct sp_error *err)
{
    struct sp_import import = {.size = sizeof import};
    char path[100] = "PROJ/repo";
    long long id = 1;
    int end = 0;

    sscanf(what, "import %lld %99s %n", &id, path, &end);
    if (!is_harmless(path)) /* what the host says may be told */
        snprintf(path, sizeof path, "PROJ/repo");
    import.repository_id = id;
    import.path = path;
    import.cursor = end && what[end] ? what + end : NULL;
    return sp_connection_import(made, &import, sink, err);
}

static int call(struct sp_connection *made, const char *what, struct run *run,
                struct sp_error *err)
{
    const struct sp_sink sink = {.size = sizeof sink,
                                 .ctx = run,
                                 .organization = on_organization,
                                 .repository = on_repository,
                                 .complete = on_complete,
                                 .git_remote = on_git_remote,
                                 .held_pull_request = on_held_pull_request,
                                 .has_commit = on_has_commit,
                                 .pull_request_begin = on_begin,
                                 .pull_request_commit = on_commit,
                                 .activity = on_activity,
                                 .pull_request_end = on_end,
                                 .pull_request_gone = on_gone,
                                 .person = on_person,
                                 .cursor = on_cursor,
                                 .check = on_check,
                                 .waiting = on_waiting,
                                 .cancelled = on_cancelled};

    if (strncmp(what, "import", 6) == 0)
        return import(made, what, &sink, err);
    if (strcmp(what, "health") == 0)
        return sp_connection_health(made, &sink, err);
    return sp_connection_enumerate(made, &sink, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sp_host host = {
        .size = sizeof host, .user_agent = "fuzz", .log = on_log, .now_ms = on_now_ms};
    struct run run = {.answers = {data, size}};
    struct sp_error err = fuzz_no_error();
    char *what = fuzz_text(&run.answers);
    struct sp_connection *made;
    int rc;

    fuzz_network_begin(next_answer, &run);
    made = connection(&host);
    rc = call(made, what, &run, &err);
    if (rc)
        fuzz_check_error(&err, rc, PASSWORD);
    HOLDS(!run.is_complete || rc == 0 || rc == SP_ERR_PARTIAL);
    sp_connection_close(made);
    fuzz_network_end(check_sent);
    free(what);
    return 0;
}
