/* request_span.h - one attempt of a request, as a span */
#ifndef BB_REQUEST_SPAN_H
#define BB_REQUEST_SPAN_H

#include "request.h"

/* Before the easy handle is cleaned up: tells what became of the attempt, and what of its time
 * went into reaching the server, waiting for the first byte, and receiving.  is_dropped: it is
 * ended while in flight.  Libcurl itself repeats what meets a connection that the server has
 * just closed: that is one attempt.  Nothing where the host does not want to know. */
void bb_request_span(const struct bb_request *, bool is_dropped);

#endif
