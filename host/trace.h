/* trace.h - where the time goes: spans in the Chrome trace event format (--trace FILE)
 *
 * Perfetto and chrome://tracing draw the file.  Each thread has a track, and requests in flight
 * have lanes beside that of their thread.  It is written as spans end, each in one piece, and
 * the end of the array may be missing: what was written before a kill can be read.
 *
 * From any thread.  While nothing is traced, all of it is one branch.
 */
#ifndef SH_TRACE_H
#define SH_TRACE_H

#include "source_provider.h"

/* From here on; before any other thread.  The file is its owner's. */
int sh_trace_open(const char *path, struct sp_error *);
/* With the span of the whole command; when other threads have ended. */
void sh_trace_close(const char *command, int exit_status);

/* Names the track of this thread; number 0: there is but one of its kind. */
void sh_trace_thread(const char *kind, size_t number);

/* Now, in nanoseconds of CLOCK_MONOTONIC; 0: nothing is traced. */
int64_t sh_trace_begin(void);
/* Writes the span from then until now; nothing where it began at 0. */
void sh_trace_end(int64_t began_ns, const char *category, const char *name,
                  const struct sp_fact *facts, size_t n);
/* SH_TRACE(began_ns, category, name, facts...), each of them one of these two. */
#define SH_FACT(key, number)    ((struct sp_fact){key, NULL, number})
#define SH_FACT_TEXT(key, text) ((struct sp_fact){key, text, 0})
#define SH_TRACE(began_ns, category, name, ...)                                                \
    sh_trace_end(began_ns, category, name, (struct sp_fact[]){__VA_ARGS__},                    \
                 sizeof((struct sp_fact[]){__VA_ARGS__}) / sizeof(struct sp_fact))

/* What providers are given as sp_host.span; NULL: nothing is traced. */
typedef void (*sh_span_fn)(void *ctx, const struct sp_span *);
sh_span_fn sh_trace_for_providers(void);

#endif
