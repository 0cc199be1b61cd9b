/* history.h - the mirror's refs and commits into the store
 *
 * Only what is new is read. Refs are put in place after all that they reach, so that a query
 * never follows one to a commit that is not there.
 */
#ifndef SH_INGEST_HISTORY_H
#define SH_INGEST_HISTORY_H

#include "ingest/importing.h"

/* Fetches the mirror, and stores each commit that is new, and then the refs.  Errors are in
 * importing->err. */
int sh_ingest_history(struct sh_importing *, const struct sp_git_remote *);

#endif
