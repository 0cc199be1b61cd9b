/* call_import.c - the same host, of imports: Git, and pull requests as sets */
#include "call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Git ------------------------------------------------------------------- */

/* What Git and the server say must be shown without the login. */
static void check_hide(struct kit_call *call, const struct sp_git_remote *it)
{
    char words[4096];
    int length = snprintf(words, sizeof words, "fatal: %s was refused", it->authorization);

    if (!it->hide || length <= 0 || (size_t)length >= sizeof words)
        return;
    it->hide(it, words, (size_t)length);
    if (strlen(words) != (size_t)length || strstr(words, it->authorization) ||
        kit_secrets_find(&call->kit->secrets, words))
        kit_fault(call->kit, "git_remote: hide leaves the login in what it is given");
}

static int on_git_remote(void *ctx, const struct sp_git_remote *it)
{
    struct kit_call *call = ctx;
    const char *host = strstr(it->url, "://"), *at = host ? strchr(host + 3, '@') : NULL;
    struct sp_error err;

    sp_error_clear(&err);
    kit_look(call->kit, "git_remote's url", it->url);
    if (!host)
        kit_fault(call->kit, "git_remote: %s is no URL", it->url);
    else if (at && at < host + 3 + strcspn(host + 3, "/"))
        kit_fault(call->kit, "git_remote: the url holds a login");
    if (call->n_sets || call->open)
        kit_fault(call->kit, "git_remote comes after pull requests, and not before");
    if (call->n_remotes++)
        kit_fault(call->kit, "git_remote comes twice");
    if (it->authorization)
        check_hide(call, it);
    if (it->explain && it->explain(it, SP_ERR_UNAVAILABLE, "fatal: it is late", &err) > 0)
        kit_fault(call->kit, "git_remote: explain returns a positive code");
    return kit_call_enter(call, "git_remote", KIT_NOWHERE);
}

/* ---- What the host holds --------------------------------------------------- */

static const struct kit_set *held(const struct kit_call *call, int64_t number)
{
    return call->store ? kit_store_find(call->store, number) : NULL;
}

static int on_known_revision(void *ctx, int64_t number, char *revision, size_t size)
{
    struct kit_call *call = ctx;
    const struct kit_set *set = held(call, number);
    int rc = kit_call_enter(call, "known_revision", KIT_NOWHERE);

    if (rc)
        return rc;
    if (size < SP_REVISION_MAX)
        kit_fault(call->kit, "known_revision is given room for %zu bytes, not SP_REVISION_MAX",
                  size);
    if (!kit_rows_find(&call->asked, number))
        kit_rows_add(&call->asked, number, 0, "", false);
    snprintf(revision, size, "%s",
             call->held_revision ? call->held_revision
             : set               ? set->revision
                                 : "");
    return call->leave_all ? 2 : set && set->fresh;
}

static int on_held_pull_request(void *ctx, int64_t after, int64_t since_ms, int64_t *number)
{
    struct kit_call *call = ctx;
    const struct kit_set *lowest = NULL;
    int rc = kit_call_enter(call, "held_pull_request", KIT_NOWHERE);

    for (size_t i = 0; !rc && call->store && i < call->store->n; i++) {
        const struct kit_set *set = &call->store->set[i];

        if (set->number > after && (set->open || set->updated_ms >= since_ms) &&
            (!lowest || set->number < lowest->number))
            lowest = set;
    }
    if (lowest)
        *number = lowest->number;
    return rc ? rc : lowest != NULL;
}

static int on_has_commit(void *ctx, const char *sha)
{
    struct kit_call *call = ctx;

    kit_look(call->kit, "a commit that is asked for", sha);
    return kit_call_enter(call, "has_commit", KIT_NOWHERE);
}

/* ---- A set ----------------------------------------------------------------- */

static void clear_set(struct kit_call *call)
{
    kit_rows_clear(&call->activities);
    kit_rows_clear(&call->comments);
    kit_rows_clear(&call->parents);
    call->set_digest = 0;
}

