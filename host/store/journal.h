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

/* Forgets what began before that time. */
int sh_journal_prune(struct sh_store *, int64_t before_ms, struct sp_error *);

#endif
