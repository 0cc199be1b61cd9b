/* events.h - what happens, told to every page that is open (server-sent events)
 *
 * Looked at once a second, as long as somebody listens.  A stream that nobody reads is cut off:
 * who comes back asks for everything anew.
 */
#ifndef SH_EVENTS_H
#define SH_EVENTS_H

#include "web/request.h"

struct sh_events *sh_events_new(struct sh_web *);
/* Ends all streams: before the daemon is stopped. */
void sh_events_end(struct sh_events *);
void sh_events_free(struct sh_events *);

/* Tells everybody; puts back data. */
void sh_events_tell(struct sh_events *, const char *event, struct json_object *data);

/* Looks at the store, and tells what has changed. */
void sh_events_look(struct sh_events *, int64_t ticks);

bool sh_events_are_heard(const struct sh_events *);

/* We have changed something ourselves, which the store does not tell. */
void sh_events_stale(struct sh_events *);

#endif
