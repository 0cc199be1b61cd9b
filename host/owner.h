/* owner.h - root's commands beside a service that runs as a user of its own
 *
 * What root makes in the data directory, and a connection file that it writes, the service
 * could not open.  So where we are root, and the data directory is another user's, we go on as
 * him.
 */
#ifndef SH_OWNER_H
#define SH_OWNER_H

#include "source_provider.h"

/* Becomes, for good, the user to whom the directory belongs, with his groups and HOME; does
 * nothing without root's rights, or where the directory is root's or missing.  Before there are
 * threads. SP_ERR_HOST where the kernel refuses. */
int sh_become_owner(const char *directory, struct sp_error *err);

#endif
