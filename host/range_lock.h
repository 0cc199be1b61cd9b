/* range_lock.h - locks of single bytes of a file, between processes and within one
 *
 * They belong to the open file and not to the process, so that two openings in one process
 * exclude each other too; the kernel takes them back from who dies.
 */
#ifndef SH_RANGE_LOCK_H
#define SH_RANGE_LOCK_H

#include "source_provider.h"

#include <stdbool.h>

/* Opens a file for locks, made where there is none; -1 with err filled. */
int sh_range_open(const char *path, struct sp_error *err);

/* Whether the file was deleted since: who opens its path now shares no lock with us. */
bool sh_range_is_lost(int file);

/* True when the byte was taken, also where the file system knows no locks: then each process
 * has them all to itself. */
bool sh_range_take(int file, int64_t at);

/* Shared with others that share it. */
void sh_range_share(int file, int64_t at);

void sh_range_give(int file, int64_t at);

/* Whether another opening has or shares it. */
bool sh_range_is_held(int file, int64_t at);
/* The same of any byte. */
bool sh_range_any_is_held(int file);

#endif
