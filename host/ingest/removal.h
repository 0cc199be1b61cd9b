/* removal.h - forgetting a repository or a connection: its rows and its mirrors
 *
 * It may be interrupted at any point: a row in the store says that it was begun, and mirrors
 * go before that row does.
 */
#ifndef SH_REMOVAL_H
#define SH_REMOVAL_H

#include "host.h"

/* Waits for an import that goes on.  What is interrupted, the next command of any kind ends. */
int sh_remove(struct sh_host *, const char *connection, int64_t repository_id, const char *path,
              struct sp_error *);

/* All that there is of a connection. */
int sh_purge(struct sh_host *, const char *connection, struct sp_error *);

/* Ends what was begun and interrupted; not what somebody is at. */
int sh_removals_end(struct sh_host *, struct sp_error *);

#endif
