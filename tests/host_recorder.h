/* host_recorder.h - a host that writes down what modules/good.c sends it
 *
 * The settings of good.c tell it, word by word, what to do: its table has the words.
 */
#ifndef HOST_RECORDER_H
#define HOST_RECORDER_H

#include "host_api_fixture.h"

enum call { ENUMERATE, IMPORT, HEALTH };

/* Everything that came out of one call. */
struct result {
    char seen[4096];     /* "callback what\n" for each */
    const char *refused; /* the callback that returns -123 */
    struct sp_error err;
    int rc;
};

/* The provider of good.so.  modules_end is the teardown of who uses it. */
const struct source_provider *good(void);
void modules_end(void);

/* Opens a connection with the one setting key = value. */
int open_with(const struct source_provider *provider, const struct sp_host *host,
              const char *key, const char *value, struct sp_connection **connection,
              struct sp_error *err);

/* A sink with every callback; ctx is a struct result. */
extern const struct sp_sink full_sink;

int call(struct sp_connection *connection, enum call which, const struct sp_sink *sink,
         struct sp_error *err);

/* Lets good.c take these steps in one call. */
void play(struct sp_sink sink, enum call which, const char *steps, struct result *result);

#endif
