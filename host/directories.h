/* directories.h - directories of the host's own, for its owner only
 *
 * Made with mode 0700 where they are missing; what is there already stays as its owner set it.
 */
#ifndef SH_DIRECTORIES_H
#define SH_DIRECTORIES_H

#include "source_provider.h"

/* Makes a directory and those above it, as far as they are missing. */
int sh_make_directories(const char *path, struct sp_error *err);

/* The same, and SP_ERR_INVALID for one that others may write to: git does what the
 * configuration of a mirror says, and whoever may put a mirror there can have it run anything.
 */
int sh_make_data_directory(const char *path, struct sp_error *err);

#endif
