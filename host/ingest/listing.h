/* listing.h - a connection's listing into the catalog
 *
 * The catalog takes over a complete listing in one transaction, and nothing of one that broke
 * off.
 */
#ifndef SH_LISTING_H
#define SH_LISTING_H

#include "claim.h"
#include "connections.h"
#include "progress.h"

/* Lists everything that the connection sees, whose listing was claimed.  The catalog changes
 * only when the listing was complete. */
int sh_list(struct sh_host *, struct sh_connection *, const struct sh_claim *,
            struct sh_progress *, struct sp_error *);

#endif
