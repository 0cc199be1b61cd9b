/* recording_index.h - a folder of what real servers sent
 *
 * The recordings are no part of the project: a folder of JSON files with an INDEX.md, whose
 * table tells the endpoint of each.  SHARED_DIR names it.
 */
#ifndef RECORDING_INDEX_H
#define RECORDING_INDEX_H

#include <stddef.h>

enum kind {
    WEBHOOK,
    FAILURE,
    ACTIVITY,
    COMMIT,
    USER,
    PULL_REQUEST,
    PERSON,
    REPOSITORY,
    PROJECT,
    PROPERTIES
};

enum { RECORDINGS_MAX = 400 };

struct recording {
    char file[128], endpoint[400], made[400]; /* made: by a server, or by hand */
};
extern struct recording recordings[RECORDINGS_MAX];
extern size_t n_recordings;

/* Fills the above, with nothing when there is no such folder; the result names it. */
const char *recording_index(void);

/* The whole file; the caller frees. */
char *recording_text(const char *file, size_t *ret_length);

/* All of tests/recorded_rows.txt; the caller frees. */
char *recorded_rows(void);

/* The kind of record that is in it, -1: none of ours. */
int recording_kind(const struct recording *recording);

#endif
