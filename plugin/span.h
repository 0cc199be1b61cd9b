/* span.h - what takes time, told to a host that draws it
 *
 * Where the host does not want to know, all of it is one branch.
 */
#ifndef BB_SPAN_H
#define BB_SPAN_H

#include "instance.h"

/* Now, in nanoseconds of CLOCK_MONOTONIC; 0: nobody wants to know. */
int64_t bb_span_begin(const struct sp_instance *);

/* Tells the span from then until now; nothing where it began at 0.  The path, NULL where there
 * is none, becomes a fact without the secret. */
void bb_span_end(const struct sp_instance *, int64_t began_ns, const char *category,
                 const char *name, const char *path, const struct sp_fact *facts, size_t n);

/* The same of a whole span, where somebody wants to know.  A name of NULL becomes the path's
 * word for the resource. */
void bb_span_tell(const struct sp_instance *, struct sp_span *, const char *path);

#endif
