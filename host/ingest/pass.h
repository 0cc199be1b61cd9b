/* pass.h - importing a selection, one repository after the other, and telling of each
 *
 * What `import` and `sync` have in common: a listing first, then each repository, and the
 * worst of the outcomes as exit code.
 */
#ifndef SH_PASS_H
#define SH_PASS_H

#include "ingest/selection.h"
#include "progress.h"

/* Lists, once nobody else does. */
int sh_list_in_turn(struct sh_host *, struct sh_connection *, struct sh_progress *,
                    struct sp_error *);

/* After a complete listing: what is wanted is marked as imported, and what the file keeps out
 * as that.  The first time warns of what means nothing in the file.  *ret, which may be NULL:
 * what is wanted. */
int sh_mark_asked(struct sh_host *, struct sh_connection *, struct sh_selection *ret,
                  struct sp_error *);

/* Marks every selected repository as imported by command. */
int sh_mark_imported(struct sh_host *, const struct sh_connection *,
                     const struct sh_selection *, struct sp_error *);

/* Brings each up to date and prints a line for it, except where somebody else does.  What
 * fails does not stop the others, but a refused login does. */
enum sh_exit sh_import_selection(struct sh_host *, struct sh_connection *,
                                 const struct sh_selection *);

#endif
