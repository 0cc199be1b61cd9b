/* resume.h - says that an account was mended: its login may be tried again */
#ifndef SH_RESUME_H
#define SH_RESUME_H

#include "host.h"

/* Of a connection without a file, as `connect` did not write one, the store may know. */
int sh_resume(struct sh_host *, char *name, struct sp_error *);

#endif
