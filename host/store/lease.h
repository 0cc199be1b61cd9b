/* lease.h - jobs claimed by workers, where machines share a store
 *
 * A claim is the worker's id in the job's row and a fence, one higher each time: who writes
 * shows it (scope.h).  It ends when it is given back or its worker is not heard of any more.
 */
#ifndef SH_LEASE_H
#define SH_LEASE_H

#include "store/job.h"
#include "store/worker.h"

/* Claims that job, made where there is none: the fence, 0 when another worker has it, negative:
 * error.  A repository's mirror will be at the worker's place from here on. */
int64_t sh_lease_take(const struct sh_scope *, const struct sh_worker_row *, int64_t now_ms,
                      struct sp_error *);
int sh_lease_give(const struct sh_scope *, struct sp_error *);
/* The same, and it is not due again before `until_ms`, so that who asks next gets another. */
int sh_lease_postpone(const struct sh_scope *, int64_t until_ms, struct sp_error *);

/* Claims the import that is the most overdue and gives it to fn: of those whose mirror is at
 * our place and those that have none.  1: there was one; 0: nothing is due; else an error,
 * or what fn returned. */
int sh_lease_take_due(struct sh_store *, const char *connection, const struct sh_worker_row *,
                      int64_t now_ms, sh_due_fn fn, void *ctx, struct sp_error *);

#endif
