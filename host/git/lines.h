/* lines.h - what a program wrote, as one text or line by line
 *
 * Both have a maximum, as what is read comes from a stranger's repository in the end.
 */
#ifndef SH_GIT_LINES_H
#define SH_GIT_LINES_H

#include "source_provider.h"

#include <stdbool.h>

/* Bytes that grow up to a maximum.  All zeros but `max` to begin with. */
struct sh_git_text {
    char *data; /* NUL-terminated once something was added; NULL before */
    size_t len, size, max;
};

/* Returns 0, or SP_ERR_NOMEM with the text as it was. */
int sh_git_text_add(struct sh_git_text *text, const char *data, size_t len,
                    struct sp_error *err);
bool sh_git_text_same(const struct sh_git_text *a, const struct sh_git_text *b);
void sh_git_text_clear(struct sh_git_text *text);

/* Cuts a stream at its line feeds.  All zeros but fn, ctx and err to begin with. */
struct sh_git_lines {
    int (*fn)(void *ctx, char *line); /* non-zero ends the stream; may change the line */
    void *ctx;
    struct sp_error *err;
    struct sh_git_text rest;
};

/* An `output` callback; its ctx is a struct sh_git_lines. */
int sh_git_lines_feed(void *lines, const char *data, size_t len);
void sh_git_lines_clear(struct sh_git_lines *lines);

#endif
