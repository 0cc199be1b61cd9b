/* process_errors.h - what a program says on its standard error
 *
 * Lines that a carriage return ends are meant to be overwritten (progress), so they are
 * told but not kept.
 */
#ifndef SH_PROCESS_ERRORS_H
#define SH_PROCESS_ERRORS_H

#include <stdbool.h>
#include <stddef.h>

#define SH_PROCESS_KEPT     4096
#define SH_PROCESS_LINE_MAX 1024

/* All zeros to begin with; owns nothing. */
struct sh_process_errors {
    char kept[SH_PROCESS_KEPT + 1]; /* the last whole lines, each with its line feed */
    size_t kept_len;
    char line[SH_PROCESS_LINE_MAX + 1];
    size_t line_len;
    bool told; /* `line` ended with a carriage return and waits for what comes next */
};

/* Takes in what was read; each finished line goes to `fn`, which may be NULL. */
void sh_process_errors_add(struct sh_process_errors *e, const char *data, size_t len,
                           void (*fn)(void *ctx, const char *line), void *ctx);

/* Takes what is left as a last line. */
void sh_process_errors_end(struct sh_process_errors *e, void (*fn)(void *ctx, const char *line),
                           void *ctx);

#endif
