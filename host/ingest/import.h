/* import.h - one repository into the store: its Git history, then its pull requests
 *
 * It gives the provider its sink: what comes through is stored here, each thing when it is
 * whole, and how it ended is in the journal and the job.
 */
#ifndef SH_IMPORT_H
#define SH_IMPORT_H

#include "claim.h"
#include "connections.h"
#include "ingest/selection.h"
#include "progress.h"
#include "store/journal.h"

/* Brings a repository up to date, which was claimed.  *run tells what was stored.  One that is
 * not listed any more is asked for under its last path, which the provider proves to be still
 * its own.  SP_ERR_CANCELLED: stopped, taken over, or it was removed since it was selected. */
int sh_import(struct sh_host *, struct sh_connection *, const struct sh_claim *,
              const struct sh_selected *, struct sh_progress *, struct sh_run *run,
              struct sp_error *);

#endif
