/* connection_file.h - telling problems of a file; shared by those who read and check it
 *
 * Each is a file, a line and a message, and all are told: who mends a file wants to hear of
 * them at once.
 */
#ifndef SP_CONNECTION_FILE_H
#define SP_CONNECTION_FILE_H

#include "source_provider_host.h"

/* Formats a problem and tells it to `problem`, which may be NULL. */
void sp_problem_tell(sp_problem_fn problem, void *ctx, const char *file, unsigned line,
                     int warning, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

#endif
