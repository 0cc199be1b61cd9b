/* aside.h - statements that a thread of its own obeys, in their order
 *
 * Who gathers rows by the thousand reads them from a server and need not wait until each is in
 * its table.  Between sh_aside_put and sh_aside_finish the database is the thread's: whoever
 * else wants to use it finishes first.  For one caller at a time.
 */
#ifndef SH_ASIDE_H
#define SH_ASIDE_H

#include "store/store.h"

/* Obeys one, in the thread. */
typedef int (*sh_obey_fn)(void *ctx, const char *sql, const struct sh_value *parameters,
                          size_t n, struct sp_error *err);

/* NULL: out of memory.  The thread is started by the first statement. */
struct sh_aside *sh_aside_new(sh_obey_fn obey, void *ctx);
/* What was not finished is not obeyed. */
void sh_aside_free(struct sh_aside *);

/* Takes copies of the parameters.  Waits while the thread is too far behind.  The error is that
 * of an earlier one, too: what was put after that is not obeyed. */
int sh_aside_put(struct sh_aside *, const char *sql, const struct sh_value *parameters,
                 size_t n, struct sp_error *err);

/* Waits until all are obeyed.  The error of one that failed, where nobody was told of it. */
int sh_aside_finish(struct sh_aside *, struct sp_error *err);

#endif
