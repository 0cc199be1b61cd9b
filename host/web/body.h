/* body.h - what a change brings: a JSON object, of which every member is known
 *
 * It may hold a secret, and is wiped before it is freed.
 */
#ifndef SH_BODY_H
#define SH_BODY_H

#include "web/request.h"

/* Whether a body of the size that is announced may come; else it has been answered. */
bool sh_body_check(struct sh_request *);
/* A part of it has arrived; false: it is more than was announced. */
bool sh_body_take(struct sh_request *, const char *part, size_t length);
/* It is whole: reads it.  `members` are the names it may have, separated by blanks.  False: it
 * has been answered. */
bool sh_body_read(struct sh_request *, const char *members);
void sh_body_free(struct sh_request *);

/* A member's text.  NULL: it is missing, or no text, and this has been answered. */
const char *sh_body_text(struct sh_request *, const char *member);

#endif
