/* journal.h - what was done when, and how it went: a row for each listing and import
 *
 * The row is there from the beginning, so that what was killed is seen as begun and not ended.
 */
#ifndef SH_JOURNAL_H
#define SH_JOURNAL_H

#include "store/job.h"

/* The beginning and the end, in the journal and in the job. */
int sh_journal_start(const struct sh_scope *, struct sh_run *, struct sp_error *);
int sh_journal_finish(const struct sh_scope *, const struct sh_run *, const struct sh_result *,
                      struct sp_error *);

/* A part of somebody else's run, once it is over. */
int sh_journal_helped(const struct sh_scope *, const struct sh_run *, const struct sh_result *,
                      struct sp_error *);

/* One of them, as it is kept. */
struct sh_journal_row {
    const char *connection;
    const char *path;                /* NULL: a listing, or the repository is forgotten */
    int64_t started_ms, finished_ms; /* 0: it is under way, or was killed */
    const char *result, *message;    /* message NULL: all went well */
    int64_t commits, pull_requests, activities, requests;
    bool is_first;
};
typedef int (*sh_journal_fn)(void *ctx, const struct sh_journal_row *);
/* The last of a repository, or of all, the newest first. */
int sh_journal_last(const struct sh_scope *, int64_t n, sh_journal_fn fn, void *ctx,
                    struct sp_error *);
int sh_journal_last_of_all(struct sh_store *, int64_t n, sh_journal_fn fn, void *ctx,
                           struct sp_error *);

/* Forgets what began before that time. */
int sh_journal_prune(struct sh_store *, int64_t before_ms, struct sp_error *);

#endif
