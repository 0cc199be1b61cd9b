/* reviews.c - see reviews.h */
#include "ingest/reviews.h"

#include "clock.h"
#include "ingest/ranges.h"
#include "ingest/sharing.h"

#include <stdio.h>

enum { LEAVE_IT = 2 }; /* says sp_sink.known_revision */

/* Who helps takes what nobody has brought yet; the rest is for who has the claim.  Where that
 * goes through everything once more, it does not read again what others have brought or itself
 * has read: when that was is not noted exactly (review_put.c), and by another's clock. */
static int on_known_revision(void *ctx, int64_t number, char *revision, size_t size)
{
    struct sh_importing *importing = ctx;
    int rc = sh_review_revision(&importing->scope, number, importing->run->round_ms,
                                sh_now_ms(), revision, size, &importing->err);

    if (rc < 0)
        return rc;
    if (rc == 0 && !revision[0]) {
        rc = sh_sharing_ask(importing, number);
        return rc < 0 ? rc : rc ? 0 : LEAVE_IT;
    }
    return importing->helps ? LEAVE_IT : rc || importing->sharing.is_known_read;
}

static int on_has_commit(void *ctx, const char *sha)
{
    struct sh_importing *importing = ctx;

    return sh_history_has(&importing->scope, sha, &importing->err);
}

static int on_begin(void *ctx, int64_t number)
{
    struct sh_importing *importing = ctx;

    importing->number = number;
    importing->position = 0;
    importing->pending_activities = 0;
    return sh_review_begin(&importing->scope, &importing->err);
}

static int on_commit(void *ctx, const struct sp_commit *commit)
{
    struct sh_importing *importing = ctx;
    int rc = sh_review_commit(&importing->scope, importing->number, importing->position++,
                              commit->sha, &importing->err);

    return rc ? rc : sh_review_commit_facts(&importing->scope, commit, &importing->err);
}

static int on_activity(void *ctx, const struct sp_activity *activity)
{
    struct sh_importing *importing = ctx;

    importing->pending_activities++;
    sh_importing_saw(importing, activity->created_ms);
    return sh_review_activity(&importing->scope, importing->number, activity, &importing->err);
}

static void copy_sha(char to[SH_SHA_MAX], const char *sha)
{
    snprintf(to, SH_SHA_MAX, "%s", sha ? sha : "");
}

static int add_range(struct sh_importing *importing, const struct sp_pull_request *of)
{
    struct sh_review_pending pending = {.number = of->number,
                                        .is_merged = of->state == SP_MERGED};

    copy_sha(pending.from_commit, of->from_commit);
    copy_sha(pending.to_commit, of->to_commit);
    copy_sha(pending.merge_commit, of->merge_commit);
    return sh_ranges_add(importing, &pending);
}

/* Commits and size follow, which the mirror tells; what is stored of them stays until then.  A
 * helper may have no mirror, and leaves it to who has the claim. */
static int on_end(void *ctx, const struct sp_pull_request *told)
{
    struct sh_importing *importing = ctx;
    struct sp_pull_request pull_request = *told;
    struct sh_review_size size = {0};
    int rc = SP_OK;

    if (told->flags & (SP_PULL_REQUEST_COMMITS_IN_GIT | SP_PULL_REQUEST_COMMITS_UNKNOWN))
        rc = sh_review_keep_commits(&importing->scope, told, &size, &importing->err);
    size.is_pending = (told->flags & SP_PULL_REQUEST_COMMITS_IN_GIT) && !size.known;
    if (size.is_pending)
        pull_request.flags |= SP_PULL_REQUEST_COMMITS_UNKNOWN;
    if (!rc)
        rc = sh_review_end(&importing->scope, &pull_request, &size, sh_now_ms(),
                           &importing->err);
    if (!rc && size.is_pending && !importing->helps)
        rc = add_range(importing, told);
    if (rc)
        return rc;
    sh_importing_saw(importing, told->updated_ms);
    importing->run->pull_requests++;
    importing->run->activities += importing->pending_activities;
    return SP_OK;
}

int sh_reviews_complete(struct sh_importing *importing)
{
    struct sh_review_pending pending = {0};
    int rc = sh_ranges_finish(importing);

    while (!rc && (rc = sh_review_next_pending(&importing->scope, pending.number, &pending,
                                               &importing->err)) > 0)
        rc = sh_importing_cancelled(importing)
                 ? sp_error_set(&importing->err, SP_ERR_CANCELLED, "stopped")
                 : sh_ranges_add(importing, &pending);
    return rc ? rc : sh_ranges_finish(importing);
}

void sh_reviews_sink(struct sp_sink *sink)
{
    sink->known_revision = on_known_revision;
    sink->has_commit = on_has_commit;
    sink->pull_request_begin = on_begin;
    sink->pull_request_commit = on_commit;
    sink->activity = on_activity;
    sink->pull_request_end = on_end;
}
