/* buffer.c - see buffer.h */
#include "buffer.h"

#include "source_provider.h"

#include <stdlib.h>
#include <string.h>

int bb_buffer_add(struct bb_buffer *buffer, const char *data, size_t length)
{
    if (length > buffer->maximum - buffer->length)
        return SP_ERR_PROTOCOL;
    if (buffer->length + length + 1 > buffer->room) {
        size_t room = buffer->room ? buffer->room : 256;
        char *grown;

        while (room < buffer->length + length + 1)
            room *= 2;
        grown = realloc(buffer->data, room);
        if (!grown)
            return SP_ERR_NOMEM;
        buffer->data = grown;
        buffer->room = room;
    }
    memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
    return SP_OK;
}

void bb_buffer_cut(struct bb_buffer *buffer, size_t length)
{
    buffer->length = length;
    if (buffer->data)
        buffer->data[length] = '\0';
}

void bb_buffer_clear(struct bb_buffer *buffer)
{
    free(buffer->data);
    bb_buffer_init(buffer, buffer->maximum);
}
