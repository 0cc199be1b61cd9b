/* call.c - a host that notes: of any call, of listings and of health reports */
#include "call.h"

#include <stdlib.h>
#include <string.h>

/* ---- A listing ------------------------------------------------------------- */

static int on_organization(void *ctx, const struct sp_organization *it)
{
    struct kit_call *call = ctx;

    kit_look(call->kit, "an organization's key", it->key);
    kit_look(call->kit, "an organization's name", it->name);
    kit_look(call->kit, "an organization's description", it->description);
    if (kit_rows_find(&call->organizations, it->id))
        kit_fault(call->kit, "organization %s comes with the id %lld, which came before",
                  it->key, (long long)it->id);
    if (!*it->key || strchr(it->key, '/'))
        kit_fault(call->kit, "organization %lld has the key \"%s\": no half of a path",
                  (long long)it->id, it->key);
    if (it->visibility > SP_PUBLIC)
        kit_fault(call->kit, "organization %s has an unknown visibility", it->key);
    kit_rows_add(&call->organizations, it->id, 0, it->key, false);
    call->digest += kit_digest_number(kit_digest_text(1, it->key), it->id);
    return kit_call_enter(call, "organization", KIT_ROW);
}

static bool is_below(const char *path, const char *key)
{
    size_t length = strlen(key);

    return strncmp(path, key, length) == 0 && path[length] == '/' && path[length + 1];
}

static void check_repository(struct kit_call *call, const struct sp_repository *it)
{
    const struct kit_row *organization =
        kit_rows_find(&call->organizations, it->organization_id);

    if (kit_rows_find(&call->repositories, it->id))
        kit_fault(call->kit, "repository %s comes with the id %lld, which came before",
                  it->path, (long long)it->id);
    for (size_t i = 0; i < call->repositories.n; i++)
        if (strcmp(call->repositories.row[i].path, it->path) == 0)
            kit_fault(call->kit, "the path %s comes twice", it->path);
    if (!organization)
        kit_fault(call->kit, "repository %s comes before its organization", it->path);
    else if (!is_below(it->path, organization->path))
        kit_fault(call->kit, "repository %s is not below its organization %s", it->path,
                  organization->path);
    if (it->visibility > SP_PUBLIC)
        kit_fault(call->kit, "repository %s has an unknown visibility", it->path);
}

static int on_repository(void *ctx, const struct sp_repository *it)
{
    struct kit_call *call = ctx;
    const char *const texts[] = {it->path,           it->slug,  it->name,   it->description,
                                 it->default_branch, it->state, it->web_url};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        kit_look(call->kit, "a member of a repository", texts[i]);
    check_repository(call, it);
    kit_rows_add(&call->repositories, it->id, it->organization_id, it->path,
                 !(it->flags & SP_REPOSITORY_OFFLINE));
    call->digest += kit_digest_number(kit_digest_text(2, it->path), it->id);
    return kit_call_enter(call, "repository", KIT_ROW);
}

static int on_complete(void *ctx)
{
    struct kit_call *call = ctx;

    call->n_complete++;
    return kit_call_enter(call, "complete", KIT_NOWHERE);
}

/* ---- A health report ------------------------------------------------------- */

static void check_row(struct kit_call *call, const struct sp_check *it)
{
    if (!*it->id)
        kit_fault(call->kit, "a health check has an empty id");
    if (!it->detail || !*it->detail)
        kit_fault(call->kit, "health check %s does not say what was seen (detail)", it->id);
    if (it->status == SP_CHECK_FAIL && (!it->remedy || !*it->remedy))
        kit_fault(call->kit, "health check %s fails without a remedy", it->id);
    if (it->status == SP_CHECK_FAIL && it->code >= 0)
        kit_fault(call->kit, "health check %s fails with the code %lld", it->id,
                  (long long)it->code);
    if (it->status == SP_CHECK_PASS && (it->code || it->cause))
        kit_fault(call->kit, "health check %s passes with a code or a cause", it->id);
    if (it->setting && !sp_settings_find(call->kit->provider, it->setting))
        kit_fault(call->kit, "health check %s blames %s, which is no setting", it->id,
                  it->setting);
    for (size_t i = 0; i < call->checks.n; i++)
        if (strcmp(call->checks.row[i].path, it->id) == 0)
            kit_fault(call->kit, "health check %s comes twice", it->id);
}

