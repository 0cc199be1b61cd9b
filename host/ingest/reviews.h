/* reviews.h - a provider's pull requests on their way into the store
 *
 * Each is gathered aside and stored at its end; its commits and its size, which the mirror
 * tells, follow (ranges.h).
 */
#ifndef SH_REVIEWS_H
#define SH_REVIEWS_H

#include "ingest/importing.h"

/* Sets the callbacks that take pull requests; their context is the importing. */
void sh_reviews_sink(struct sp_sink *);

/* Waits for those that follow, and reads from the mirror what helpers have left, or an import
 * that was killed. */
int sh_reviews_complete(struct sh_importing *);

#endif
