/* shelf.c - a sound provider for Shelf, a product that does not exist
 *
 * Its server is a few tables below: one organization, two repositories, five pull requests. All
 * the rest is what the contract asks for of reviews, logins and waiting.  test-kit.py holds it
 * against the contract, and then breaks it in one way after the other.
 */
#define _GNU_SOURCE 1 /* explicit_bzero */
#include <source_provider.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct sp_instance {
    const struct sp_host *host;
    char base_url[200], password[100];
    int page_size;
    int proven; /* the server has accepted the login of this instance */
};

static const struct sp_setting settings[] = {
    {.key = "base_url",
     .type = SP_SETTING_URL,
     .flags = SP_SETTING_REQUIRED,
     .label = "Base URL",
     .help = "The whole URL of the Shelf."},
    {.key = "password",
     .type = SP_SETTING_STRING,
     .flags = SP_SETTING_REQUIRED | SP_SETTING_SECRET,
     .label = "Password",
     .help = "The password of the reader's account."},
    {.key = "page_size",
     .type = SP_SETTING_INTEGER,
     .fallback = "2",
     .minimum = 1,
     .maximum = 100,
     .label = "Page size",
     .help = "How many pull requests are asked for at once."},
};

static int fail(struct sp_error *err, int code, const char *setting, const char *cause,
                const char *message)
{
    err->code = code;
    snprintf(err->setting, sizeof err->setting, "%s", setting);
    snprintf(err->cause, sizeof err->cause, "%s", cause);
    snprintf(err->message, sizeof err->message, "%s", message);
    return code;
}

static void say(const struct sp_instance *instance, const char *line)
{
    if (instance->host->log)
        instance->host->log(instance->host->ctx, SP_LOG_DEBUG, line);
}

/* ---- Configure ---------------------------------------------------------------- */

static int take(struct sp_instance *instance, const struct sp_pair *pair, struct sp_error *err)
{
    char *end;

    if (strcmp(pair->key, "base_url") == 0) {
        snprintf(instance->base_url, sizeof instance->base_url, "%s", pair->value);
    } else if (strcmp(pair->key, "password") == 0) {
        snprintf(instance->password, sizeof instance->password, "%s", pair->value);
    } else if (strcmp(pair->key, "page_size") == 0) {
        long size = strtol(pair->value, &end, 10);

        if (end == pair->value || *end || size < 1 || size > 100)
            return fail(err, SP_ERR_INVALID, "page_size", "", "page_size: not from 1 to 100");
        instance->page_size = (int)size;
    } else {
        return fail(err, SP_ERR_INVALID, pair->key, "", "unknown setting");
    }
    return SP_OK;
}

static int check_meaning(const struct sp_instance *instance, struct sp_error *err)
{
    if (strncmp(instance->base_url, "http://", 7) != 0)
        return fail(err, SP_ERR_INVALID, "base_url", "",
                    "base_url: it has to begin with http://");
    if (!instance->password[0])
        return fail(err, SP_ERR_INVALID, "password", "", "password is missing");
    return SP_OK;
}

static void close_instance(struct sp_instance *instance)
{
    if (instance)
        explicit_bzero(instance, sizeof *instance); /* a password was in it */
    free(instance);
}

/* In place of no host, so that nobody has to ask. */
static const struct sp_host nobody = {.size = sizeof nobody};

static int configure(const struct sp_host *host, const struct sp_pair *pairs, size_t n,
                     struct sp_instance **out, struct sp_error *err)
{
    struct sp_instance *instance = calloc(1, sizeof *instance);
    int rc = SP_OK;

    if (!instance)
        return fail(err, SP_ERR_NOMEM, "", "", "out of memory");
    instance->host = host ? host : &nobody;
    instance->page_size = 2;
    for (size_t i = 0; !rc && i < n; i++)
        rc = take(instance, &pairs[i], err);
    if (!rc)
        rc = check_meaning(instance, err);
    if (rc)
        close_instance(instance);
    else
        *out = instance;
    return rc;
}

/* Which account of which server: who writes the same shares a lockout. */
static int account(struct sp_instance *instance, char *name, size_t size, struct sp_error *err)
{
    (void)err;
    snprintf(name, size, "%s reader", instance->base_url);
    return SP_OK;
}

/* ---- Requests ------------------------------------------------------------------ */

static int cancelled(const struct sp_sink *sink, struct sp_error *err)
{
    return sink->cancelled && sink->cancelled(sink->ctx)
               ? fail(err, SP_ERR_CANCELLED, "", "", "cancelled")
               : SP_OK;
}

/* Waits for the host's word that a request with the login may go; 0 in *seat: there is no such
 * host.  Whatever waits asks once a second, or more often, whether it is cancelled. */
static int enter(struct sp_instance *instance, const struct sp_sink *sink, int *seat,
                 struct sp_error *err)
{
    const struct sp_host *host = instance->host;
    const struct timespec pause = {.tv_nsec = 50L * 1000 * 1000};
    int rc = SP_OK;

