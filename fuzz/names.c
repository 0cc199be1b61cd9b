/* names.c - user names: folded, compared, and out of a header */
#include "name.h"

#include "target.h"

#include <stdlib.h>
#include <string.h>

static void check_fold(const char *name)
{
    char *once = bb_name_fold(name), *twice = bb_name_fold(once);

    HOLDS(strcmp(once, twice) == 0);
    HOLDS(fuzz_is_utf8(once) || !fuzz_is_utf8(name));
    HOLDS(bb_same_name(name, once));
    free(once);
    free(twice);
}

static void check_header(const char *value)
{
    char *name = bb_name_of_header(value);

    HOLDS(name && fuzz_is_utf8(name));
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char *one = fuzz_text(&input), *other = fuzz_text(&input);

    check_fold(one);
    check_header(one);
    HOLDS(bb_same_name(one, one));
    HOLDS(bb_same_name(one, other) == bb_same_name(other, one));
    free(one);
    free(other);
    return 0;
}
