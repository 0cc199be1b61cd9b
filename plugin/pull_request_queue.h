/* pull_request_queue.h - sets under way, handed over in the order in which they were asked
 *
 * The wire is kept busy by those at the end, while the host gets those at the beginning.
 */
#ifndef BB_PULL_REQUEST_QUEUE_H
#define BB_PULL_REQUEST_QUEUE_H

#include "importing.h"

/* Starts the requests for a set.  Hands over the oldest first when as many are under way as
 * the server may get requests.  Takes over `element` and `arena`, which hold what `record`
 * borrows. */
int bb_queue_add(struct bb_importing *, struct json_object *element, struct bb_arena *arena,
                 const struct sp_pull_request *record);

/* Hands over all that are under way. */
int bb_queue_drain(struct bb_importing *);

/* Forgets them. */
void bb_queue_clear(struct bb_importing *);

#endif
