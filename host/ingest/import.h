/* import.h - one repository into the store: its Git history, then its pull requests */
#ifndef SH_IMPORT_H
#define SH_IMPORT_H

#include "connections.h"
#include "progress.h"
#include "store/journal.h"

/* Brings a repository up to date.  *run tells what was stored. */
int sh_import(struct sh_host *, struct sh_connection *, int64_t repository_id, const char *path,
              struct sh_progress *, struct sh_run *run, struct sp_error *);

#endif
