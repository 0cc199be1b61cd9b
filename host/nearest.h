/* nearest.h - which of many names somebody may have meant who mistyped one
 *
 * Names are tried one by one, as a listing gives them; only the best few are kept.
 */
#ifndef SH_NEAREST_H
#define SH_NEAREST_H

#include <stddef.h>

enum {
    SH_NEAREST_MAX = 3,
    SH_NEAREST_NAME_MAX = 128,
    SH_NEAREST_TEXT_MAX = (SH_NEAREST_NAME_MAX + 16) * SH_NEAREST_MAX
};

/* The best so far, best first. */
struct sh_nearest {
    const char *wanted;
    struct {
        char name[SH_NEAREST_NAME_MAX];
        size_t distance;
    } best[SH_NEAREST_MAX];
    size_t n;
};

/* Looks at one name more.  Case does not count, and what only another organization has under
 * that name is near.  Names of more than SH_NEAREST_NAME_MAX bytes are left out. */
void sh_nearest_try(struct sh_nearest *, const char *name);

/* "; did you mean A, B or C?", or "" where nothing is near. */
void sh_nearest_text(const struct sh_nearest *, char *text, size_t size);

#endif
