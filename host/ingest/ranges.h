/* ranges.h - which commits a pull request brings, and how much they change, read from the
 * mirror
 *
 * One git process for each would cost more than the server's answer.  So pull requests are
 * stored with their commits pending, and git is asked for many of them at once, in a thread
 * beside the import.
 */
#ifndef SH_RANGES_H
#define SH_RANGES_H

#include "ingest/importing.h"
#include "store/review.h"

/* Takes one that is stored with commits_pending; they come now or later. */
int sh_ranges_add(struct sh_importing *, const struct sh_review_pending *);

/* Waits until those of all that were added are stored. */
int sh_ranges_finish(struct sh_importing *);

/* Drops what is not finished: it stays pending. */
void sh_ranges_clear(struct sh_importing *);

#endif
