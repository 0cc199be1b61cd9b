/* pull_request_set.c - see pull_request_set.h */
#include "pull_request_set.h"

#include "error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct delivery {
    struct bb_set *set;
    const struct sp_sink *sink;
    struct bb_faults *faults;
    struct sp_error *err;
};

/* 1: both ends are in the host's mirror, 0: they are not, negative: the host's error. */
static int is_in_mirror(const struct sp_sink *sink, const struct sp_pull_request *record)
{
    int has = sink->has_commit && record->from_commit && record->to_commit
                  ? sink->has_commit(sink->ctx, record->from_commit)
                  : 0;

    return has > 0 ? sink->has_commit(sink->ctx, record->to_commit) : has;
}

int bb_set_start(struct bb_call *call, const struct bb_repository *repository,
                 struct json_object *element, struct bb_arena *arena,
                 const struct sp_pull_request *record, struct bb_set **ret,
                 struct sp_error *err)
{
    struct bb_set *set = calloc(1, sizeof *set);
    int rc;

    if (!set) {
        json_object_put(element);
        bb_arena_clear(arena);
        return bb_fail_memory(err);
    }
    set->element = element;
    set->arena = *arena;
    *arena = (struct bb_arena){0};
    set->record = *record;
    set->web_url =
        bb_pull_request_url(&bb_call_instance(call)->base, repository, record->number);
    set->record.web_url = set->web_url;
    *ret = set;
    if (!set->web_url)
        return bb_fail_memory(err);
    bb_list_activities(&set->activities, call, repository, record->number);
    rc = bb_listing_start(&set->activities, err);
    if (!rc)
        rc = is_in_mirror(bb_call_sink(call), record);
    if (rc < 0)
        return rc;
    if (rc > 0) {
        set->record.flags |= SP_PULL_REQUEST_COMMITS_IN_GIT;
        return SP_OK;
    }
    bb_list_commits(&set->commits, call, repository, record->number);
    return bb_listing_start(&set->commits, err);
}

void bb_set_free(struct bb_set *set)
{
    if (!set)
        return;
    bb_listing_clear(&set->activities);
    bb_listing_clear(&set->commits);
    bb_idset_clear(&set->sent);
    json_object_put(set->element);
    free(set->web_url);
    bb_arena_clear(&set->arena);
    free(set);
}

static int on_fault(void *ctx, int rc)
{
    struct delivery *delivery = ctx;
    struct bb_set *set = delivery->set;

    set->record.flags |= SP_PULL_REQUEST_PARTIAL;
    return bb_faults_note(delivery->faults, bb_call_instance(set->activities.call),
                          set->record.number, rc, delivery->err);
}

/* A push while pages are turned moves commits into the next page, which shows them again.  1:
 * it was not sent before, 0: it was, or SP_ERR_NOMEM. */
static int is_new(struct bb_set *set, const char *sha)
{
    char beginning[17];
    int rc;

    snprintf(beginning, sizeof beginning, "%s", sha);
    rc = bb_idset_add(&set->sent, (int64_t)strtoull(beginning, NULL, 16));
    return rc < 0 ? SP_ERR_NOMEM : rc;
}

static int on_commit(void *ctx, const struct bb_node *node)
{
    const struct delivery *delivery = ctx;
    const struct sp_sink *sink = delivery->sink;
    BB_AUTOARENA struct bb_arena arena = {0};
    struct sp_commit record;
    int rc;

    bb_record_commit(node, &arena, &record);
    if (node->doc->rc)
        return on_fault(ctx, node->doc->rc);
    rc = is_new(delivery->set, record.sha);
    if (rc < 0)
        return bb_fail_memory(delivery->err);
    return rc && sink->pull_request_commit ? sink->pull_request_commit(sink->ctx, &record)
                                           : SP_OK;
}

static int on_activity(void *ctx, const struct sp_activity *record)
{
    const struct delivery *delivery = ctx;
    const struct sp_sink *sink = delivery->sink;
    struct bb_set *set = delivery->set;

    if (record->comment_id)
        set->comments++;
    if (record->action == SP_ACTION_MERGED && record->merge_commit)
        snprintf(set->merge_commit, sizeof set->merge_commit, "%s", record->merge_commit);
    return sink->activity ? sink->activity(sink->ctx, record) : SP_OK;
}

static int on_feed_entry(void *ctx, const struct bb_node *node)
{
    return bb_record_activities(node, on_activity, on_fault, ctx);
}

/* What the listing did not tell, the activities do: servers leave a count of zero out, and
 * the merge commit of most merges (recorded). */
static void complete(struct bb_set *set)
{
    if (set->record.flags & SP_PULL_REQUEST_PARTIAL)
        set->record.revision = NULL;
    if (set->record.comment_count < 0)
        set->record.comment_count = set->comments;
    if (!set->record.merge_commit && set->merge_commit[0])
        set->record.merge_commit = set->merge_commit;
}

static int wait_for_commits(struct bb_set *set, struct sp_error *err)
{
    int rc = set->commits.call ? bb_listing_wait(&set->commits, err) : SP_OK;

    /* Both ends may be gone from the server: then nobody knows the commits any more. */
    if (rc == SP_ERR_NOT_FOUND &&
        strcmp(bb_listing_exception(&set->commits), "NoSuchCommitException") == 0) {
        *err = (struct sp_error){.size = err->size};
        set->record.flags |= SP_PULL_REQUEST_COMMITS_UNKNOWN;
        return SP_OK;
    }
    return rc;
}

int bb_set_deliver(struct bb_set *set, const struct sp_sink *sink, struct bb_faults *faults,
                   struct sp_error *err)
{
    struct delivery delivery = {set, sink, faults, err};
    int rc = bb_listing_wait(&set->activities, err);

    /* What fails from the first is never begun; a later page may still fail. */
    if (!rc)
        rc = wait_for_commits(set, err);
    if (!rc && sink->pull_request_begin)
        rc = sink->pull_request_begin(sink->ctx, set->record.number);
    if (!rc && set->commits.call && !(set->record.flags & SP_PULL_REQUEST_COMMITS_UNKNOWN))
        rc = bb_listing_each(&set->commits, on_commit, &delivery, err);
    if (!rc)
        rc = bb_listing_each(&set->activities, on_feed_entry, &delivery, err);
    if (rc)
        return rc;
    complete(set);
    return sink->pull_request_end ? sink->pull_request_end(sink->ctx, &set->record) : SP_OK;
}

bool bb_set_is_gone(const struct bb_set *set, int rc)
{
    return rc == SP_ERR_NOT_FOUND &&
           strcmp(bb_listing_exception(&set->activities), "NoSuchPullRequestException") == 0;
}
