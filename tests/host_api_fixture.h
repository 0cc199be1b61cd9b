/* host_api_fixture.h - what the tests of host-api share: a folder, and problems that were told
 */
#ifndef HOST_API_FIXTURE_H
#define HOST_API_FIXTURE_H

#include <source_provider_host.h>

#include <check.h>
#include <stddef.h>

/* In every secret of these tests.  on_problem fails the test that lets it be told. */
#define SECRET "s3cret"

/* Runs all tests of a suite in a new folder, which is removed at the end, and reports them as
 * TAP; the value is for main to return. */
int run_in_folder(Suite *suite);

/* FOLDER/name; the last eight answers are valid. */
const char *in_folder(const char *name);

/* Makes a file of mode 0600; the path is as from in_folder. */
const char *write_bytes(const char *name, const void *bytes, size_t size);
const char *write_text(const char *name, const char *text);

/* Problems, one a line, as "3: text", "3: warning: text" or, of the whole file, "text".
 * FOLDER/ is left out of the text. */
struct told {
    char text[8192];
    const char *file; /* that all of them must be about */
};
void on_problem(void *told, const struct sp_problem *problem);

/* Calls function as a user who is no superuser: for files that must not be readable. */
void as_nobody(void (*function)(void));

#endif
