/* failing_verbs.c - one verb of a provider, called while memory runs out
 *
 *     failing_verbs PROVIDERS FILE REPOSITORY_ID PATH VERB
 *
 * Reads orders as those of FAILING_MALLOC, one a line, and obeys each in a child of its own,
 * which has done everything once before without a failure.  Answers with a line for each:
 *
 *     failed=N code=N live=N seen=HASH MESSAGE      or: signal N
 *
 * FAILING_MALLOC_REPORT is written by each child.
 */
#include "failing_malloc.h"

#include <inttypes.h>
#include <signal.h>
#include <source_provider_host.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_S = 30 };

static const char *providers, *file, *path, *verb;
static int64_t repository_id;

/* What came out of a verb.  Nothing in it asks for memory. */
struct result {
    int code;
    uint64_t seen;
    char message[700];
};

/* ---- What the verb tells -------------------------------------------------- */

static void see(struct result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void see(struct result *result, const char *format, ...)
{
    char text[2000] = "";
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (const char *c = text; *c; c++)
        result->seen = (result->seen ^ (unsigned char)*c) * 1099511628211u;
}

static int on_organization(void *ctx, const struct sp_organization *it)
{
    see(ctx, "organization %" PRId64 " %s %s %s\n", it->id, it->key, it->name, it->description);
    return 0;
}

static int on_repository(void *ctx, const struct sp_repository *it)
{
    see(ctx, "repository %" PRId64 " %s %s %s %s %s\n", it->id, it->path, it->name,
        it->description, it->state, it->web_url);
    return 0;
}

static int on_complete(void *ctx)
{
    see(ctx, "complete\n");
    return 0;
}

static int on_git_remote(void *ctx, const struct sp_git_remote *it)
{
    see(ctx, "git %s %s\n", it->url, it->authorization);
    return 0;
}

static int on_begin(void *ctx, int64_t number)
{
    see(ctx, "begin %" PRId64 "\n", number);
    return 0;
}

static int on_commit(void *ctx, const struct sp_commit *it)
{
    see(ctx, "commit %s %s %s %zu\n", it->sha, it->author_email, it->message, it->n_parents);
    return 0;
}

static int on_activity(void *ctx, const struct sp_activity *it)
{
    see(ctx, "activity %" PRId64 " %s %s %s %s %s %zu %zu\n", it->id, it->action_name, it->text,
        it->path, it->actor ? it->actor->name : "", it->to_commit, it->n_added_commits,
        it->n_added_reviewers);
    return 0;
}

static int on_end(void *ctx, const struct sp_pull_request *it)
{
    see(ctx, "end %" PRId64 " %s %s %s %s %zu %s\n", it->number, it->title, it->description,
        it->from_commit, it->web_url, it->n_reviewers, it->revision);
    return 0;
}

static int on_person(void *ctx, const struct sp_person *it)
{
    see(ctx, "person %" PRId64 " %s %s\n", it->id, it->name, it->email);
    return 0;
}

static int on_cursor(void *ctx, const char *cursor)
{
    see(ctx, "cursor %s\n", cursor);
    return 0;
}

static int on_check(void *ctx, const struct sp_check *it)
{
    struct result *result = ctx;
    size_t length = strlen(result->message);

    see(ctx, "check %s %u %s\n", it->id, it->status, it->cause);
    if (it->status != SP_CHECK_PASS && length + 1 < sizeof result->message)
        snprintf(result->message + length, sizeof result->message - length, "[%s: %s]", it->id,
                 it->detail);
    return 0;
}

static const struct sp_sink all = {
    .size = sizeof all,
    .organization = on_organization,
    .repository = on_repository,
    .complete = on_complete,
    .git_remote = on_git_remote,
    .pull_request_begin = on_begin,
    .pull_request_commit = on_commit,
    .activity = on_activity,
    .pull_request_end = on_end,
    .person = on_person,
    .cursor = on_cursor,
    .check = on_check,
};

static void on_log(void *ctx, uint32_t level, const char *line)
{
    (void)ctx, (void)level, (void)line;
}

/* What is told may hold the time. */
static int64_t now_ms(void *ctx)
{
    (void)ctx;
    return 1700000000000;
}

static const struct sp_host host = {
    .size = sizeof host, .user_agent = "failing_verbs", .log = on_log, .now_ms = now_ms};

/* ---- Verbs ---------------------------------------------------------------- */

/* Everything up to an instance. */
struct opened {
    struct sp_modules *modules;
    struct sp_connection_file *file;
    struct sp_values *values;
    struct sp_connection *connection;
};

static void on_problem(void *ctx, const struct sp_problem *problem)
{
    struct result *result = ctx;

    snprintf(result->message, sizeof result->message, "%s", problem->text);
}

static int open_all(struct opened *it, struct result *result, struct sp_error *err)
{
    const struct source_provider *provider;
    int rc = sp_modules_open(providers, &it->modules, err);

    if (rc)
        return rc;
    provider = sp_modules_find(it->modules, "bitbucket-server");
    if (!provider)
        return sp_error_set(err, SP_ERR_NOMEM, "%s", sp_modules_get(it->modules, 0)->reason);
    rc = sp_connection_file_read(file, &it->file, on_problem, result);
    if (!rc)
        rc = sp_settings_check(provider, it->file, &it->values, on_problem, result);
    if (rc)
        return sp_error_set(err, rc, "%s", result->message);
    return sp_connection_open(provider, &host, it->values, &it->connection, err);
}

static void close_all(struct opened *it)
{
    sp_connection_close(it->connection);
    sp_values_free(it->values);
    sp_connection_file_free(it->file);
    sp_modules_free(it->modules);
}

static int configure(struct result *result, struct sp_error *err)
{
    struct opened it = {0};
    char salt[SP_SALT_MAX] = "", account[SP_ACCOUNT_MAX], print[SP_FINGERPRINT_MAX];
    int rc = open_all(&it, result, err);

    if (!rc)
        rc = sp_connection_account(it.connection, account, sizeof account, err);
    if (!rc)
        rc = sp_fingerprint_salt(salt, sizeof salt, err);
    if (!rc)
        rc = sp_values_fingerprint(it.values, salt, print, sizeof print, err);
    if (!rc)
        see(result, "%s %zu\n", account, strlen(print));
    close_all(&it);
    return rc;
}

static int call(struct sp_connection *connection, struct result *result, struct sp_error *err)
{
    struct sp_import what = {.size = sizeof what, .repository_id = repository_id, .path = path};
    struct sp_sink sink = all;

    sink.ctx = result;
    if (strcmp(verb, "enumerate") == 0)
        return sp_connection_enumerate(connection, &sink, err);
    if (strcmp(verb, "import") == 0)
        return sp_connection_import(connection, &what, &sink, err);
    return sp_connection_health(connection, &sink, err);
}

/* Of a verb that needs an instance, memory is there until it has one. */
static unsigned long play(const struct failing *orders, struct result *result)
{
    bool makes_one = strcmp(verb, "configure") == 0;
    struct sp_error err = {.size = sizeof err};
    struct opened it = {0};
    unsigned long failed;

    *result = (struct result){.seen = 1};
    if (!makes_one && open_all(&it, result, &err)) {
        fprintf(stderr, "failing_verbs: %s\n", err.message);
        exit(1);
    }
    failing_begin(orders);
    result->code = makes_one ? configure(result, &err) : call(it.connection, result, &err);
    failed = failing_end();
    close_all(&it);
    if (result->code)
        snprintf(result->message, sizeof result->message, "%s", err.message);
    return failed;
}

/* ---- One child each --------------------------------------------------------------- */

static void obey(const struct failing *orders)
{
    struct result result;
    unsigned long failed;

    alarm(PATIENCE_S);
    failed = play(orders, &result);
    failing_report();
    printf("failed=%lu code=%d live=%lu seen=%016" PRIx64 " %s\n", failed, result.code,
           failing_live(), result.seen, result.message);
    fflush(stdout);
    _exit(0);
}

static void obey_in_child(const struct failing *orders)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        obey(orders);
    if (child < 0 || waitpid(child, &status, 0) != child)
        exit(1);
    if (WIFSIGNALED(status))
        printf("signal %d\n", WTERMSIG(status));
    else if (WEXITSTATUS(status))
        printf("exit %d\n", WEXITSTATUS(status));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct result result;
    char line[200];

    if (argc != 6)
        return 2;
    providers = argv[1];
    file = argv[2];
    repository_id = strtoll(argv[3], NULL, 10);
    path = argv[4];
    verb = argv[5];
    play(&(struct failing){0}, &result);
    while (fgets(line, sizeof line, stdin)) {
        struct failing orders;

        line[strcspn(line, "\n")] = '\0';
        if (!failing_orders(line, &orders))
            return 2;
        obey_in_child(&orders);
    }
    return 0;
}
