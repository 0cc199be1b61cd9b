/* utf8.h - text from servers, made what the contract promises: UTF-8
 *
 * Bitbucket writes UTF-8, but a proxy's page, a database that was moved or a commit's bytes may
 * not be.  One byte that is wrong costs that byte, not the record.
 */
#ifndef BB_UTF8_H
#define BB_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool bb_is_utf8(const char *text, size_t length);

/* A copy with U+FFFD for each byte that is in no well-formed sequence; the caller frees.  NULL:
 * out of memory. */
char *bb_utf8_mended(const char *text, size_t length);

/* In its place, with a question mark for each, and as one line: control characters become
 * blanks. */
void bb_utf8_line(char *text);

#endif
