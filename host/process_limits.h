/* process_limits.h - how much of this machine a child may take
 *
 * What a stranger's server sends decides how much git reads, keeps and computes; what has no
 * end must not take the machine with it.
 */
#ifndef SH_PROCESS_LIMITS_H
#define SH_PROCESS_LIMITS_H

#include <sys/types.h>

/* Limits a child that was just started; what it starts inherits them. */
void sh_process_limit(pid_t child);

#endif
