/* directories.h - directories of the host's own, for its owner only */
#ifndef SH_DIRECTORIES_H
#define SH_DIRECTORIES_H

#include "source_provider.h"

/* Makes a directory and those above it, as far as they are missing. */
int sh_make_directories(const char *path, struct sp_error *err);

#endif