static int on_begin(void *ctx, int64_t number)
{
    struct kit_call *call = ctx;

    if (!kit_rows_find(&call->asked, number))
        kit_fault(call->kit, "pull request %" PRId64 " is sent without asking known_revision",
                  number);
    else if (call->leave_all)
        kit_fault(call->kit, "pull request %" PRId64 " is sent though another import has it",
                  number);
    clear_set(call);
    call->open = number;
    kit_rows_add(&call->begun, number, 0, "", false);
    return kit_call_enter(call, "pull_request_begin", KIT_NOWHERE);
}

static void look_at_person(struct kit_call *call, const struct sp_person *person)
{
    if (!person)
        return;
    kit_look(call->kit, "a person's name", person->name);
    kit_look(call->kit, "a person's slug", person->slug);
    kit_look(call->kit, "a person's display_name", person->display_name);
    kit_look(call->kit, "a person's email", person->email);
    if (!person->id)
        kit_fault(call->kit, "a person of pull request %" PRId64 " has no id", call->open);
}

static int on_commit(void *ctx, const struct sp_commit *it)
{
    struct kit_call *call = ctx;
    uint64_t digest = kit_digest_number(kit_digest_text(3, it->sha), it->committed_ms);

    kit_look(call->kit, "a commit's message", it->message);
    kit_look(call->kit, "a commit's author", it->author_name);
    kit_look(call->kit, "a commit's author", it->author_email);
    for (size_t i = 0; i < it->n_parents; i++)
        digest = kit_digest_text(digest, it->parents[i]);
    call->set_digest += kit_digest_text(digest, it->message);
    return kit_call_enter(call, "pull_request_commit", KIT_IN_SET);
}

static void check_activity(struct kit_call *call, const struct sp_activity *it)
{
    if (kit_rows_find(&call->activities, it->id))
        kit_fault(call->kit, "activity %" PRId64 " comes twice in pull request %" PRId64,
                  it->id, call->open);
    if (it->action > SP_ACTION_AUTO_MERGE_CANCELLED || it->severity > SP_SEVERITY_BLOCKER ||
        it->comment_state > SP_COMMENT_RESOLVED)
        kit_fault(call->kit,
                  "activity %" PRId64 " has an action, severity or state that is none", it->id);
    if (it->action == SP_ACTION_OTHER && !it->action_name)
        kit_fault(call->kit, "activity %" PRId64 " is OTHER and does not say which", it->id);
    if (it->parent_comment_id && !it->comment_id)
        kit_fault(call->kit, "activity %" PRId64 " is a reply and no comment", it->id);
}

static int on_activity(void *ctx, const struct sp_activity *it)
{
    struct kit_call *call = ctx;
    const char *const texts[] = {it->action_name,  it->text,        it->path,
                                 it->src_path,     it->line_type,   it->file_type,
                                 it->diff_type,    it->from_commit, it->to_commit,
                                 it->merge_commit, it->raw};
    const int64_t numbers[] = {it->id,
                               it->action,
                               it->created_ms,
                               it->comment_id,
                               it->updated_ms,
                               it->line,
                               it->resolved_ms,
                               it->severity,
                               it->comment_state,
                               it->comment_version,
                               it->flags,
                               it->parent_comment_id,
                               it->actor ? it->actor->id : 0};
    uint64_t digest = 4;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        kit_look(call->kit, "a member of an activity", texts[i]);
        digest = kit_digest_text(digest, texts[i]);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        digest = kit_digest_number(digest, numbers[i]);
    look_at_person(call, it->actor);
    look_at_person(call, it->resolver);
    check_activity(call, it);
    kit_rows_add(&call->activities, it->id, 0, "", false);
    if (it->comment_id)
        kit_rows_add(&call->comments, it->comment_id, 0, "", false);
    if (it->parent_comment_id)
        kit_rows_add(&call->parents, it->parent_comment_id, it->id, "", false);
    call->set_digest += digest;
    return kit_call_enter(call, "activity", KIT_IN_SET);
}