    *seat = 0;
    if (!host->login_enter)
        return SP_OK;
    while (!rc && !(*seat = host->login_enter(host->ctx, 4, instance->proven, err))) {
        rc = cancelled(sink, err);
        nanosleep(&pause, NULL);
    }
    return rc ? rc : *seat < 0 ? *seat : SP_OK;
}

/* One request.  A refused login is told to the host before its seat is given back, and is never
 * tried again. */
static int ask(struct sp_instance *instance, const struct sp_sink *sink, struct sp_error *err)
{
    const struct sp_host *host = instance->host;
    int seat, rc = cancelled(sink, err);

    if (!rc)
        rc = enter(instance, sink, &seat, err);
    if (rc)
        return rc;
    say(instance, "GET /shelf");
    if (strcmp(instance->base_url, "http://shelf.example/") != 0)
        rc = fail(err, SP_ERR_NETWORK, "base_url", "connect", "nobody answers at base_url");
    else if (strcmp(instance->password, "let me read") != 0)
        rc = fail(err, SP_ERR_LOGIN, "password", "password", "the Shelf refuses the password");
    if (rc == SP_ERR_LOGIN && host->login_refused)
        host->login_refused(host->ctx, err);
    instance->proven |= !rc;
    if (seat > 0)
        host->login_leave(host->ctx, seat);
    return rc;
}

/* ---- Enumerate ------------------------------------------------------------------ */

static const struct sp_organization organization = {
    .size = sizeof organization, .id = 1, .key = "SHELF", .name = "The Shelf"};
static const struct sp_repository repositories[] = {
    {.size = sizeof(struct sp_repository),
     .id = 10,
     .organization_id = 1,
     .path = "SHELF/books"},
    {.size = sizeof(struct sp_repository),
     .id = 11,
     .organization_id = 1,
     .path = "SHELF/empty"},
};

static int enumerate(struct sp_instance *instance, const struct sp_sink *sink,
                     struct sp_error *err)
{
    int rc = ask(instance, sink, err);

    if (!rc && sink->organization)
        rc = sink->organization(sink->ctx, &organization);
    for (size_t i = 0; !rc && i < 2; i++)
        if (sink->repository)
            rc = sink->repository(sink->ctx, &repositories[i]);
    if (!rc && sink->complete)
        rc = sink->complete(sink->ctx);
    return rc;
}

/* ---- Import: pull requests --------------------------------------------------------- */

enum { PULL_REQUESTS = 5 };

static const struct sp_person ada = {.size = sizeof ada, .id = 7, .name = "ada"},
                              bob = {.size = sizeof bob, .id = 8, .name = "bob"};

/* All that the server holds of pull request `number`.  The revision is different whenever
 * anything of it is: here the version that the server counts, with its number of comments. */
static void read_pull_request(int64_t number, struct sp_pull_request *record, char revision[64])
{
    *record = (struct sp_pull_request){
        .size = sizeof *record,
        .number = number,
        .title = "One more book",
        .author = &ada,
        .created_ms = 1700000000000 + number,
        .updated_ms = 1700000001000 + number,
        .from_ref = "refs/heads/book",
        .to_ref = "refs/heads/main",
        .comment_count = 2,
        .open_task_count = -1,
        .resolved_task_count = -1,
        .state = number % 2 ? SP_OPEN : SP_MERGED,
        .revision = revision,
    };
    snprintf(revision, 64, "version %d, 2 comments", (int)number);
}

/* Whether the host holds this very revision, or says to leave it alone: then it is skipped. */
static int is_known(const struct sp_sink *sink, const struct sp_pull_request *record)
{
    char held[SP_REVISION_MAX] = "";
    int rc = sink->known_revision
                 ? sink->known_revision(sink->ctx, record->number, held, sizeof held)
                 : 0;

    return rc < 0 ? rc : rc == 2 || strcmp(held, record->revision) == 0;
}

static int send_commit(const struct sp_sink *sink, int64_t number)
{
    char sha[41];
    struct sp_commit commit = {.size = sizeof commit, .sha = sha, .message = "A book\n"};

    snprintf(sha, sizeof sha, "%040llx", (unsigned long long)number);
    return sink->pull_request_commit ? sink->pull_request_commit(sink->ctx, &commit) : SP_OK;
}

static int send_activities(const struct sp_sink *sink, int64_t number)
{
    const int64_t comment = 100 * number;
    const struct sp_activity activities[] = {
        {.size = sizeof(struct sp_activity),
         .id = comment + 1,
         .actor = &ada,
         .action = SP_ACTION_OPENED,
         .action_name = "OPENED"},
        {.size = sizeof(struct sp_activity),
         .id = comment + 2,
         .actor = &bob,
         .action = SP_ACTION_COMMENTED,
         .action_name = "COMMENTED",
         .comment_id = comment,
         .text = "Which shelf?"},
        {.size = sizeof(struct sp_activity),
         .id = comment + 3,
         .actor = &ada,
         .action = SP_ACTION_COMMENTED,
         .action_name = "COMMENTED",
         .comment_id = comment + 1,
         .parent_comment_id = comment,
         .text = "The upper one."},
    };
    int rc = SP_OK;

    for (size_t i = 0; !rc && sink->activity && i < 3; i++)
        rc = sink->activity(sink->ctx, &activities[i]);
    return rc;
}

