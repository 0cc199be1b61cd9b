/* history.h - the mirror's refs and commits into the store */
#ifndef SH_INGEST_HISTORY_H
#define SH_INGEST_HISTORY_H

#include "ingest/importing.h"

/* Fetches the mirror, and stores each commit that is new, and then the refs.  Errors are in
 * importing->err. */
int sh_ingest_history(struct sh_importing *, const struct sp_git_remote *);

#endif
