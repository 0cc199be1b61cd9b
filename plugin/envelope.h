/* envelope.h - walks the envelope of a page while it arrives
 *
 * A page is {"size":..,"limit":..,"isLastPage":..,"values":[..],"start":..,
 * "nextPageStart":..}, its members in any order.  The walk keeps the text of each element
 * of `values`, so that json-c gets one element at a time and memory holds text instead of
 * trees.  Members that nobody reads can be dropped on the way.
 */
#ifndef BB_ENVELOPE_H
#define BB_ENVELOPE_H

#include "buffer.h"
#include "source_provider.h"

#include <stdbool.h>

enum { BB_DEPTH_MAX = 1000 }; /* of nested objects and arrays; replies nest by two */

struct bb_envelope {
    /* What was found.  The elements stand in text one after the other, each ended by
     * a NUL. */
    struct bb_buffer text;
    size_t n_elements;
    bool has_values, is_last_page, is_not_last, has_next_start, is_next_null;
    int64_t next_start;
    int64_t size; /* as the page says, which may be before its elements; 0: not said */

    /* Where the walk is. */
    const char *from; /* of the bytes at hand, what is kept begins here; NULL: nothing is */
    const char *const *dropped; /* names of members, NULL-ended; may be NULL */
    unsigned depth;
    unsigned drop_depth; /* members at this depth and below are not kept; 0: all are */
    bool in_string, escaped, expect_key, has_key, in_values, in_element, done;
    unsigned char is_object[BB_DEPTH_MAX / 8 + 1]; /* one bit a level */
    size_t key_at; /* where the key begins, or would begin, in text */
    char key[32], scalar[32];
    size_t key_length, scalar_length;
};

/* `dropped` must outlive the walk. */
void bb_envelope_init(struct bb_envelope *, size_t maximum, const char *const *dropped);
/* Forgets all, for a new attempt at the same page. */
void bb_envelope_reset(struct bb_envelope *);
void bb_envelope_clear(struct bb_envelope *);

/* Takes the next bytes.  0; SP_ERR_PROTOCOL: too deep, too large, not a page. */
int bb_envelope_feed(struct bb_envelope *, const char *data, size_t length,
                     struct sp_error *err);
/* Called after the last byte.  SP_ERR_PROTOCOL: the text is not whole, or no page. */
int bb_envelope_end(struct bb_envelope *, struct sp_error *err);

#endif
