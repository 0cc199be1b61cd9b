/* cursor.h - what one import of a repository leaves for the next
 *
 * A listing of pull requests may end early where everything older was seen by an import
 * before.  How far that was is in here, and whose turn it is to be read again.
 */
#ifndef BB_CURSOR_H
#define BB_CURSOR_H

#include "source_provider.h"

#include <stdbool.h>
#include <stddef.h>

enum { BB_LEFT_OUT_MAX = 100 };

struct bb_cursor {
    bool is_set;       /* there was an import before, and it came to its end */
    int64_t newest_ms; /* updatedDate of the newest pull request that it saw */
    int64_t full_ms;   /* when everything was read whatever the revisions said */
    int64_t since_ms;  /* the history_since that it was made with */
    bool unordered;    /* the server does not list by updatedDate */
    int64_t left_out[BB_LEFT_OUT_MAX]; /* numbers that are to be read again */
    size_t n_left_out;
};

/* Reads what the host kept; anything that is no cursor of ours gives one that is not set. Fails
 * when out of memory only. */
int bb_cursor_read(struct bb_cursor *, const char *text, struct sp_error *err);

/* Writes it for the host. */
int bb_cursor_write(const struct bb_cursor *, char *text, size_t size, struct sp_error *err);

#endif
