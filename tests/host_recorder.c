/* host_recorder.c - see host_recorder.h */
#include "host_recorder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct sp_modules *modules;

const struct source_provider *good(void)
{
    const struct source_provider *provider;

    if (!modules)
        ck_assert_int_eq(sp_modules_open(MODULE_DIRECTORY, &modules, NULL), SP_OK);
    provider = sp_modules_find(modules, "good");
    ck_assert_ptr_nonnull(provider);
    return provider;
}

void modules_end(void)
{
    sp_modules_free(modules);
    modules = NULL;
}

int open_with(const struct source_provider *provider, const struct sp_host *host,
              const char *key, const char *value, struct sp_connection **connection,
              struct sp_error *err)
{
    char text[512];
    struct sp_connection_file *file;
    struct sp_values *values;
    int rc;

    snprintf(text, sizeof text, "[connection]\nprovider = good\n[settings]\n%s = %s\n", key,
             value);
    ck_assert_int_eq(sp_connection_file_read(write_text("g.conf", text), &file, NULL, NULL), 0);
    ck_assert_int_eq(sp_settings_check(provider, file, &values, NULL, NULL), 0);
    sp_connection_file_free(file);
    rc = sp_connection_open(provider, host, values, connection, err);
    sp_values_free(values);
    return rc;
}

__attribute__((__format__(__printf__, 3, 4))) static int
see(struct result *result, const char *callback, const char *format, ...)
{
    size_t length = strlen(result->seen);
    va_list args;

    length +=
        (size_t)snprintf(result->seen + length, sizeof result->seen - length, "%s", callback);
    va_start(args, format);
    length +=
        (size_t)vsnprintf(result->seen + length, sizeof result->seen - length, format, args);
    va_end(args);
    ck_assert_uint_lt(length, sizeof result->seen);
    return result->refused && strcmp(result->refused, callback) == 0 ? -123 : SP_OK;
}

static int on_organization(void *ctx, const struct sp_organization *it)
{
    ck_assert_uint_eq(it->size, sizeof *it); /* though the provider's are longer */
    return see(ctx, "organization", " %d %s\n", (int)it->id, it->key);
}

static int on_repository(void *ctx, const struct sp_repository *it)
{
    ck_assert_uint_eq(it->size, sizeof *it);
    return see(ctx, "repository", " %d %s\n", (int)it->id, it->path);
}

static int on_complete(void *ctx)
{
    return see(ctx, "complete", "\n");
}

static int on_git_remote(void *ctx, const struct sp_git_remote *it)
{
    ck_assert_uint_eq(it->size, sizeof *it);
    return see(ctx, "git_remote", " %s\n", it->url);
}

static int on_known_revision(void *ctx, int64_t number, char *revision, size_t size)
{
    ck_assert_uint_eq(size, SP_REVISION_MAX);
    ck_assert_str_eq(revision, "");
    snprintf(revision, size, "r%d", (int)number);
    return see(ctx, "known_revision", "\n");
}

/* Of the numbers up to 3. */
static int on_held_pull_request(void *ctx, int64_t after, int64_t since_ms, int64_t *number)
{
    int rc = see(ctx, "held_pull_request", " after %d\n", (int)after);

    ck_assert_int_eq(since_ms, INT64_MIN);
    *number = after + 1;
    return rc ? rc : after < 3;
}

static int on_has_commit(void *ctx, const char *sha)
{
    int rc = see(ctx, "has_commit", " %s\n", sha);

    return rc ? rc : 1;
}

static int on_begin(void *ctx, int64_t number)
{
    return see(ctx, "begin", " %d\n", (int)number);
}

static int on_commit(void *ctx, const struct sp_commit *it)
{
    ck_assert_uint_eq(it->size, sizeof *it);
    return see(ctx, "commit", " %s\n", it->sha);
}

static int on_activity(void *ctx, const struct sp_activity *it)
{
    ck_assert_uint_eq(it->size, sizeof *it);
    return see(ctx, "activity", " %d\n", (int)it->id);
}

static int on_end(void *ctx, const struct sp_pull_request *it)
{
    ck_assert_uint_eq(it->size, sizeof *it);
    return see(ctx, "end", " %d %.9s\n", (int)it->number, it->revision);
}

static int on_gone(void *ctx, int64_t number)
{
    return see(ctx, "gone", " %d\n", (int)number);
}

static int on_person(void *ctx, const struct sp_person *it)
{
    ck_assert_uint_eq(it->size, sizeof *it);
    return see(ctx, "person", " %d\n", (int)it->id);
}

static int on_left_out(void *ctx, const char *setting, int64_t n)
{
    return see(ctx, "left_out", " %s %d\n", setting, (int)n);
}

static int on_cursor(void *ctx, const char *cursor)
{
    return see(ctx, "cursor", " %.9s\n", cursor);
}

static int on_check(void *ctx, const struct sp_check *it)
{
    ck_assert_uint_eq(it->size, sizeof *it);
    return see(ctx, "check", " %s\n", it->id);
}

static void on_progress(void *ctx, const struct sp_progress *it)
{
    ck_assert_uint_eq(it->size, sizeof *it);
    see(ctx, "progress", " %s\n", it->what);
}

static void on_waiting(void *ctx, int64_t until_ms, const struct sp_error *why)
{
    ck_assert_uint_eq(why->size, sizeof *why);
    see(ctx, "waiting", " %lld %s\n", (long long)until_ms, why->message);
}

static int on_cancelled(void *ctx)
{
    return see(ctx, "cancelled", "\n") != 0;
}

const struct sp_sink full_sink = {
    .size = sizeof full_sink,
    .organization = on_organization,
    .repository = on_repository,
    .complete = on_complete,
    .git_remote = on_git_remote,
    .known_revision = on_known_revision,
    .held_pull_request = on_held_pull_request,
    .has_commit = on_has_commit,
    .pull_request_begin = on_begin,
    .pull_request_commit = on_commit,
    .activity = on_activity,
    .pull_request_end = on_end,
    .pull_request_gone = on_gone,
    .person = on_person,
    .left_out = on_left_out,
    .cursor = on_cursor,
    .check = on_check,
    .progress = on_progress,
    .waiting = on_waiting,
    .cancelled = on_cancelled,
};

int call(struct sp_connection *connection, enum call which, const struct sp_sink *sink,
         struct sp_error *err)
{
    static const struct sp_import what = {
        .size = sizeof what, .repository_id = 10, .path = "PLAT/api"};

    if (which == ENUMERATE)
        return sp_connection_enumerate(connection, sink, err);
    if (which == IMPORT)
        return sp_connection_import(connection, &what, sink, err);
    return sp_connection_health(connection, sink, err);
}

void play(struct sp_sink sink, enum call which, const char *steps, struct result *result)
{
    struct sp_connection *connection;

    sink.ctx = result;
    ck_assert_int_eq(open_with(good(), NULL, "steps", steps, &connection, &result->err), 0);
    memset(&result->err, 'x', sizeof result->err); /* what was in it does not matter */
    result->rc = call(connection, which, &sink, &result->err);
    ck_assert_uint_eq(result->err.size, sizeof result->err);
    ck_assert_int_eq(result->err.code, result->rc);
    sp_connection_close(connection);
}
