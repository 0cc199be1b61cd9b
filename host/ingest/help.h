/* help.h - a part of an import that another worker has the claim of
 *
 * Only what the server has to be asked for: Git is read by who has the mirror.
 */
#ifndef SH_HELP_H
#define SH_HELP_H

#include "ingest/selection.h"
#include "store/journal.h"

/* With a scope that sh_split_join has given.  Leaves in any case. */
int sh_help(struct sh_host *, struct sh_connection *, const struct sh_scope *,
            const struct sh_selected *, struct sh_run *ret, struct sp_error *);

#endif
