/* import.c - what is new of one repository
 *
 * First Git, which is the host's work; then the pull requests, newest change first.  Those
 * whose revision the host knows are skipped; of the others as many are on their way as the
 * server may get requests, and they are handed over in the order of the listing.
 */
#include "verbs.h"

#include "cleanup.h"
#include "document.h"
#include "error.h"
#include "git_remote.h"
#include "idset.h"
#include "login.h"
#include "pull_request_set.h"

#include <string.h>
#include <time.h>

enum { QUEUE_MAX = 64, FAILED_IN_A_ROW_MAX = 10, MS_PER_DAY = 24 * 60 * 60 * 1000 };

struct importing {
    struct bb_call *call;
    const struct sp_sink *sink;
    struct sp_error *err;
    const struct bb_settings *settings;
    int64_t repository_id;
    struct bb_repository repository;
    struct bb_listing listing;
    struct json_object *first_element; /* of the listing, read ahead of Git */
    struct bb_idset seen;
    struct bb_set *queue[QUEUE_MAX]; /* a ring: the first is delivered next */
    unsigned first, n;
    struct sp_progress progress;
    unsigned left_out, failed_in_a_row;
    struct sp_error first_fault; /* of those that were left out */
};

static void tell_progress(struct importing *importing)
{
    const struct sp_sink *sink = importing->sink;

    if (sink->progress)
        sink->progress(sink->ctx, &importing->progress);
}

/* What is wrong with one record costs that record: it is left out, counted, and tried again
 * next time.  0 when it may be left out, else the error. */
static int leave_out(struct importing *importing, int rc)
{
    bool of_record = rc == SP_ERR_PROTOCOL || rc == SP_ERR_NOT_FOUND ||
                     rc == SP_ERR_FORBIDDEN || rc == SP_ERR_UNAVAILABLE;

    if (!of_record || ++importing->failed_in_a_row > FAILED_IN_A_ROW_MAX)
        return rc;
    if (importing->left_out++ == 0)
        importing->first_fault = *importing->err;
    bb_log(bb_call_instance(importing->call), SP_LOG_WARNING, "left out: %s",
           importing->err->message);
    return SP_OK;
}

static int deliver_first(struct importing *importing)
{
    struct bb_set *set = importing->queue[importing->first];
    int rc = bb_set_deliver(set, importing->sink, importing->err);

    if (rc == SP_OK)
        importing->failed_in_a_row = 0;
    else
        rc = leave_out(importing, rc);

    bb_set_free(set);
    importing->first = (importing->first + 1) % QUEUE_MAX;
    importing->n--;
    importing->progress.done++;
    tell_progress(importing);
    return rc;
}

/* Comments and reviews leave no mark on updatedDate or version, and edits of comments none
 * at all in a listing; so open pull requests are read again each time, and closed ones for
 * a while. */
static bool may_have_silent_changes(const struct importing *importing,
                                    const struct sp_pull_request *record)
{
    int64_t now_ms = (int64_t)time(NULL) * 1000;
    int64_t closed_ms = record->closed_ms ? record->closed_ms : record->updated_ms;

    return record->state == SP_OPEN ||
           now_ms - closed_ms < importing->settings->reread_closed_days * MS_PER_DAY;
}

/* 1: to be fetched, 0: nothing new in it. */
static int is_wanted(struct importing *importing, const struct sp_pull_request *record)
{
    const struct sp_sink *sink = importing->sink;
    char known[SP_REVISION_MAX] = "";
    int rc;

    if (record->updated_ms < importing->settings->history_since_ms)
        return 0;
    if (sink->known_revision) {
        rc = sink->known_revision(sink->ctx, record->number, known, sizeof known);
        if (rc)
            return rc;
    }
    return !known[0] || !record->revision || strcmp(known, record->revision) != 0 ||
           may_have_silent_changes(importing, record);
}

/* A path may be another repository's by now: moved away, deleted, its name used again. */
static int check_id(const struct importing *importing, int64_t id)
{
    if (!id || id == importing->repository_id)
        return SP_OK;
    return bb_fail(
        importing->err, SP_ERR_NOT_FOUND,
        "%s/%s is now another repository (id %lld instead of %lld): the one that was "
        "imported was moved or deleted",
        importing->repository.key, importing->repository.slug, (long long)id,
        (long long)importing->repository_id);
}

/* Takes over element and arena. */
static int enqueue(struct importing *importing, struct json_object *element,
                   struct bb_arena *arena, const struct sp_pull_request *record)
{
    unsigned last = (importing->first + importing->n) % QUEUE_MAX;

    importing->queue[last] = NULL;
    importing->n++;
    return bb_set_start(importing->call, &importing->repository, element, arena, record,
                        &importing->queue[last], importing->err);
}

