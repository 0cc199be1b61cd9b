/* process_errors.c - splits standard error into lines and keeps the last ones */
#include "process_errors.h"

#include <string.h>

static void keep(struct sh_process_errors *e)
{
    size_t need = e->line_len + 1;

    if (e->kept_len + need > SH_PROCESS_KEPT) {
        size_t gone = e->kept_len + need - SH_PROCESS_KEPT;
        const char *cut = memchr(e->kept + gone - 1, '\n', e->kept_len - gone + 1);

        gone = cut ? (size_t)(cut + 1 - e->kept) : e->kept_len;
        memmove(e->kept, e->kept + gone, e->kept_len - gone);
        e->kept_len -= gone;
    }
    memcpy(e->kept + e->kept_len, e->line, e->line_len);
    e->kept_len += need;
    e->kept[e->kept_len - 1] = '\n';
    e->kept[e->kept_len] = '\0';
}

static void tell(struct sh_process_errors *e, void (*fn)(void *, const char *), void *ctx)
{
    e->line[e->line_len] = '\0';
    if (fn && !e->told)
        fn(ctx, e->line);
}

static void reset(struct sh_process_errors *e)
{
    e->line_len = 0;
    e->told = false;
}

void sh_process_errors_add(struct sh_process_errors *e, const char *data, size_t len,
                           void (*fn)(void *ctx, const char *line), void *ctx)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n') {
            tell(e, fn, ctx);
            keep(e);
            reset(e);
        } else if (data[i] == '\r') {
            tell(e, fn, ctx);
            e->told = true;
        } else {
            if (e->told)
                reset(e);
            if (e->line_len < SH_PROCESS_LINE_MAX)
                e->line[e->line_len++] = data[i];
        }
    }
}

void sh_process_errors_end(struct sh_process_errors *e, void (*fn)(void *ctx, const char *line),
                           void *ctx)
{
    if (e->line_len && !e->told) {
        tell(e, fn, ctx);
        keep(e);
    }
    reset(e);
}
