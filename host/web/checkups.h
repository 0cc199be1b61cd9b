/* checkups.h - the health of each connection, looked at once a day while the page is served
 *
 * Rights that are missing and the like are no error of a sync: nobody would hear of them.
 */
#ifndef SH_CHECKUPS_H
#define SH_CHECKUPS_H

#include "web/request.h"

/* Begins one where one is due: a connection that works, and was not looked at since a day, or
 * since its file was written; where it was bad, since an hour. */
int sh_checkups_look(struct sh_web *, struct sp_error *);

#endif
