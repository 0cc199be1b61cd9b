/* pass.h - importing a selection, one repository after the other, and telling of each */
#ifndef SH_PASS_H
#define SH_PASS_H

#include "ingest/selection.h"

/* Marks every selected repository as imported. */
int sh_mark_imported(struct sh_host *, const struct sh_connection *,
                     const struct sh_selection *, struct sp_error *);

/* Brings each up to date and prints a line for it.  What fails does not stop the others,
 * but a refused login does. */
enum sh_exit sh_import_selection(struct sh_host *, struct sh_connection *,
                                 const struct sh_selection *);

#endif
