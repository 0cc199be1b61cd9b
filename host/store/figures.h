/* figures.h - what was imported of a repository, in figures and by weeks
 *
 * Weeks begin on Mondays, UTC.  What is read here takes a while where a repository is large,
 * and nothing but looking waits for it.
 */
#ifndef SH_FIGURES_H
#define SH_FIGURES_H

#include "store/scope.h"

enum { SH_WEEKS = 26, SH_REVIEWS_MAX = 50 };

struct sh_figures {
    int64_t commits, refs, pull_requests, activities;
};
int sh_figures(const struct sh_scope *, struct sh_figures *ret, struct sp_error *);

struct sh_weeks {
    int64_t first_ms; /* the Monday on which the first begins */
    int64_t commits[SH_WEEKS], opened[SH_WEEKS], merged[SH_WEEKS];
    /* The median, of the pull requests opened then that somebody else has reviewed, of the time
     * until somebody did; < 0: there are none. */
    double first_review_ms[SH_WEEKS];
};

/* The last weeks until now; where nothing happened in them, until something did last. */
int sh_weeks(const struct sh_scope *, int64_t now_ms, struct sh_weeks *ret, struct sp_error *);

/* Who has reviewed how many pull requests of whom, of those opened in these weeks; the most
 * first. */
typedef int (*sh_review_fn)(void *ctx, const char *author, const char *reviewer, int64_t n);
int sh_reviews(const struct sh_scope *, const struct sh_weeks *, sh_review_fn fn, void *ctx,
               struct sp_error *);

#endif
