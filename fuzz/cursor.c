/* cursor.c - what an import left for the next, after years in a store */
#include "cursor.h"

#include "target.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct sp_error err = fuzz_no_error();
    struct bb_cursor cursor, again;
    char *text = fuzz_text(&input), written[SP_CURSOR_MAX], rewritten[SP_CURSOR_MAX];

    HOLDS(!bb_cursor_read(&cursor, text, &err));
    HOLDS(cursor.n_left_out <= BB_LEFT_OUT_MAX);
    /* What the provider writes itself must always fit, and come back as it was. */
    HOLDS(!bb_cursor_write(&cursor, written, sizeof written, &err));
    HOLDS(!bb_cursor_read(&again, written, &err));
    HOLDS(again.is_set);
    HOLDS(again.newest_ms == cursor.newest_ms && again.full_ms == cursor.full_ms);
    HOLDS(again.since_ms == cursor.since_ms && again.unordered == cursor.unordered);
    HOLDS(again.n_left_out == cursor.n_left_out);
    HOLDS(!memcmp(again.left_out, cursor.left_out, sizeof cursor.left_out));
    HOLDS(!bb_cursor_write(&again, rewritten, sizeof rewritten, &err));
    HOLDS(strcmp(written, rewritten) == 0);
    if (!cursor.is_set)
        HOLDS(!cursor.newest_ms && !cursor.full_ms && !cursor.n_left_out);
    free(text);
    return 0;
}
