/* page.c - see page.h */
#include "web/page.h"

#include <string.h>

#define PAGE(symbol, path, file, type)                                                         \
    extern const char sh_page_##symbol[] __attribute__((visibility("hidden")));                \
    extern const char sh_page_##symbol##_end[] __attribute__((visibility("hidden")));
#include "web/page_list.h"
#undef PAGE

#define PAGE(symbol, path, file, type) {path, type, sh_page_##symbol, sh_page_##symbol##_end},
static const struct sh_page pages[] = {
#include "web/page_list.h"
};

const struct sh_page *sh_page_find(const char *path)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (strcmp(pages[i].path, path) == 0)
            return &pages[i];
    return NULL;
}
