/* text.h - text from strangers, made fit for a store and for a terminal
 *
 * Bytes that are no UTF-8 are mended before they are stored, control characters taken out
 * before they are printed.
 */
#ifndef SH_TEXT_H
#define SH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Length of the well-formed UTF-8 at the beginning of text. */
size_t sh_utf8_length(const char *text, size_t length);

/* A copy in which each byte that is no part of well-formed UTF-8 became U+FFFD; the caller
 * frees; NULL: out of memory. */
char *sh_utf8_mend(const char *text, size_t length);

/* Bytes of the control character at the beginning of text, NUL among them, or 0: what a
 * terminal would obey, or what turns round the text that follows it. */
size_t sh_text_control(const char *text);

/* Replaces control characters by '?', in place. */
void sh_text_defuse(char *text);

/* Columns that text takes on a terminal. */
size_t sh_text_width(const char *text);

/* Closes a stream of open_memstream.  False: memory ran out, and *text, which is to be freed
 * all the same, is not whole or NULL: libc's own result does not tell. */
bool sh_text_end(FILE *out, char *const *text);

#endif
