/* reviews.h - a provider's pull requests on their way into the store
 *
 * Each is gathered aside and stored at its end, with the commits and the size that the mirror
 * tells of it.
 */
#ifndef SH_REVIEWS_H
#define SH_REVIEWS_H

#include "ingest/importing.h"

/* Sets the callbacks that take pull requests; their context is the importing. */
void sh_reviews_sink(struct sp_sink *);

/* Reads from the mirror what helpers have left. */
int sh_reviews_complete(struct sh_importing *);

#endif
