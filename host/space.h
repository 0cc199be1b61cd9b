/* space.h - the disk under the data directory, watched before it is full */
#ifndef SH_SPACE_H
#define SH_SPACE_H

#include "host.h"

/* SH_ERR_PAUSED with what to do when less than min_free is left for us. */
int sh_space_check(const struct sh_host *, struct sp_error *);

#endif
