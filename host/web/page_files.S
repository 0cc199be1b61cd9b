/* page_files.S - the files of pages/, as they are, between two symbols each
 *
 * The assembler finds them in the folders that -I names.
 */
/* One object that does not say that it bears CET takes it from the whole program. */
#ifdef __CET__
#include <cet.h>
#endif
#define PAGE(symbol, path, file, type)                                          \
    .globl sh_page_##symbol; .hidden sh_page_##symbol; sh_page_##symbol:        \
    .incbin file;                                                               \
    .globl sh_page_##symbol##_end; .hidden sh_page_##symbol##_end; sh_page_##symbol##_end:

    .section .rodata
#include "page_list.h"
    .section .note.GNU-stack, "", %progbits