static int on_check(void *ctx, const struct sp_check *it)
{
    struct kit_call *call = ctx;

    kit_look(call->kit, "the id of a health check", it->id);
    kit_look(call->kit, "the detail of a health check", it->detail);
    kit_look(call->kit, "the remedy of a health check", it->remedy);
    kit_look(call->kit, "the cause of a health check", it->cause);
    check_row(call, it);
    kit_rows_add(&call->checks, it->status, 0, it->id, false);
    return kit_call_enter(call, "check", KIT_NOWHERE);
}

/* ---- Any call -------------------------------------------------------------- */

static void on_progress(void *ctx, const struct sp_progress *it)
{
    struct kit_call *call = ctx;

    kit_call_check_thread(call, "progress");
    kit_look(call->kit, "what progress is told of", it->what);
}

static void on_waiting(void *ctx, int64_t until_ms, const struct sp_error *why)
{
    struct kit_call *call = ctx;

    (void)until_ms;
    kit_call_check_thread(call, "waiting");
    kit_look_at_error(call->kit, "waiting", why);
}

static int on_cancelled(void *ctx)
{
    struct kit_call *call = ctx;
    int64_t now = kit_now_ms();

    kit_call_check_thread(call, "cancelled");
    call->n_asked++;
    if (!call->wanted_ms && call->cancel_after_ms && now >= call->cancel_after_ms)
        call->wanted_ms = call->cancel_after_ms;
    if (call->wanted_ms && !call->told_ms)
        call->told_ms = now;
    return call->wanted_ms != 0;
}

void kit_call_init(struct kit_call *call, struct kit *kit)
{
    *call = (struct kit_call){
        .kit = kit,
        .sink = {.size = sizeof call->sink,
                 .ctx = call,
                 .organization = on_organization,
                 .repository = on_repository,
                 .complete = on_complete,
                 .check = on_check,
                 .progress = on_progress,
                 .waiting = on_waiting,
                 .cancelled = on_cancelled},
    };
    kit_call_import_init(call);
}

void kit_call_clear(struct kit_call *call)
{
    struct kit_rows *rows[] = {&call->organizations, &call->repositories, &call->checks,
                               &call->asked,         &call->begun,        &call->ended,
                               &call->activities,    &call->comments,     &call->parents};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        kit_rows_clear(rows[i]);
}

static void begin(struct kit_call *call)
{
    call->thread = pthread_self();
    call->running = true;
    if (call->cancel.place == KIT_NOWHERE && call->cancel.n)
        call->wanted_ms = kit_now_ms();
    if (call->cancel_after_ms)
        call->cancel_after_ms += kit_now_ms();
}

static int end(struct kit_call *call, const char *what, int rc)
{
    call->running = false;
    call->rc = rc;
    call->ended_ms = kit_now_ms();
    if (call->cancel_after_ms && !call->wanted_ms && call->ended_ms > call->cancel_after_ms)
        call->wanted_ms = call->cancel_after_ms;
    kit_look_at_error(call->kit, what, &call->err);
    if (rc < 0 && rc > SP_ERR_HOST && call->err.setting[0] &&
        !sp_settings_find(call->kit->provider, call->err.setting))
        kit_fault(call->kit, "the error of %s blames %s, which is no setting", what,
                  call->err.setting);
    return rc;
}

/* A set may be dropped by a second begin, but not for good. */
static void check_ended(struct kit_call *call)
{
    for (size_t i = 0; i < call->begun.n; i++)
        if (!kit_rows_find(&call->ended, call->begun.row[i].id))
            kit_fault(call->kit, "pull request %lld is begun, and never ended",
                      (long long)call->begun.row[i].id);
}

int kit_call_enumerate(struct kit_call *call, struct sp_connection *connection)
{
    begin(call);
    return end(call, "enumerate", sp_connection_enumerate(connection, &call->sink, &call->err));
}

int kit_call_health(struct kit_call *call, struct sp_connection *connection)
{
    begin(call);
    return end(call, "health", sp_connection_health(connection, &call->sink, &call->err));
}

int kit_call_import(struct kit_call *call, struct sp_connection *connection, uint64_t flags)
{
    const struct sp_import what = {
        .size = sizeof what,
        .repository_id = call->kit->repository->id,
        .path = call->kit->repository->path,
        .cursor = call->store ? call->store->cursor : NULL,
        .flags = flags,
    };

    begin(call);
    end(call, "import", sp_connection_import(connection, &what, &call->sink, &call->err));
    if (call->rc == SP_ERR_PARTIAL) { /* done, but for what the server has made of some */
        kit_tell(call->kit, "%s", call->err.message);
        call->rc = SP_OK;
    }
    if (call->rc == SP_OK)
        check_ended(call);
    return call->rc;
}
