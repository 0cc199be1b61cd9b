/* process.h - runs a child program and hears it out
 *
 * The child gets its own process group, the given environment and nothing else, and no
 * descriptor of ours but those it is meant to have.  May be called from any thread.
 */
#ifndef SH_PROCESS_H
#define SH_PROCESS_H

#include "process_errors.h"
#include "source_provider.h"

struct sh_process {
    const char *const *argv; /* NULL-ended; argv[0] is looked up in PATH */
    char *const *env;        /* NULL-ended, the child's whole environment */
    const char *input;       /* what the child reads; NULL: nothing */
    size_t input_len;
    int64_t longest_ms; /* after which the child is ended, with SP_ERR_NETWORK; 0: never */
    int keep;  /* a descriptor that the child holds, as its 3, while it lives; -1: none */
    void *ctx; /* of the callbacks, each of which may be NULL */
    /* Part of what the child wrote on its standard output.  Non-zero ends the child. */
    int (*output)(void *ctx, const char *data, size_t len);
    /* One line of its standard error, be it ended by a line feed or a carriage return. */
    void (*line)(void *ctx, const char *line);
    /* Asked before the start and at least once a second; non-zero ends the child. */
    int (*cancelled)(void *ctx);
};

struct sh_process_end {
    int status; /* exit status, or 128 + the signal that ended the child */
    struct sh_process_errors errors;
};

/* Returns 0 when the child has run to its end, whatever its status.  Else the child is gone
 * as well, and the value is what `output` returned, SP_ERR_CANCELLED, SP_ERR_NETWORK, or, with
 * err filled as for these, why there was no child: SP_ERR_UNSUPPORTED when the program is not
 * installed, SP_ERR_HOST for the rest. */
int sh_process_run(const struct sh_process *process, struct sh_process_end *ret_end,
                   struct sp_error *err);

#endif
