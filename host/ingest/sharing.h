/* sharing.h - which pull requests of an import are ours, where several workers share it
 *
 * Who has the claim lets others in when there is much to bring.  What is left to others may
 * never come, so that after them everything is gone through again.
 */
#ifndef SH_SHARING_H
#define SH_SHARING_H

#include "ingest/importing.h"

/* Of a number that the store has nothing of.  1: ours to bring; 0: another's; negative: error.
 */
int sh_sharing_ask(struct sh_importing *, int64_t number);

/* When the claim's own pass is over, and nothing in it went wrong or something did: waits for
 * the others.  *ret_again: something was left to them. */
int sh_sharing_gather(struct sh_importing *, bool is_whole, bool *ret_again);

void sh_sharing_clear(struct sh_importing *);

#endif
