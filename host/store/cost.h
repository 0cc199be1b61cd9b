/* cost.h - what earlier imports and syncs have cost, and so what the next will
 *
 * Taken from the rows of the journal alone, and so about this server and this network.
 */
#ifndef SH_COST_H
#define SH_COST_H

#include "store/history.h"

/* Requests of one more sync of a repository, or of one more listing (repository_id 0), as its
 * last ones took.  -1: nothing is known. */
int sh_cost_of_one(const struct sh_scope *, double *ret, struct sp_error *);

/* Requests of one more first import, or of one more sync, of any repository of the connection.
 * -1: nothing is known. */
int sh_cost_of_any(struct sh_store *, const char *connection, bool is_first, double *ret,
                   struct sp_error *);

/* Milliseconds that one request has taken in the connection's last runs, all of what is done
 * with its answer included.  -1: nothing is known. */
int sh_cost_request_ms(struct sh_store *, const char *connection, double *ret,
                       struct sp_error *);

/* Requests of the connection's listings and imports that ended since then; a
 * fetch by Git is one. */
int sh_cost_since(struct sh_store *, const char *connection, int64_t since_ms, int64_t *ret,
                  struct sp_error *);

#endif
