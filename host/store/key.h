/* key.h - the key of the last row that was read, beyond which reading goes on
 *
 * Large tables are read some rows at a time: an engine may keep all rows of a query in memory.
 */
#ifndef SH_KEY_H
#define SH_KEY_H

#include "store/store.h"

enum { SH_KEY_MAX = 8 };

/* Puts a copy of one value into a key, in which there is none yet. */
int sh_key_keep(struct sh_value *ret, const struct sh_value *, struct sp_error *);
/* Moves a key of SH_KEY_MAX values to where another was. */
void sh_key_move(struct sh_value *to, struct sh_value *from);
void sh_key_forget(struct sh_value *key);

#endif
