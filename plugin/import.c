/* import.c - what is new of one repository
 *
 * First Git, which is the host's work; then the pull requests.  Those whose revision the host
 * knows are skipped; of the others as many are on their way as the server may get requests.
 */
#include "verbs.h"

#include "document.h"
#include "error.h"
#include "git_remote.h"
#include "login.h"
#include "pull_request_queue.h"
#include "pull_request_walk.h"

enum { MS_PER_DAY = 24 * 60 * 60 * 1000, WALKS_MAX = 3, GAPS_MAX = 100 };

/* Makes sure that the path still is the repository's, before Git is mirrored from it: the
 * first pull request tells, and only where there is none a request of its own. */
static int check_path(struct bb_importing *importing, struct bb_walk *walk)
{
    BB_AUTOARENA struct bb_arena arena = {0};
    struct sp_pull_request record;
    struct sp_error ignored = {.size = sizeof ignored};
    struct bb_doc doc;
    struct bb_node node;
    int64_t target_id;
    int rc = 0;

    if (importing->settings->pull_requests)
        rc = bb_walk_next(walk, &walk->first_element);
    if (rc <= 0)
        return rc ? rc : bb_importing_ask_for_id(importing);
    doc = bb_listing_doc(&walk->listing, &ignored);
    node = bb_json_root(&doc, walk->first_element);
    bb_record_pull_request(&node, &arena, &record, &target_id);
    if (doc.rc == SP_ERR_NOMEM)
        return bb_fail_memory(importing->err);
    return doc.rc || !target_id ? bb_importing_ask_for_id(importing)
                                : bb_importing_check_id(importing, target_id);
}

/* Edits of comments on old pull requests leave no mark at all.  The turns of repositories that
 * were imported together are spread over the whole cycle.  With an earlier history_since the
 * host gets commits that it could not measure pull requests by before. */
static bool is_full_due(const struct bb_importing *importing)
{
    int64_t cycle = importing->settings->full_cycle_days * MS_PER_DAY;
    int64_t phase;

    if (!importing->before.is_set)
        return false;
    if (cycle == 0 || importing->settings->history_since_ms < importing->before.since_ms)
        return true;
    phase = (int64_t)((uint64_t)importing->repository_id * 2654435761u % (uint64_t)cycle);
    /* a time to come was noted by a clock that was ahead, and says nothing */
    return importing->before.full_ms > importing->now_ms ||
           (importing->now_ms + phase) / cycle > (importing->before.full_ms + phase) / cycle;
}

static bool may_stop_early(const struct bb_importing *importing)
{
    const struct bb_cursor *before = &importing->before;

    return before->is_set && !before->unordered && !importing->full &&
           before->since_ms == importing->settings->history_since_ms;
}

/* What changed while the pages were turned has moved to the front, past the walk. */
static int walk_again(struct bb_importing *importing, struct bb_walk *first)
{
    bool more = first->listing.n_pages > 1 && first->ordered;
    int64_t until_ms = first->newest_ms;
    int rc = SP_OK;

    for (int i = 1; !rc && more && i < WALKS_MAX; i++) {
        struct bb_walk walk;

        rc = bb_queue_drain(importing); /* so that the host knows their revisions */
        if (rc)
            return rc;
        bb_walk_init(&walk, importing, false);
        walk.may_stop = walk.again = true;
        walk.until_ms = until_ms;
        rc = bb_walk_run(&walk);
        more = walk.listing.n_pages > 1 && walk.ordered;
        until_ms = walk.newest_ms;
        bb_walk_clear(&walk);
    }
    return rc;
}

static bool is_seen(const struct bb_importing *importing, int64_t number)
{
    return bb_idset_has(&importing->seen, number) || bb_faults_has(&importing->faults, number);
}

/* Asks alone for what the host holds, and no listing has told. */
static int ask_for_held(struct bb_importing *importing, int64_t since_ms, bool *only_look)
{
    const struct sp_sink *sink = importing->sink;
    int64_t number = 0;
    int rc = 0;

    while (sink->held_pull_request &&
           (rc = sink->held_pull_request(sink->ctx, number, since_ms, &number)) > 0) {
        rc = bb_call_go_on(importing->call, importing->err);
        if (rc)
            return rc;
        if (is_seen(importing, number))
            continue;
        if (only_look) {
            *only_look = true;
            return SP_OK;
        }
        rc = bb_walk_one(importing, number);
        if (rc)
            return rc;
    }
    return rc;
}

/* The open ones that lie behind the end of an early walk. */
static int walk_open(struct bb_importing *importing)
{
    struct bb_walk walk;
    bool needed = false;
    int rc = ask_for_held(importing, INT64_MAX, &needed);

    if (rc || !needed)
        return rc;
    bb_walk_init(&walk, importing, true);
    rc = bb_walk_run(&walk);
    bb_walk_clear(&walk);
    return rc;
}

/* A pull request that was deleted while pages were turned has pulled another one over a page's
 * border, unseen.  It is among the gaps in the numbers. */
