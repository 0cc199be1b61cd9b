/* name.h - user names: how they come in a header, and when two are the same
 *
 * Bitbucket takes names as the same in upper and lower case, of all letters and not of ASCII's
 * alone.
 */
#ifndef BB_NAME_H
#define BB_NAME_H

/* The name in lower case, whatever the locale; the caller frees.  NULL: out of memory. */
char *bb_name_fold(const char *name);

/* 1: both are the same, 0: they are not, SP_ERR_NOMEM. */
int bb_same_name(const char *one, const char *other);

/* The name that a header's value stands for, as UTF-8: names outside of ASCII come
 * percent-encoded (observed), or as they are, in UTF-8 or Latin-1.  The caller frees.
 * NULL: out of memory. */
char *bb_name_of_header(const char *value);

#endif
