/* space.h - the disk under the data directory, watched before it is full
 *
 * Asked before and during each import: one that stops in time loses nothing, one that meets a
 * full disk may take others with it.
 */
#ifndef SH_SPACE_H
#define SH_SPACE_H

#include "host.h"

/* SH_ERR_PAUSED with what to do when less than min_free is left for us. */
int sh_space_check(const struct sh_host *, struct sp_error *);

#endif
