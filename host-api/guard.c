/* guard.c - checks what a provider sends before the host sees it
 *
 * Hosts need not ask SP_HAS, nor fear a record without an id or an activity outside of
 * its set: structs arrive here in the size their module knows, and leave in ours.  Those that
 * a record points to (sp_person, sp_reviewer) are not copied: of them hosts do ask.
 */
#include "guard.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static int broken(struct sp_guard *guard, const char *what)
{
    if (!guard->fault[0])
        snprintf(guard->fault, sizeof guard->fault, "%s", what);
    return SP_ERR_INTERNAL;
}

/* What the host's callback returned goes to the provider, which must return it too. */
static int answer(struct sp_guard *guard, int rc)
{
    if (rc < 0 && !guard->stopped)
        guard->stopped = rc;
    return rc;
}

/* Copies a struct that begins with its size into one of ours.  What it lacks of ABI 1 makes
 * it broken; what it lacks of later members becomes zero; what it has beyond ours is left. */
static int take(struct sp_guard *guard, void *ours, size_t our_size, size_t abi_1_size,
                const void *theirs)
{
    size_t their_size;

    if (!theirs)
        return broken(guard, "it sent a record that is NULL");
    memcpy(&their_size, theirs, sizeof their_size);
    if (their_size < abi_1_size)
        return broken(guard, "it sent a record that is smaller than its ABI says");
    memset(ours, 0, our_size);
    memcpy(ours, theirs, their_size < our_size ? their_size : our_size);
    memcpy(ours, &our_size, sizeof our_size);
    return SP_OK;
}

/* `last` is the last member that the struct had in ABI 1: never to be changed. */
#define TAKE(guard, ours, theirs, last)                                                        \
    take(guard, ours, sizeof *(ours),                                                          \
         offsetof(__typeof__(*(ours)), last) + sizeof(ours)->last, theirs)

static int on_organization(void *ctx, const struct sp_organization *theirs)
{
    struct sp_guard *guard = ctx;
    struct sp_organization ours;

    if (TAKE(guard, &ours, theirs, flags))
        return SP_ERR_INTERNAL;
    if (guard->complete || !ours.id || !ours.key)
        return broken(guard, guard->complete ? "it sent an organization after the end"
                                             : "it sent an organization without id or key");
    return guard->copy.organization
               ? answer(guard, guard->copy.organization(guard->copy.ctx, &ours))
               : SP_OK;
}

static int on_repository(void *ctx, const struct sp_repository *theirs)
{
    struct sp_guard *guard = ctx;
    struct sp_repository ours;

    if (TAKE(guard, &ours, theirs, flags))
        return SP_ERR_INTERNAL;
    if (guard->complete || !ours.id || !ours.path || !ours.organization_id)
        return broken(guard, guard->complete ? "it sent a repository after the end"
                                             : "it sent a repository without id, path or "
                                               "organization");
    return guard->copy.repository
               ? answer(guard, guard->copy.repository(guard->copy.ctx, &ours))
               : SP_OK;
}

static int on_complete(void *ctx)
{
    struct sp_guard *guard = ctx;

    if (guard->complete)
        return broken(guard, "it ended its listing twice");
    guard->complete = 1;
    return guard->copy.complete ? answer(guard, guard->copy.complete(guard->copy.ctx)) : SP_OK;
}

static int on_git_remote(void *ctx, const struct sp_git_remote *theirs)
{
    struct sp_guard *guard = ctx;
    struct sp_git_remote ours;

    if (TAKE(guard, &ours, theirs, ctx))
        return SP_ERR_INTERNAL;
    if (!ours.url)
        return broken(guard, "it sent a git remote without URL");
    return guard->copy.git_remote
               ? answer(guard, guard->copy.git_remote(guard->copy.ctx, &ours))
               : SP_OK;
}

static int on_known_revision(void *ctx, int64_t number, char *revision, size_t size)
{
    struct sp_guard *guard = ctx;

    if (!revision || !size)
        return broken(guard, "it asked for a revision without room for it");
    revision[0] = '\0';
    return guard->copy.known_revision
               ? answer(guard,
                        guard->copy.known_revision(guard->copy.ctx, number, revision, size))
               : SP_OK;
}