static void check_set(struct kit_call *call, const struct sp_pull_request *it)
{
    if (it->state < SP_OPEN || it->state > SP_DECLINED)
        kit_fault(call->kit, "pull request %" PRId64 " has the unknown state %u", it->number,
                  it->state);
    for (size_t i = 0; i < call->parents.n; i++)
        if (!(it->flags & SP_PULL_REQUEST_PARTIAL) &&
            !kit_rows_find(&call->comments, call->parents.row[i].id))
            kit_fault(call->kit,
                      "pull request %" PRId64 ": activity %" PRId64 " answers comment %" PRId64
                      ", which is not in the set",
                      it->number, call->parents.row[i].organization_id,
                      call->parents.row[i].id);
    look_at_person(call, it->author);
    for (size_t i = 0; i < it->n_reviewers; i++)
        look_at_person(call, it->reviewers[i]->person);
}

static uint64_t digest_of(struct kit_call *call, const struct sp_pull_request *it)
{
    const char *const texts[] = {it->title,     it->description,  it->web_url,
                                 it->from_ref,  it->from_commit,  it->to_ref,
                                 it->to_commit, it->merge_commit, it->revision};
    const int64_t numbers[] = {it->number,
                               it->created_ms,
                               it->updated_ms,
                               it->closed_ms,
                               it->comment_count,
                               it->open_task_count,
                               it->state,
                               it->flags,
                               (int64_t)it->n_reviewers,
                               it->resolved_task_count,
                               it->from_repository_id};
    uint64_t digest = call->set_digest;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        kit_look(call->kit, "a member of a pull request", texts[i]);
        digest = kit_digest_text(digest, texts[i]);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        digest = kit_digest_number(digest, numbers[i]);
    return digest;
}

static int on_end(void *ctx, const struct sp_pull_request *it)
{
    struct kit_call *call = ctx;
    struct kit_set set = {
        .number = it->number,
        .updated_ms = it->updated_ms,
        .digest = digest_of(call, it),
        .open = it->state == SP_OPEN,
        .fresh = true,
    };

    check_set(call, it);
    if (call->store) {
        set.revision = kit_strdup(it->revision ? it->revision : "");
        kit_store_put(call->store, &set);
    }
    call->n_sets++;
    call->open = 0;
    kit_rows_add(&call->ended, it->number, 0, "", false);
    clear_set(call);
    return kit_call_enter(call, "pull_request_end", KIT_SET_END);
}

static int on_gone(void *ctx, int64_t number)
{
    struct kit_call *call = ctx;

    (void)number;
    call->n_gone++;
    return kit_call_enter(call, "pull_request_gone", KIT_NOWHERE);
}

static int on_person(void *ctx, const struct sp_person *it)
{
    look_at_person(ctx, it);
    return kit_call_enter(ctx, "person", KIT_NOWHERE);
}

static int on_left_out(void *ctx, const char *setting, int64_t n)
{
    struct kit_call *call = ctx;

    if (!sp_settings_find(call->kit->provider, setting))
        kit_fault(call->kit, "left_out: %" PRId64 " because of %s, which is no setting", n,
                  setting);
    return kit_call_enter(call, "left_out", KIT_NOWHERE);
}

static int on_cursor(void *ctx, const char *cursor)
{
    struct kit_call *call = ctx;

    kit_look(call->kit, "the cursor", cursor);
    if (call->store) {
        free(call->store->cursor);
        call->store->cursor = kit_strdup(cursor);
    }
    return kit_call_enter(call, "cursor", KIT_CURSOR);
}

void kit_call_import_init(struct kit_call *call)
{
    call->sink.git_remote = on_git_remote;
    call->sink.known_revision = on_known_revision;
    call->sink.held_pull_request = on_held_pull_request;
    call->sink.has_commit = on_has_commit;
    call->sink.pull_request_begin = on_begin;
    call->sink.pull_request_commit = on_commit;
    call->sink.activity = on_activity;
    call->sink.pull_request_end = on_end;
    call->sink.pull_request_gone = on_gone;
    call->sink.person = on_person;
    call->sink.left_out = on_left_out;
    call->sink.cursor = on_cursor;
}
