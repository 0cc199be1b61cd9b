/* process_lines.h - what a program wrote, as one text or line by line
 *
 * Both have a maximum, as what is read comes from a stranger's repository in the end.
 */
#ifndef SH_PROCESS_LINES_H
#define SH_PROCESS_LINES_H

#include "source_provider.h"

#include <stdbool.h>

/* Bytes that grow up to a maximum.  All zeros but `max` to begin with. */
struct sh_process_text {
    char *data; /* NUL-terminated once something was added; NULL before */
    size_t len, size, max;
};

/* Returns 0, or SP_ERR_NOMEM with the text as it was. */
int sh_process_text_add(struct sh_process_text *text, const char *data, size_t len,
                        struct sp_error *err);
bool sh_process_text_same(const struct sh_process_text *a, const struct sh_process_text *b);
void sh_process_text_clear(struct sh_process_text *text);

/* Cuts a stream at its line feeds.  All zeros but fn, ctx and err to begin with. */
struct sh_process_lines {
    int (*fn)(void *ctx, char *line); /* non-zero ends the stream; may change the line */
    void *ctx;
    struct sp_error *err;
    struct sh_process_text rest;
};

/* An `output` callback; its ctx is a struct sh_process_lines. */
int sh_process_lines_feed(void *lines, const char *data, size_t len);
void sh_process_lines_clear(struct sh_process_lines *lines);

#endif
