/* pull_request_walk.c - see pull_request_walk.h */
#include "pull_request_walk.h"

#include "cleanup.h"
#include "document.h"
#include "error.h"
#include "pull_request_queue.h"

#include <string.h>

enum { MS_PER_DAY = 24 * 60 * 60 * 1000 };

static int64_t reread_since_ms(const struct bb_importing *importing)
{
    return importing->now_ms - importing->settings->reread_closed_days * MS_PER_DAY;
}

/* Comments and reviews leave no mark on updatedDate or version, and edits of comments none
 * at all in a listing; so open pull requests are read again each time, and closed ones for
 * a while. */
static bool may_have_silent_changes(const struct bb_importing *importing,
                                    const struct sp_pull_request *record)
{
    int64_t closed_ms = record->closed_ms ? record->closed_ms : record->updated_ms;

    return importing->full || record->state == SP_OPEN ||
           closed_ms > reread_since_ms(importing);
}

/* 1: to be fetched, 0: not.  *ret_changed: the row is not what the host holds, for all we
 * know. */
static int is_wanted(struct bb_importing *importing, const struct sp_pull_request *record,
                     bool again, bool *ret_changed)
{
    const struct sp_sink *sink = importing->sink;
    char known[SP_REVISION_MAX] = "";
    int rc = 0;

    if (sink->known_revision)
        rc = sink->known_revision(sink->ctx, record->number, known, sizeof known);
    *ret_changed = true;
    if (rc < 0 || rc == 2)
        return rc < 0 ? rc : 0;
    *ret_changed = !known[0] || !record->revision || strcmp(known, record->revision) != 0;
    if (*ret_changed)
        return 1;
    return rc == 0 && !again && may_have_silent_changes(importing, record);
}

static int tell_person(struct bb_importing *importing, const struct sp_person *person)
{
    const struct sp_sink *sink = importing->sink;
    int rc =
        person && person->id && sink->person ? bb_idset_add(&importing->people, person->id) : 0;

    if (rc < 0)
        return bb_fail_memory(importing->err);
    return rc ? sink->person(sink->ctx, person) : SP_OK;
}

/* A person's new name is no change of a pull request.  A fault among participants costs
 * nothing but this. */
static int tell_people(struct bb_importing *importing, struct json_object *element,
                       const struct sp_pull_request *record, struct bb_arena *arena)
{
    struct sp_error ignored = {.size = sizeof ignored};
    struct bb_doc doc = {.url_path = "", .root = "", .err = &ignored};
    struct bb_node node = bb_json_root(&doc, element);
    struct bb_node participants = bb_json_array(&node, "participants");
    int rc = tell_person(importing, record->author);

    for (size_t i = 0; !rc && i < record->n_reviewers; i++)
        rc = tell_person(importing, record->reviewers[i]->person);
    for (size_t i = 0; !rc && i < bb_json_length(&participants); i++) {
        struct bb_node participant = bb_json_at(&participants, i);
        struct bb_node user = bb_json_object(&participant, "user");

        rc = tell_person(importing, bb_record_person(&user, arena));
    }
    return rc;
}

/* What a listing shows again is told of once. */
static int leave_out(struct bb_importing *importing, int64_t number, int rc)
{
    if (!bb_faults_has(&importing->faults, number))
        return bb_faults_note(&importing->faults, bb_call_instance(importing->call), number, rc,
                              importing->err);
    *importing->err = (struct sp_error){.size = importing->err->size};
    return SP_OK;
}

/* Sends one pull request to the queue where that is needed. */
static int consider(struct bb_importing *importing, struct json_object *element,
                    struct bb_doc *doc, bool again, struct sp_pull_request *record,
                    bool *ret_changed)
{
    struct bb_node node = bb_json_root(doc, element);
    BB_AUTOARENA struct bb_arena arena = {0};
    int64_t target_id;
    int rc;

    *ret_changed = true;
    bb_record_pull_request(&node, &arena, record, &target_id);
    record->revision = bb_record_revision(&node, record, &arena);
    if (doc->rc)
        return leave_out(importing, record->number, doc->rc);
    rc = bb_importing_check_id(importing, target_id);
    if (!rc)
        rc = tell_people(importing, element, record, &arena);
    if (rc)
        return rc;
    rc = bb_idset_add(&importing->seen, record->number);
    if (rc < 0)
        return bb_fail_memory(importing->err);
    if (rc == 0 && !again)
        return SP_OK; /* pushed into the next page by a new one */
    if (record->updated_ms < importing->settings->history_since_ms ||
        bb_faults_has(&importing->faults, record->number)) {
        *ret_changed = false;
        return SP_OK;
    }
    rc = is_wanted(importing, record, again, ret_changed);
    if (rc > 0)
        return bb_queue_add(importing, json_object_get(element), &arena, record);
    importing->progress.done++;
    return rc;
}

