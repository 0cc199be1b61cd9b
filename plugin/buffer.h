/* buffer.h - bytes that grow up to a maximum given at birth
 *
 * What comes from a server has a limit before its first byte is kept; beyond it is an error,
 * not a truncated text.
 */
#ifndef BB_BUFFER_H
#define BB_BUFFER_H

#include <stddef.h>

struct bb_buffer {
    char *data; /* NUL after the last byte; NULL while nothing was added */
    size_t length, room, maximum;
};

/* maximum counts bytes without the final NUL. */
static inline void bb_buffer_init(struct bb_buffer *buffer, size_t maximum)
{
    *buffer = (struct bb_buffer){.maximum = maximum};
}

/* SP_ERR_PROTOCOL: beyond the maximum; SP_ERR_NOMEM.  Then nothing was added. */
int bb_buffer_add(struct bb_buffer *buffer, const char *data, size_t length);

/* Forgets what stands from `length` on, which is not beyond its end; keeps the memory. */
void bb_buffer_cut(struct bb_buffer *buffer, size_t length);

/* Frees the memory; the buffer can be used again. */
void bb_buffer_clear(struct bb_buffer *buffer);

#endif
