/* split.h - one import that several workers do, where machines share the store
 *
 * Who has the claim opens it; others join, and write under that claim's fence.  Each takes
 * parts, which are ranges of numbers of pull requests, as it comes to them.
 */
#ifndef SH_SPLIT_H
#define SH_SPLIT_H

#include "store/job.h"

/* Under the claim: others may join from here on. */
int sh_split_open(const struct sh_scope *, struct sp_error *);
/* Nobody joins any more; who has joined goes on. */
int sh_split_close(const struct sh_scope *, struct sp_error *);
/* It is done, or was an earlier claim's: who helped, and with what, is forgotten. */
int sh_split_forget(const struct sh_scope *, struct sp_error *);

/* Takes the part for a worker.  1: it is its own until the worker leaves, is not heard of any
 * more, or the claim is another's; 0: another has it; negative: error. */
int sh_split_take(const struct sh_scope *, int64_t worker, int64_t part, struct sp_error *);

/* Joins an import of another worker, and no claim of it twice: gives it, with its fence, to fn.
 * 1: there was one; 0: there is none; else an error, or what fn returned. */
int sh_split_join(struct sh_store *, const char *connection, int64_t worker, sh_due_fn fn,
                  void *ctx, struct sp_error *);
/* As the scope's helper: its parts are free again. */
int sh_split_leave(const struct sh_scope *, struct sp_error *);

/* How many are at it besides who has the claim. */
int sh_split_helpers(const struct sh_scope *, int64_t *ret, struct sp_error *);

#endif
