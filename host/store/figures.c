/* figures.c - see figures.h */
#include "store/figures.h"

#include "store/views.h"

#include <stdlib.h>

#define WEEK_MS   INT64_C(604800000)
#define MONDAY_MS INT64_C(345600000) /* the first one after 1970 began */

#define OF     " WHERE connection = ?1 AND repository_id = ?2"
#define P_OF   " WHERE p.connection = ?1 AND p.repository_id = ?2"
#define OPENED " AND p.created_at >= ?3 AND p.created_at < ?4"

static int take_figures(void *ctx, const struct sh_value *column, size_t n)
{
    (void)n;
    *(struct sh_figures *)ctx = (struct sh_figures){column[0].number, column[1].number,
                                                    column[2].number, column[3].number};
    return 0;
}

int sh_figures(const struct sh_scope *scope, struct sh_figures *ret, struct sp_error *err)
{
    return SH_QUERY(scope->store, err, take_figures, ret,
                    "SELECT (SELECT count(*) FROM git_commit" OF " AND reachable = 1),"
                    " (SELECT count(*) FROM git_ref" OF "),"
                    " (SELECT count(*) FROM pull_request" OF "),"
                    " (SELECT count(*) FROM activity" OF ")",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id));
}

/* ---- By week --------------------------------------------------------------- */

static int take_week(void *ctx, const struct sh_value *column, size_t n)
{
    int64_t *weeks = ctx;

    (void)n;
    if (column[0].number >= 0 && column[0].number < SH_WEEKS)
        weeks[column[0].number] = column[1].number;
    return 0;
}

/* Times that somebody's wrong clock has put into the future do not count. */
static int find_first(const struct sh_scope *scope, int64_t now_ms, int64_t *ret,
                      struct sp_error *err)
{
    int64_t last_ms = 0, first_ms;
    int rc = SH_QUERY(
        scope->store, err, sh_take_number, &last_ms,
        "SELECT max(at) FROM (SELECT max(committed_at) AS at FROM git_commit" OF
        " AND reachable = 1 AND committed_at <= ?3"
        " UNION ALL SELECT max(created_at) FROM pull_request" OF " AND created_at <= ?3"
        " UNION ALL SELECT max(closed_at) FROM pull_request" OF " AND closed_at <= ?3) AS last",
        SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(now_ms));

    first_ms = now_ms - (now_ms - MONDAY_MS) % WEEK_MS - (SH_WEEKS - 1) * WEEK_MS;
    if (last_ms > MONDAY_MS && last_ms < first_ms)
        first_ms = last_ms - (last_ms - MONDAY_MS) % WEEK_MS - (SH_WEEKS - 1) * WEEK_MS;
    *ret = first_ms;
    return rc;
}

#define WEEKS_OF(scope, weeks)                                                                 \
    SH_TEXT((scope)->connection), SH_INT((scope)->repository_id), SH_INT((weeks)->first_ms),   \
        SH_INT((weeks)->first_ms + SH_WEEKS * WEEK_MS), SH_INT(WEEK_MS)

static int count(const struct sh_scope *scope, struct sh_weeks *weeks, struct sp_error *err)
{
    int rc = SH_QUERY(scope->store, err, take_week, weeks->commits,
                      "SELECT (committed_at - ?3) / ?5, count(*) FROM git_commit" OF
                      " AND reachable = 1 AND committed_at >= ?3 AND committed_at < ?4"
                      " GROUP BY 1",
                      WEEKS_OF(scope, weeks));

    if (!rc)
        rc = SH_QUERY(scope->store, err, take_week, weeks->opened,
                      "SELECT (created_at - ?3) / ?5, count(*) FROM pull_request" OF
                      " AND created_at >= ?3 AND created_at < ?4 GROUP BY 1",
                      WEEKS_OF(scope, weeks));
    return rc ? rc
              : SH_QUERY(scope->store, err, take_week, weeks->merged,
                         "SELECT (closed_at - ?3) / ?5, count(*) FROM pull_request" OF
                         " AND state = 'MERGED' AND closed_at >= ?3 AND closed_at < ?4"
                         " GROUP BY 1",
                         WEEKS_OF(scope, weeks));
}