/* A set: begin, its commits and activities, end.  At the end the host replaces what it held. */
static int send_set(const struct sp_sink *sink, const struct sp_pull_request *record)
{
    int rc =
        sink->pull_request_begin ? sink->pull_request_begin(sink->ctx, record->number) : SP_OK;

    if (!rc)
        rc = send_commit(sink, record->number);
    if (!rc)
        rc = send_activities(sink, record->number);
    if (!rc && sink->pull_request_end)
        rc = sink->pull_request_end(sink->ctx, record);
    return rc;
}

static int send_if_new(const struct sp_sink *sink, int64_t number)
{
    struct sp_pull_request record;
    char revision[64];
    int rc;

    read_pull_request(number, &record, revision);
    rc = is_known(sink, &record);
    return rc < 0 ? rc : rc ? SP_OK : send_set(sink, &record);
}

/* The host keeps the cursor with all that was sent before it, so it must not promise more: here
 * the number up to which everything was sent. */
static int send_cursor(const struct sp_sink *sink, int64_t number)
{
    char cursor[32];

    snprintf(cursor, sizeof cursor, "1:%d", (int)number); /* 1: how to read the rest */
    return sink->cursor ? sink->cursor(sink->ctx, cursor) : SP_OK;
}

/* An unknown cursor means nothing: then everything is listed. */
static int64_t read_cursor(const char *cursor)
{
    return cursor && strncmp(cursor, "1:", 2) == 0 ? strtoll(cursor + 2, NULL, 10) : 0;
}

static int send_pull_requests(struct sp_instance *instance, const struct sp_import *what,
                              bool is_part, const struct sp_sink *sink, struct sp_error *err)
{
    int64_t number = is_part ? 0 : read_cursor(what->cursor);
    int rc = SP_OK;

    while (!rc && number < PULL_REQUESTS) {
        rc = ask(instance, sink, err); /* for one page of them */
        for (int i = 0; !rc && i < instance->page_size && number < PULL_REQUESTS; i++)
            rc = send_if_new(sink, ++number);
        if (!rc && !is_part)
            rc = send_cursor(sink, number);
    }
    return rc;
}

/* Git comes first, since the host asks its mirror for commits afterwards. */
static int send_git(const struct sp_sink *sink)
{
    const struct sp_git_remote remote = {.size = sizeof remote,
                                         .url = "http://shelf.example/books.git",
                                         .authorization = "Bearer let me read",
                                         .flags = SP_GIT_VERIFY_TLS};

    return sink->git_remote ? sink->git_remote(sink->ctx, &remote) : SP_OK;
}

static int import(struct sp_instance *instance, const struct sp_import *what,
                  const struct sp_sink *sink, struct sp_error *err)
{
    bool is_part = SP_HAS(struct sp_import, what, flags) && what->flags & SP_IMPORT_PART;
    int rc = ask(instance, sink, err);

    if (!rc && what->repository_id != 10 && what->repository_id != 11)
        rc = fail(err, SP_ERR_NOT_FOUND, "", "", "no such repository is on the Shelf");
    if (!rc && !is_part)
        rc = send_git(sink);
    if (!rc && what->repository_id == 10)
        rc = send_pull_requests(instance, what, is_part, sink, err);
    return rc;
}

/* ---- Health ------------------------------------------------------------------------- */

static int health(struct sp_instance *instance, const struct sp_sink *sink,
                  struct sp_error *err)
{
    struct sp_error why = {.size = sizeof why};
    int asked = ask(instance, sink, &why);
    struct sp_check check = {
        .size = sizeof check,
        .id = "login",
        .status = asked ? SP_CHECK_FAIL : SP_CHECK_PASS,
        .detail = asked ? why.message : "logged in as reader",
        .remedy = asked ? "Correct the URL, or the password." : NULL,
        .setting = asked && why.setting[0] ? why.setting : NULL,
        .code = asked,
        .cause = asked ? why.cause : NULL,
    };

    if (asked == SP_ERR_CANCELLED)
        return fail(err, SP_ERR_CANCELLED, "", "", "cancelled");
    return sink->check ? sink->check(sink->ctx, &check) : SP_OK;
}

static const struct source_provider provider = {
    .size = sizeof provider,
    .abi = SP_ABI_VERSION,
    .threading = SP_ONE_CALL_PER_INSTANCE,
    .name = "shelf",
    .title = "Shelf",
    .version = "1.0",
    SP_SETTINGS(settings),
    .configure = configure,
    .close = close_instance,
    .enumerate = enumerate,
    .import = import,
    .health = health,
    .account = account,
};
SOURCE_PROVIDER_DEFINE(provider);