static int consider(struct importing *importing, struct json_object *element)
{
    struct bb_doc doc = bb_listing_doc(&importing->listing, importing->err);
    struct bb_node node = bb_json_root(&doc, element);
    BB_AUTOARENA struct bb_arena arena = {0};
    struct sp_pull_request record;
    int64_t target_id;
    int rc;

    bb_record_pull_request(&node, &arena, &record, &target_id);
    record.revision = bb_record_revision(&node, &record, &arena);
    if (doc.rc)
        return leave_out(importing, doc.rc);
    rc = check_id(importing, target_id);
    if (rc)
        return rc;
    if ((uint64_t)record.number > importing->progress.total)
        importing->progress.total = (uint64_t)record.number;
    rc = bb_idset_add(&importing->seen, record.number);
    if (rc > 0)
        rc = is_wanted(importing, &record);
    else if (rc < 0)
        rc = bb_fail_memory(importing->err);
    if (rc > 0)
        return enqueue(importing, json_object_get(element), &arena, &record);
    importing->progress.done++;
    return rc;
}

/* 1: *ret is the next pull request, 0: there are no more. */
static int next_pull_request(struct importing *importing, struct json_object **ret)
{
    int rc = bb_listing_next(&importing->listing, ret, importing->err);

    /* so an empty repository answered to other importers */
    if (rc < 0 &&
        strcmp(bb_listing_exception(&importing->listing), "NoDefaultBranchException") == 0)
        return 0;
    return rc;
}

static int ask_for_id(const struct importing *importing)
{
    struct sp_instance *instance = bb_call_instance(importing->call);
    struct bb_document document;
    struct bb_doc doc = {.url_path = "repository", .root = "", .err = importing->err};
    struct bb_node node;
    int rc;

    bb_document_init(&document);
    rc = bb_document_get(importing->call, &document,
                         bb_repository_url(&instance->base, &importing->repository), 0,
                         importing->err);
    if (!rc) {
        node = bb_json_root(&doc, document.root);
        rc = bb_json_int(&node, "id", 0) ? SP_OK : doc.rc;
        if (!rc)
            rc = check_id(importing, bb_json_int(&node, "id", 0));
    }
    bb_document_clear(&document);
    return rc;
}

/* Makes sure that the path still is the repository's, before Git is mirrored from it: the
 * first pull request tells, and only where there is none a request of its own. */
static int check_path(struct importing *importing)
{
    BB_AUTOARENA struct bb_arena arena = {0};
    struct sp_pull_request record;
    struct bb_doc doc;
    struct bb_node node;
    int64_t target_id;
    int rc = 0;

    if (importing->settings->pull_requests)
        rc = next_pull_request(importing, &importing->first_element);
    if (rc <= 0)
        return rc ? rc : ask_for_id(importing);
    doc = bb_listing_doc(&importing->listing, importing->err);
    node = bb_json_root(&doc, importing->first_element);
    bb_record_pull_request(&node, &arena, &record, &target_id);
    return doc.rc || !target_id ? ask_for_id(importing) : check_id(importing, target_id);
}

static int walk(struct importing *importing)
{
    struct json_object *element = importing->first_element;
    int rc = element ? 1 : 0;

    importing->first_element = NULL;
    while (rc > 0) {
        if (importing->n == (unsigned)importing->settings->max_concurrency)
            rc = deliver_first(importing);
        if (rc >= 0)
            rc = consider(importing, element);
        json_object_put(element);
        element = NULL;
        if (rc >= 0)
            rc = next_pull_request(importing, &element);
    }
    return rc;
}

static int tell_left_out(const struct importing *importing)
{
    if (importing->left_out == 0)
        return SP_OK;
    return bb_fail(importing->err, SP_ERR_PARTIAL, "%u pull %s left out, the first: %.400s",
                   importing->left_out,
                   importing->left_out == 1 ? "request was" : "requests were",
                   importing->first_fault.message);
}

static int import_pull_requests(struct importing *importing)
{
    int rc = walk(importing);

    while (!rc && importing->n > 0)
        rc = deliver_first(importing);
    if (rc)
        return rc;
    importing->progress.total = importing->progress.done; /* numbers have gaps */
    tell_progress(importing);
    rc = bb_login_confirm(importing->call, importing->err);
    return rc ? rc : tell_left_out(importing);
}

static void clear(struct importing *importing)
{
    while (importing->n > 0) {
        bb_set_free(importing->queue[importing->first]);
        importing->first = (importing->first + 1) % QUEUE_MAX;
        importing->n--;
    }
    json_object_put(importing->first_element);
    bb_listing_clear(&importing->listing);
    bb_idset_clear(&importing->seen);
    bb_repository_clear(&importing->repository);
    bb_call_close(importing->call);
}

int bb_import(struct sp_instance *instance, const struct sp_import *what,
              const struct sp_sink *sink, struct sp_error *err)
{
    struct importing importing = {
        .sink = sink,
        .err = err,
        .settings = &instance->settings,
        .repository_id = what->repository_id,
        .progress = {.size = sizeof importing.progress, .what = "pull requests"},
    };
    int rc = bb_repository_parse(&importing.repository, what->path, err);

    if (!rc)
        rc = bb_call_open(instance, sink, &importing.call, err);
    if (!rc)
        rc = bb_login_prove(importing.call, err);
    if (!rc) {
        bb_list_pull_requests(&importing.listing, importing.call, &importing.repository);
        rc = check_path(&importing);
    }
    if (!rc && sink->git_remote)
        rc = bb_send_git_remote(importing.call, &importing.repository, err);
    if (!rc && instance->settings.pull_requests)
        rc = import_pull_requests(&importing);
    clear(&importing);
    return rc;
}