/* What somebody else than the author says or does is a review. */
#define REVIEWS                                                                                \
    " FROM pull_request p JOIN activity a ON a.connection = p.connection"                      \
    " AND a.repository_id = p.repository_id AND a.pull_request_number = p.number"              \
    " AND a.actor_id <> p.author_id AND a.action IN " SH_REVIEW_ACTIONS

/* They come by week, and within one the shortest first. */
struct reviewing {
    struct sh_weeks *weeks;
    int64_t week;
    int64_t *took;
    size_t n, room;
};

static void end_week(struct reviewing *reviewing)
{
    size_t n = reviewing->n, middle = n / 2;

    if (n && reviewing->week >= 0 && reviewing->week < SH_WEEKS)
        reviewing->weeks->first_review_ms[reviewing->week] =
            n % 2 ? (double)reviewing->took[middle]
                  : ((double)reviewing->took[middle - 1] + (double)reviewing->took[middle]) / 2;
    reviewing->n = 0;
}

static int take_first_review(void *ctx, const struct sh_value *column, size_t n)
{
    struct reviewing *reviewing = ctx;

    (void)n;
    if (column[0].number != reviewing->week)
        end_week(reviewing);
    reviewing->week = column[0].number;
    if (reviewing->n == reviewing->room) {
        size_t room = reviewing->room ? 2 * reviewing->room : 64;
        int64_t *grown = realloc(reviewing->took, room * sizeof *grown);

        if (!grown)
            return SP_ERR_NOMEM;
        reviewing->took = grown;
        reviewing->room = room;
    }
    reviewing->took[reviewing->n++] = column[1].number;
    return 0;
}

static int find_first_reviews(const struct sh_scope *scope, struct sh_weeks *weeks,
                              struct sp_error *err)
{
    struct reviewing reviewing = {.weeks = weeks, .week = -1};
    int rc = SH_QUERY(scope->store, err, take_first_review, &reviewing,
                      "SELECT (p.created_at - ?3) / ?5,"
                      " min(a.created_at) - p.created_at" REVIEWS P_OF OPENED
                      " AND a.created_at >= p.created_at"
                      " GROUP BY p.number, p.created_at ORDER BY 1, 2",
                      WEEKS_OF(scope, weeks));

    end_week(&reviewing);
    free(reviewing.took);
    return rc == SP_ERR_NOMEM ? sp_error_set(err, rc, "out of memory") : rc;
}

int sh_weeks(const struct sh_scope *scope, int64_t now_ms, struct sh_weeks *ret,
             struct sp_error *err)
{
    int rc;

    *ret = (struct sh_weeks){0};
    for (size_t i = 0; i < SH_WEEKS; i++)
        ret->first_review_ms[i] = -1;
    rc = find_first(scope, now_ms, &ret->first_ms, err);
    if (!rc)
        rc = count(scope, ret, err);
    return rc ? rc : find_first_reviews(scope, ret, err);
}

/* ---- Who reviews whom ------------------------------------------------------ */

struct telling {
    sh_review_fn fn;
    void *ctx;
};

static int give_review(void *ctx, const struct sh_value *column, size_t n)
{
    const struct telling *telling = ctx;

    (void)n;
    return telling->fn(telling->ctx, column[0].text, column[1].text, column[2].number);
}

#define NAME(of)                                                                               \
    " (SELECT coalesce(display_name, name, '') FROM person WHERE connection = ?1"              \
    " AND id = " of ")"

int sh_reviews(const struct sh_scope *scope, const struct sh_weeks *weeks, sh_review_fn fn,
               void *ctx, struct sp_error *err)
{
    struct telling telling = {fn, ctx};

    return SH_QUERY(
        scope->store, err, give_review, &telling,
        "SELECT" NAME("author_id") "," NAME(
            "actor_id") ", n FROM (SELECT p.author_id, a.actor_id,"
                        " count(DISTINCT p.number) AS n" REVIEWS P_OF OPENED
                        " GROUP BY p.author_id, a.actor_id"
                        " ORDER BY n DESC, p.author_id, a.actor_id LIMIT ?5) AS most"
                        " ORDER BY n DESC, author_id, actor_id",
        SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(weeks->first_ms),
        SH_INT(weeks->first_ms + SH_WEEKS * WEEK_MS), SH_INT(SH_REVIEWS_MAX));
}
