/* git_fixture.h - what the tests of host/git share: a folder, scripts, collected results */
#ifndef GIT_FIXTURE_H
#define GIT_FIXTURE_H

#include "git.h"

#include <check.h>
#include <stddef.h>

/* Makes a temporary folder, which scripts and tests find in the variable D, and keeps the
 * user's own git configuration out. */
void fixture_begin(void);
void fixture_end(void);

/* Runs all tests of a suite and reports them as TAP; the value is for main to return. */
int run_all(Suite *suite);

/* D/name; lives until the end of the test program. */
const char *in_folder(const char *name);

/* Runs a shell script, which must succeed. */
void script(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));

/* As script; what it printed, without its last line feed, until the end of the program. */
const char *answer(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));

/* Keeps a formatted string until the end of the program. */
const char *keep(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));

/* A new empty bare repository, which scripts find in R. */
const char *new_repository(void);

/* As new_repository, with c1 - c2 - c4 on main and c1 - c3 on side; c3 is older than its
 * parent. */
const char *new_fork(void);

/* git fast-import into R, of text that printf(1) expands. */
void import(const char *stream);

/* The object that a revision of R names. */
const char *name_of(const char *revision);

struct sp_error no_error(void);

/* A growing text that callbacks write into; free it with notes_clear. */
struct notes {
    char *text;
    size_t len;
    unsigned n;  /* calls of the callback */
    int stop_at; /* the call that returns `stop`; 0: none */
    int stop;
};
void note(struct notes *notes, const char *format, ...)
    __attribute__((__format__(__printf__, 2, 3)));
void notes_clear(struct notes *notes);

/* For sh_git_refs: "NAME SHA\n" each. */
int note_ref(void *notes, const struct sh_git_ref *ref);

/* Of this process, now. */
unsigned open_descriptors(void);

#endif