static int ask_for_gaps(struct bb_importing *importing, const struct bb_walk *walk)
{
    unsigned asked = 0;
    int rc = SP_OK;

    if (walk->listing.n_pages < 2 || (importing->before.is_set && !importing->full))
        return SP_OK;
    for (int64_t number = walk->highest - 1; !rc && number > 0 && asked < GAPS_MAX; number--)
        if (!is_seen(importing, number)) {
            asked++;
            rc = bb_walk_one(importing, number);
        }
    return rc;
}

static int ask_for_left_out(struct bb_importing *importing)
{
    const struct bb_cursor *before = &importing->before;
    int rc = SP_OK;

    for (size_t i = 0; !rc && i < before->n_left_out; i++)
        if (!is_seen(importing, before->left_out[i]))
            rc = bb_walk_one(importing, before->left_out[i]);
    return rc;
}

static int tell_cursor(struct bb_importing *importing, const struct bb_walk *walk)
{
    const struct sp_sink *sink = importing->sink;
    const struct bb_faults *faults = &importing->faults;
    struct bb_cursor after = importing->before;
    char text[SP_CURSOR_MAX];
    int rc = SP_OK;

    if (!walk->stopped && sink->left_out)
        rc = sink->left_out(sink->ctx, "history_since", walk->n_older);
    if (rc || !sink->cursor || faults->is_untold)
        return rc; /* with the cursor of before everything comes by again */
    if (!after.is_set || importing->full)
        after.full_ms = importing->now_ms;
    if (!walk->stopped)
        after.unordered = !walk->ordered;
    after.newest_ms = walk->newest_ms;
    after.since_ms = importing->settings->history_since_ms;
    after.n_left_out = faults->n_numbers;
    for (size_t i = 0; i < faults->n_numbers; i++)
        after.left_out[i] = faults->numbers[i];
    rc = bb_cursor_write(&after, text, sizeof text, importing->err);
    return rc ? rc : sink->cursor(sink->ctx, text);
}

static int import_pull_requests(struct bb_importing *importing, struct bb_walk *walk)
{
    int rc = bb_walk_run(walk);

    if (!rc)
        rc = walk_again(importing, walk);
    if (!rc && walk->stopped)
        rc = walk_open(importing);
    if (!rc && !walk->stopped)
        rc = ask_for_gaps(importing, walk);
    if (!rc)
        rc = ask_for_held(importing, walk->stopped ? walk->last_ms + 1 : INT64_MIN, NULL);
    if (!rc)
        rc = ask_for_left_out(importing);
    if (!rc)
        rc = bb_queue_drain(importing);
    if (rc)
        return rc;
    importing->progress.total = importing->progress.done; /* numbers have gaps */
    bb_importing_tell_progress(importing);
    rc = bb_login_confirm(importing->call, importing->err);
    if (!rc)
        rc = tell_cursor(importing, walk);
    return rc ? rc : bb_faults_tell(&importing->faults, importing->err);
}

/* What else there is to do, the import does that this one is a part of. */
static int run_part(struct bb_importing *importing)
{
    struct bb_walk walk;
    int rc = bb_login_prove(importing->call, importing->err);

    if (rc || !importing->settings->pull_requests)
        return rc;
    bb_walk_init(&walk, importing, false);
    rc = check_path(importing, &walk);
    if (!rc)
        rc = bb_walk_run(&walk);
    if (!rc)
        rc = bb_queue_drain(importing);
    if (!rc)
        rc = bb_login_confirm(importing->call, importing->err);
    bb_walk_clear(&walk);
    return rc ? rc : bb_faults_tell(&importing->faults, importing->err);
}

static int run(struct bb_importing *importing)
{
    struct bb_walk walk;
    int rc = bb_login_prove(importing->call, importing->err);

    if (rc)
        return rc;
    importing->full = is_full_due(importing);
    bb_walk_init(&walk, importing, false);
    walk.may_stop = may_stop_early(importing);
    walk.until_ms = importing->before.newest_ms;
    rc = check_path(importing, &walk);
    if (!rc && importing->sink->git_remote)
        rc = bb_send_git_remote(importing->call, &importing->repository, importing->err);
    if (!rc && importing->settings->pull_requests)
        rc = import_pull_requests(importing, &walk);
    bb_walk_clear(&walk);
    return rc;
}

static bool is_part(const struct sp_import *what)
{
    return SP_HAS(struct sp_import, what, flags) && what->flags & SP_IMPORT_PART;
}

int bb_import(struct sp_instance *instance, const struct sp_import *what,
              const struct sp_sink *sink, struct sp_error *err)
{
    struct bb_importing importing = {
        .sink = sink,
        .err = err,
        .settings = &instance->settings,
        .repository_id = what->repository_id,
        .now_ms = bb_instance_now_ms(instance),
        .progress = {.size = sizeof importing.progress, .what = "pull requests"},
    };
    int rc = bb_repository_parse(&importing.repository, what->path, err);

    if (!rc)
        rc = bb_cursor_read(&importing.before, what->cursor, err);
    if (!rc)
        rc = bb_call_open(instance, sink, &importing.call, err);
    if (!rc)
        rc = is_part(what) ? run_part(&importing) : run(&importing);
    bb_queue_clear(&importing);
    bb_idset_clear(&importing.seen);
    bb_idset_clear(&importing.people);
    bb_repository_clear(&importing.repository);
    bb_call_close(importing.call);
    return rc;
}
