/* changes.h - which rows have changed since they were looked at last
 *
 * Of each row a number is kept that differs when anything that the page shows of it does.
 */
#ifndef SH_CHANGES_H
#define SH_CHANGES_H

#include "connections.h"

#include <json-c/json.h>

enum { SH_CHANGES_MAX = 500 }; /* rows that are told one by one */

struct sh_changes;

struct sh_changes *sh_changes_new(void);
void sh_changes_free(struct sh_changes *);

/* Looks at all connections.  Of each with changes fn gets {"connection", "organizations",
 * "repositories": changed and new rows}; where there are too many, or some are gone, "many" is
 * true, and the lists are to be asked for again.  The first look tells nothing. */
typedef void (*sh_changes_fn)(void *ctx, struct json_object *);
int sh_changes_look(struct sh_changes *, struct sh_host *, sh_changes_fn fn, void *ctx,
                    struct sp_error *);

#endif
