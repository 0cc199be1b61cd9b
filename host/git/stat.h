/* stat.h - what git says with --shortstat
 *
 * A line that reads otherwise counts as no change; the commit itself is kept.
 */
#ifndef SH_GIT_STAT_H
#define SH_GIT_STAT_H

#include "git.h"

/* Reads " 3 files changed, 10 insertions(+), 2 deletions(-)"; each part may be missing. */
void sh_git_stat_parse(const char *stat, struct sh_git_size *size);

#endif
