/* ranges.c - see ranges.h */
#include "ingest/ranges.h"

#include "git/git.h"
#include "signals.h"
#include "trace.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = SH_GIT_PAIRS_MAX / 2 };

/* What git is asked at once: for each pull request one pair of commits, or two. */
struct batch {
    struct sh_review_pending of[BATCH];
    char before[BATCH][SH_SHA_MAX]; /* the target's end before the merge; "": not known */
    size_t n, n_stored;
    struct sh_git_pair pair[2 * BATCH];
    size_t n_pairs;
    int rc;
};

/* While one batch is filled, git works on the one before, and what it told of the one before
 * that is stored: one for one, so that nothing waits long. */
struct sh_ranges {
    struct batch batches[3];
    struct batch *filling, *asking, *told; /* asking: NULL, or a thread is at it */
    char *mirror;
    pthread_t thread;
    bool is_ending;
};

/* ---- Asking git, in any thread ---------------------------------------------- */

static int is_ending(void *ctx)
{
    return __atomic_load_n(&((struct sh_ranges *)ctx)->is_ending, __ATOMIC_ACQUIRE) ||
           sh_stopping();
}

static void ask(struct sh_ranges *ranges, struct batch *batch)
{
    struct sh_git_watch watch = {.ctx = ranges, .cancelled = is_ending};
    struct sp_error unused; /* each is asked for alone, then, and fails with its own words */

    for (size_t i = 0; i < batch->n; i++) {
        const char *from = batch->of[i].from_commit;

        batch->pair[batch->n_pairs++] =
            (struct sh_git_pair){.from = from, .to = batch->of[i].to_commit};
        if (batch->before[i][0])
            batch->pair[batch->n_pairs++] =
                (struct sh_git_pair){.from = from, .to = batch->before[i]};
    }
    batch->rc = sh_git_pairs(ranges->mirror, batch->pair, batch->n_pairs, &watch, &unused);
}

static void *ask_beside(void *ctx)
{
    struct sh_ranges *ranges = ctx;

    sh_trace_thread("git of an import", 0);
    ask(ranges, ranges->asking);
    return NULL;
}

/* Signals are for the thread that imports.  False: there is none for this. */
static bool start(struct sh_ranges *ranges)
{
    sigset_t all, before;
    int failed;

    ranges->asking = ranges->filling;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&ranges->thread, NULL, ask_beside, ranges);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        ranges->asking = NULL;
    return !failed;
}

static void await(struct sh_ranges *ranges)
{
    if (!ranges->asking)
        return;
    pthread_join(ranges->thread, NULL);
    ranges->told = ranges->asking;
    ranges->asking = NULL;
}

/* ---- What it tells of one --------------------------------------------------- */

static int on_link(void *ctx, const char *sha, int64_t position)
{
    struct sh_importing *importing = ctx;

    importing->position++;
    return sh_review_commit(&importing->scope, importing->number, position, sha,
                            &importing->err);
}

static int on_commit(void *ctx, const char *sha)
{
    return on_link(ctx, sha, ((struct sh_importing *)ctx)->position);
}

static int list(struct sh_importing *importing, const char *from, const char *to)
{
    struct sh_git_watch watch = {.ctx = importing, .cancelled = sh_importing_cancelled};

    return sh_git_range(importing->mirror, from, to, &watch, on_commit, importing,
                        &importing->err);
}

static struct sh_review_size size_of(const struct sh_git_pair *pair)
{
    return (struct sh_review_size){.known = true,
                                   .files = pair->size.files,
                                   .insertions = pair->size.insertions,
                                   .deletions = pair->size.deletions};
}

/* The commits that the source had and the target had not, and what they change. */
static int take_range(struct sh_importing *importing, const char *from, const char *to,
                      struct sh_review_size *size)
{
    struct sh_git_watch watch = {.ctx = importing, .cancelled = sh_importing_cancelled};
    struct sh_git_pair pair = {.from = from, .to = to};
    int rc = list(importing, from, to);

    if (!rc)
        rc = sh_git_pairs(importing->mirror, &pair, 1, &watch, &importing->err);
    if (!rc && pair.n_bases)
        *size = size_of(&pair);
    return rc || pair.n_bases
               ? rc
               : sp_error_set(&importing->err, SP_ERR_NOT_FOUND,
                              "git: %s and %s have no commit in common", from, to);
}

/* One that is not as simple as most.  After a merge the target's end may be told as it is now,
 * with the source in it: then its end before the merge counts.  Where nobody knows that, or the
 * mirror has lost an end, the commits are as good as unknown. */
static int take_alone(struct sh_importing *importing, const struct sh_review_pending *of,
                      const char *before, struct sh_review_size *size)
{
    int rc = take_range(importing, of->from_commit, of->to_commit, size);
    bool is_lost;

    if (!rc && importing->position == 0 && *before)
        rc = take_range(importing, of->from_commit, before, size);
    if (rc == SH_ERR_MIRROR_DAMAGED && sh_git_suspect(importing->mirror, &importing->err))
        rc = importing->err.code;
    is_lost = rc == SP_ERR_NOT_FOUND;
    if ((is_lost || (!rc && of->is_merged)) && importing->position == 0)
        *size = (struct sh_review_size){.is_lost = true};
    if (is_lost)
        sp_error_clear(&importing->err);
    return is_lost ? SP_OK : rc;
}

