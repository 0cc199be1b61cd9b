/* problem.h - telling what is wrong in a file
 *
 * Each is a file, a line and a message, and all are told: who mends a file wants to hear of
 * them at once.
 */
#ifndef SP_PROBLEM_H
#define SP_PROBLEM_H

#include "source_provider_host.h"

/* Formats a problem and tells it to `problem`, which may be NULL. */
void sp_problem_tell(sp_problem_fn problem, void *ctx, const char *file, unsigned line,
                     int warning, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

#endif