void bb_walk_init(struct bb_walk *walk, struct bb_importing *importing, bool open_only)
{
    *walk = (struct bb_walk){
        .importing = importing, .ordered = true, .page_unchanged = true, .last_ms = INT64_MAX};
    bb_list_pull_requests(&walk->listing, importing->call, &importing->repository, open_only);
}

void bb_walk_clear(struct bb_walk *walk)
{
    json_object_put(walk->first_element);
    bb_listing_clear(&walk->listing);
}

int bb_walk_next(struct bb_walk *walk, struct json_object **ret)
{
    int rc;

    *ret = walk->first_element;
    walk->first_element = NULL;
    if (*ret)
        return 1;
    walk->listing.lazy = walk->may_stop;
    rc = bb_listing_next(&walk->listing, ret, walk->importing->err);
    /* so an empty repository answered to other importers */
    if (rc < 0 && strcmp(bb_listing_exception(&walk->listing), "NoDefaultBranchException") == 0)
        return 0;
    return rc;
}

static void note(struct bb_walk *walk, const struct sp_pull_request *record, bool changed)
{
    struct bb_importing *importing = walk->importing;

    walk->page_unchanged = walk->page_unchanged && !changed;
    walk->ordered = walk->ordered && record->updated_ms <= walk->last_ms;
    walk->last_ms = record->updated_ms;
    if (record->updated_ms > walk->newest_ms)
        walk->newest_ms = record->updated_ms;
    if (record->number > walk->highest)
        walk->highest = record->number;
    if ((uint64_t)walk->highest > importing->progress.total)
        importing->progress.total = (uint64_t)walk->highest;
    if (record->updated_ms < importing->settings->history_since_ms)
        walk->n_older++;
}

/* At the end of a page.  Those that are read again whatever the listing says of them have been
 * met once a walk is done again. */
static bool is_enough(struct bb_walk *walk)
{
    bool enough = walk->may_stop && walk->ordered && walk->page_unchanged &&
                  walk->last_ms <= walk->until_ms &&
                  (walk->again || walk->last_ms < reread_since_ms(walk->importing));

    walk->page_unchanged = true;
    return enough;
}

int bb_walk_run(struct bb_walk *walk)
{
    struct bb_importing *importing = walk->importing;
    struct json_object *element = NULL;
    int rc = SP_OK;

    while (!walk->stopped && (rc = bb_walk_next(walk, &element)) > 0) {
        struct bb_doc doc = bb_listing_doc(&walk->listing, importing->err);
        struct sp_pull_request record;
        bool changed;

        rc = consider(importing, element, &doc, walk->again, &record, &changed);
        if (!doc.rc)
            note(walk, &record, changed);
        else
            walk->page_unchanged = false;
        json_object_put(element);
        if (rc)
            return rc;
        walk->stopped = bb_listing_is_page_end(&walk->listing) && is_enough(walk);
    }
    return walk->stopped ? SP_OK : rc;
}

int bb_walk_one(struct bb_importing *importing, int64_t number)
{
    const struct bb_base *base = &bb_call_instance(importing->call)->base;
    struct bb_doc doc = {.root = "", .err = importing->err};
    struct bb_document document;
    struct sp_pull_request record;
    bool changed;
    int rc;

    bb_document_init(&document);
    rc = bb_document_get(importing->call, &document,
                         bb_pull_request_rest_url(base, &importing->repository, number), 0,
                         importing->err);
    if (!rc) {
        doc.url_path = bb_request_path(document.request);
        rc = consider(importing, document.root, &doc, false, &record, &changed);
    } else if (rc == SP_ERR_NOT_FOUND && strcmp(bb_request_answer(document.request)->exception,
                                                "NoSuchPullRequestException") == 0) {
        rc = bb_importing_tell_gone(importing, number);
    } else {
        rc = bb_importing_leave_out(importing, number, rc);
    }
    bb_document_clear(&document);
    return rc;
}
