/* process_lines.c - buffers with a maximum, and lines out of a stream */
#include "process_lines.h"

#include "source_provider_host.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 65536

static int grow(struct sh_process_text *text, size_t need)
{
    size_t size = text->size ? text->size : 256;
    char *data;

    while (size < need)
        size *= 2;
    data = realloc(text->data, size);
    if (!data)
        return -1;
    text->data = data;
    text->size = size;
    return 0;
}

int sh_process_text_add(struct sh_process_text *text, const char *data, size_t len,
                        struct sp_error *err)
{
    if (len > text->max - text->len)
        return sp_error_set(err, SP_ERR_NOMEM, "an answer of more than %zu bytes", text->max);
    if (text->len + len + 1 > text->size && grow(text, text->len + len + 1) < 0)
        return sp_error_set(err, SP_ERR_NOMEM, "out of memory for an answer");
    memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
    return 0;
}

bool sh_process_text_same(const struct sh_process_text *a, const struct sh_process_text *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

void sh_process_text_clear(struct sh_process_text *text)
{
    free(text->data);
    text->data = NULL;
    text->len = text->size = 0;
}

int sh_process_lines_feed(void *lines, const char *data, size_t len)
{
    struct sh_process_lines *l = lines;
    const char *end = data + len;
    int rc = 0;

    l->rest.max = LINE_MAX_BYTES;
    while (!rc && data < end) {
        const char *lf = memchr(data, '\n', (size_t)(end - data));

        rc = sh_process_text_add(&l->rest, data, (size_t)((lf ? lf : end) - data), l->err);
        if (!rc && lf) {
            l->rest.len = 0;
            rc = l->fn(l->ctx, l->rest.data);
        }
        data = lf ? lf + 1 : end;
    }
    return rc;
}

void sh_process_lines_clear(struct sh_process_lines *lines)
{
    sh_process_text_clear(&lines->rest);
}