/* Where the two parted in one commit, and the source has commits of its own since. */
static bool is_plain(const struct sh_git_pair *pair)
{
    return pair->n_bases == 1 && strcmp(pair->base, pair->from) != 0;
}

/* Most sources are a chain of commits, which the store knows already. */
static int take_plain(struct sh_importing *importing, const struct sh_git_pair *pair,
                      struct sh_review_size *size)
{
    int rc = sh_history_chain(&importing->scope, pair->from, pair->base, on_link, importing,
                              &importing->err);

    *size = size_of(pair);
    return rc > 0 ? list(importing, pair->from, pair->to) : rc;
}

static int store(struct sh_importing *importing, const struct sh_review_pending *of,
                 const char *before, const struct sh_git_pair *pair)
{
    struct sh_review_size size = {0};
    int rc = sh_review_begin(&importing->scope, &importing->err);

    importing->number = of->number;
    importing->position = 0;
    if (!rc)
        rc = pair ? take_plain(importing, pair, &size)
                  : take_alone(importing, of, before, &size);
    return rc ? rc : sh_review_put_pending(&importing->scope, of, &size, &importing->err);
}

static int store_next(struct sh_importing *importing)
{
    struct sh_ranges *ranges = importing->ranges;
    struct batch *batch = ranges->told;
    const struct sh_git_pair *pair = NULL;
    size_t at = batch->n_stored++, first = 0;

    for (size_t i = 0; i < at; i++)
        first += batch->before[i][0] ? 2 : 1;
    if (batch->rc == SP_OK && is_plain(&batch->pair[first]))
        pair = &batch->pair[first];
    else if (batch->rc == SP_OK && batch->before[at][0] && batch->pair[first].n_bases == 1 &&
             is_plain(&batch->pair[first + 1]))
        pair = &batch->pair[first + 1];
    return store(importing, &batch->of[at], batch->before[at], pair);
}

static int store_told(struct sh_importing *importing)
{
    const struct batch *batch = importing->ranges->told;
    int rc = SP_OK;

    while (!rc && batch && batch->n_stored < batch->n)
        rc = store_next(importing);
    importing->ranges->told = NULL;
    return rc;
}

/* ---- One after the other ------------------------------------------------------ */

static int open_ranges(struct sh_importing *importing)
{
    struct sh_ranges *ranges;

    if (importing->ranges)
        return SP_OK;
    ranges = importing->ranges = calloc(1, sizeof *ranges);
    if (!ranges)
        return sp_error_set(&importing->err, SP_ERR_NOMEM, "out of memory");
    ranges->filling = ranges->batches;
    ranges->mirror = importing->mirror;
    return SP_OK;
}

/* The batch that neither git nor the store is at. */
static void take_empty(struct sh_ranges *ranges)
{
    struct batch *batch = ranges->batches;

    while (batch == ranges->asking || batch == ranges->told)
        batch++;
    *batch = (struct batch){0};
    ranges->filling = batch;
}

int sh_ranges_add(struct sh_importing *importing, const struct sh_review_pending *of)
{
    struct sh_ranges *ranges;
    struct batch *batch;
    int rc = open_ranges(importing);

    if (rc)
        return rc;
    ranges = importing->ranges;
    if (ranges->told && ranges->told->n_stored < ranges->told->n)
        rc = store_next(importing);
    batch = ranges->filling;
    batch->of[batch->n] = *of;
    if (!rc && of->is_merged && of->merge_commit[0])
        rc = sh_history_first_parent(&importing->scope, of->merge_commit,
                                     batch->before[batch->n], SH_SHA_MAX, &importing->err);
    if (rc || ++batch->n < BATCH)
        return rc;
    rc = store_told(importing);
    await(ranges);
    if (!start(ranges)) {
        if (!rc)
            rc = store_told(importing);
        ask(ranges, batch);
        ranges->told = batch;
    }
    take_empty(ranges);
    return rc;
}

int sh_ranges_finish(struct sh_importing *importing)
{
    struct sh_ranges *ranges = importing->ranges;
    int rc;

    if (!ranges)
        return SP_OK;
    rc = store_told(importing);
    await(ranges);
    if (!rc)
        rc = store_told(importing);
    if (rc || !ranges->filling->n)
        return rc;
    ask(ranges, ranges->filling);
    ranges->told = ranges->filling;
    rc = store_told(importing);
    take_empty(ranges);
    return rc;
}

void sh_ranges_clear(struct sh_importing *importing)
{
    struct sh_ranges *ranges = importing->ranges;

    if (!ranges)
        return;
    __atomic_store_n(&ranges->is_ending, true, __ATOMIC_RELEASE);
    await(ranges);
    free(ranges);
    importing->ranges = NULL;
}