static int on_held_pull_request(void *ctx, int64_t after, int64_t since_ms, int64_t *number)
{
    struct sp_guard *guard = ctx;

    if (!number)
        return broken(guard, "it asked for a held pull request without room for it");
    return guard->copy.held_pull_request
               ? answer(guard,
                        guard->copy.held_pull_request(guard->copy.ctx, after, since_ms, number))
               : 0;
}

static int on_has_commit(void *ctx, const char *sha)
{
    struct sp_guard *guard = ctx;

    return sha && guard->copy.has_commit
               ? answer(guard, guard->copy.has_commit(guard->copy.ctx, sha))
               : 0;
}

static int on_begin(void *ctx, int64_t number)
{
    struct sp_guard *guard = ctx;

    if (number <= 0)
        return broken(guard, "it began a pull request without number");
    guard->open = number;
    return guard->copy.pull_request_begin
               ? answer(guard, guard->copy.pull_request_begin(guard->copy.ctx, number))
               : SP_OK;
}

static int on_commit(void *ctx, const struct sp_commit *theirs)
{
    struct sp_guard *guard = ctx;
    struct sp_commit ours;

    if (TAKE(guard, &ours, theirs, n_parents))
        return SP_ERR_INTERNAL;
    if (!guard->open || !ours.sha)
        return broken(guard, "it sent a commit without name or outside of a pull request");
    return guard->copy.pull_request_commit
               ? answer(guard, guard->copy.pull_request_commit(guard->copy.ctx, &ours))
               : SP_OK;
}

static int on_activity(void *ctx, const struct sp_activity *theirs)
{
    struct sp_guard *guard = ctx;
    struct sp_activity ours;

    if (TAKE(guard, &ours, theirs, flags))
        return SP_ERR_INTERNAL;
    if (!guard->open || !ours.id)
        return broken(guard, "it sent an activity without id or outside of a pull request");
    return guard->copy.activity ? answer(guard, guard->copy.activity(guard->copy.ctx, &ours))
                                : SP_OK;
}

static int on_end(void *ctx, const struct sp_pull_request *theirs)
{
    struct sp_guard *guard = ctx;
    struct sp_pull_request ours;

    if (TAKE(guard, &ours, theirs, flags))
        return SP_ERR_INTERNAL;
    if (!guard->open || ours.number != guard->open)
        return broken(guard, "it ended a pull request that it had not begun");
    if (ours.revision && strnlen(ours.revision, SP_REVISION_MAX) == SP_REVISION_MAX)
        return broken(guard, "it sent a revision that is longer than SP_REVISION_MAX");
    guard->open = 0;
    return guard->copy.pull_request_end
               ? answer(guard, guard->copy.pull_request_end(guard->copy.ctx, &ours))
               : SP_OK;
}

static int on_gone(void *ctx, int64_t number)
{
    struct sp_guard *guard = ctx;

    if (number <= 0)
        return broken(guard, "it said that a pull request without number is gone");
    if (number == guard->open)
        guard->open = 0;
    return guard->copy.pull_request_gone
               ? answer(guard, guard->copy.pull_request_gone(guard->copy.ctx, number))
               : SP_OK;
}

static int on_person(void *ctx, const struct sp_person *theirs)
{
    struct sp_guard *guard = ctx;
    struct sp_person ours;

    if (TAKE(guard, &ours, theirs, flags))
        return SP_ERR_INTERNAL;
    if (!ours.id)
        return broken(guard, "it sent a person without id");
    return guard->copy.person ? answer(guard, guard->copy.person(guard->copy.ctx, &ours))
                              : SP_OK;
}

static int on_left_out(void *ctx, const char *setting, int64_t n)
{
    struct sp_guard *guard = ctx;

    if (!setting || n < 0)
        return broken(guard, "it left something out without naming a setting");
    return guard->copy.left_out
               ? answer(guard, guard->copy.left_out(guard->copy.ctx, setting, n))
               : SP_OK;
}

static int on_cursor(void *ctx, const char *cursor)
{
    struct sp_guard *guard = ctx;

    if (!cursor || strnlen(cursor, SP_CURSOR_MAX) == SP_CURSOR_MAX)
        return broken(guard, "it sent a cursor that is too long");
    guard->open = 0;
    return guard->copy.cursor ? answer(guard, guard->copy.cursor(guard->copy.ctx, cursor))
                              : SP_OK;
}

