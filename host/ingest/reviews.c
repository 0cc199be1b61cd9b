/* reviews.c - see reviews.h */
#include "ingest/reviews.h"

#include "clock.h"
#include "git/git.h"
#include "ingest/sharing.h"
#include "store/review.h"

#include <string.h>

enum { LEAVE_IT = 2 }; /* says sp_sink.known_revision */

/* Who helps takes what nobody has brought yet; the rest is for who has the claim.  Where that
 * goes through everything once more, it does not read again what others have brought or itself
 * has read: when that was is not noted exactly (review_put.c), and by another's clock. */
static int on_known_revision(void *ctx, int64_t number, char *revision, size_t size)
{
    struct sh_importing *importing = ctx;
    int rc = sh_review_revision(&importing->scope, number, importing->run->round_ms, revision,
                                size, &importing->err);

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

static int on_range_commit(void *ctx, const char *sha)
{
    struct sh_importing *importing = ctx;

    return sh_review_commit(&importing->scope, importing->number, importing->position++, sha,
                            &importing->err);
}

/* The commits that the source had and the target had not, and what they change. */
static int take_range(struct sh_importing *importing, const char *from, const char *to,
                      struct sh_review_size *size)
{
    struct sh_git_watch watch = {importing, sh_importing_cancelled, NULL};
    struct sh_git_size changed;
    int rc = sh_git_range(importing->mirror, from, to, &watch, on_range_commit, importing,
                          &importing->err);

    if (!rc)
        rc = sh_git_diff(importing->mirror, to, from, &watch, &changed, &importing->err);
    if (!rc)
        *size = (struct sh_review_size){true, changed.files, changed.insertions,
                                        changed.deletions, false};
    return rc;
}

/* After a merge the target's end may be told as it is now, with the source in it: then its end
 * before the merge counts.  Where nobody knows that, or the mirror has lost an end, the commits
 * are as good as unknown. */
static int take_commits(struct sh_importing *importing, struct sp_pull_request *pull_request,
                        struct sh_review_size *size)
{
    char before[SH_SHA_MAX] = "";
    bool is_lost;
    int rc = take_range(importing, pull_request->from_commit, pull_request->to_commit, size);

    if (!rc && importing->position == 0 && pull_request->merge_commit)
        rc = sh_history_first_parent(&importing->scope, pull_request->merge_commit, before,
                                     sizeof before, &importing->err);
    if (!rc && *before)
        rc = take_range(importing, pull_request->from_commit, before, size);
    if (rc == SH_ERR_MIRROR_DAMAGED && sh_git_suspect(importing->mirror, &importing->err))
        rc = importing->err.code;
    is_lost = rc == SP_ERR_NOT_FOUND;
    if ((is_lost || (!rc && pull_request->state == SP_MERGED)) && importing->position == 0) {
        pull_request->flags |= SP_PULL_REQUEST_COMMITS_UNKNOWN;
        size->known = false;
    }
    if (is_lost)
        sp_error_clear(&importing->err);
    return is_lost ? SP_OK : rc;
}

static int on_end(void *ctx, const struct sp_pull_request *told)
{
    struct sh_importing *importing = ctx;
    struct sp_pull_request pull_request = *told;
    bool in_git = told->flags & SP_PULL_REQUEST_COMMITS_IN_GIT;
    struct sh_review_size size = {0};
    int rc = SP_OK;

    if (told->flags & (SP_PULL_REQUEST_COMMITS_IN_GIT | SP_PULL_REQUEST_COMMITS_UNKNOWN))
        rc = sh_review_keep_commits(&importing->scope, told, &size, &importing->err);
    size.is_pending = in_git && !size.known && importing->helps;
    if (!rc && in_git && !size.known && !importing->helps)
        rc = take_commits(importing, &pull_request, &size);
    if (!rc)
        rc = sh_review_end(&importing->scope, &pull_request, &size, sh_now_ms(),
                           &importing->err);
    if (rc)
        return rc;
    sh_importing_saw(importing, told->updated_ms);
    importing->run->pull_requests++;
    importing->run->activities += importing->pending_activities;
    return SP_OK;
}

/* A helper may have no mirror, and has left this. */
static int complete(struct sh_importing *importing, const struct sh_review_pending *pending)
{
    struct sp_pull_request pull_request = {
        .size = sizeof pull_request,
        .state = pending->is_merged ? SP_MERGED : SP_OPEN,
        .from_commit = pending->from_commit,
        .to_commit = pending->to_commit,
        .merge_commit = pending->merge_commit[0] ? pending->merge_commit : NULL,
    };
    struct sh_review_size size = {0};
    int rc = on_begin(importing, pending->number);

    if (!rc)
        rc = take_commits(importing, &pull_request, &size);
    return rc ? rc
              : sh_review_put_pending(&importing->scope, pending->number, &size,
                                      &importing->err);
}

int sh_reviews_complete(struct sh_importing *importing)
{
    struct sh_review_pending pending = {0};
    int rc;

    while ((rc = sh_review_next_pending(&importing->scope, pending.number, &pending,
                                        &importing->err)) > 0) {
        rc = sh_importing_cancelled(importing)
                 ? sp_error_set(&importing->err, SP_ERR_CANCELLED, "stopped")
                 : complete(importing, &pending);
        if (rc)
            return rc;
    }
    return rc;
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
