/* page.h - the files of pages/, compiled in: see page_list.h */
#ifndef SH_PAGE_H
#define SH_PAGE_H

#include <stddef.h>

struct sh_page {
    const char *path; /* of the URL */
    const char *type;
    const char *begin, *end;
};

/* NULL: there is none of that path. */
const struct sh_page *sh_page_find(const char *path);

#endif