static int on_check(void *ctx, const struct sp_check *theirs)
{
    struct sp_guard *guard = ctx;
    struct sp_check ours;

    if (TAKE(guard, &ours, theirs, cause))
        return SP_ERR_INTERNAL;
    if (!ours.id || ours.status > SP_CHECK_SKIP)
        return broken(guard, "it sent a check without id or with an unknown status");
    return guard->copy.check ? answer(guard, guard->copy.check(guard->copy.ctx, &ours)) : SP_OK;
}

static void on_progress(void *ctx, const struct sp_progress *theirs)
{
    struct sp_guard *guard = ctx;
    struct sp_progress ours;

    if (guard->copy.progress && !TAKE(guard, &ours, theirs, total) && ours.what)
        guard->copy.progress(guard->copy.ctx, &ours);
}

static void on_waiting(void *ctx, int64_t until_ms, const struct sp_error *theirs)
{
    struct sp_guard *guard = ctx;
    struct sp_error ours;

    if (!guard->copy.waiting || TAKE(guard, &ours, theirs, remedy))
        return;
    sp_error_tidy(&ours);
    guard->copy.waiting(guard->copy.ctx, until_ms, &ours);
}

static int on_cancelled(void *ctx)
{
    struct sp_guard *guard = ctx;

    return guard->copy.cancelled ? guard->copy.cancelled(guard->copy.ctx) : 0;
}

void sp_guard_init(struct sp_guard *guard, enum sp_call call, const struct sp_sink *host)
{
    memset(guard, 0, sizeof *guard);
    guard->call = call;
    memcpy(&guard->copy, host,
           host->size < sizeof guard->copy ? host->size : sizeof guard->copy);
    guard->sink = (struct sp_sink){
        .size = sizeof guard->sink,
        .ctx = guard,
        .progress = on_progress,
        .waiting = on_waiting,
        .cancelled = on_cancelled,
    };
    if (call == SP_CALL_ENUMERATE) {
        guard->sink.organization = on_organization;
        guard->sink.repository = on_repository;
        guard->sink.complete = on_complete;
        guard->sink.held_repositories = guard->copy.held_repositories;
    } else if (call == SP_CALL_IMPORT) {
        guard->sink.git_remote = on_git_remote;
        guard->sink.known_revision = on_known_revision;
        guard->sink.held_pull_request = on_held_pull_request;
        guard->sink.has_commit = on_has_commit;
        guard->sink.pull_request_begin = on_begin;
        guard->sink.pull_request_commit = on_commit;
        guard->sink.activity = on_activity;
        guard->sink.pull_request_end = on_end;
        guard->sink.pull_request_gone = on_gone;
        guard->sink.person = on_person;
        guard->sink.left_out = on_left_out;
        guard->sink.cursor = on_cursor;
    } else {
        guard->sink.check = on_check;
    }
}

int sp_guard_result(const struct sp_guard *guard, const char *provider, int rc,
                    struct sp_error *err)
{
    if (guard->fault[0])
        return sp_error_set(err, SP_ERR_INTERNAL, "provider %s breaks the contract: %s",
                            provider, guard->fault);
    if (rc > 0)
        return sp_error_set(err, SP_ERR_INTERNAL, "provider %s returned the positive code %d",
                            provider, rc);
    if (guard->stopped && rc != guard->stopped)
        return sp_error_set(err, SP_ERR_INTERNAL,
                            "provider %s breaks the contract: it returned %d though the host "
                            "had ended the call with %d",
                            provider, rc, guard->stopped);
    if (rc == 0 && guard->call == SP_CALL_ENUMERATE && !guard->complete)
        return sp_error_set(err, SP_ERR_INTERNAL,
                            "provider %s ended its listing without saying that it is complete",
                            provider);
    if (rc == 0 && guard->open)
        return sp_error_set(err, SP_ERR_INTERNAL,
                            "provider %s left pull request %lld without its end", provider,
                            (long long)guard->open);
    if (guard->stopped && !err->message[0])
        sp_error_set(err, rc, "the host ended the call (%s)", sp_code_name(rc));
    else if (rc < 0 && !err->message[0])
        sp_error_set(err, rc, "provider %s failed (%s) and did not say why", provider,
                     sp_code_name(rc));
    sp_error_tidy(err);
    err->code = rc;
    return rc;
}
