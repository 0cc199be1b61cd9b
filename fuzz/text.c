/* text.c - text from strangers, on its way into a store and onto a terminal */
#include "text.h"

#include "target.h"

#include <stdlib.h>
#include <string.h>

static bool has_control(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7F || (*c == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0))
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char *text = fuzz_text(&input), *mended, *again;
    size_t length = strlen(text), good = sh_utf8_length(text, length);

    HOLDS(good <= length);
    HOLDS((good == length) == fuzz_is_utf8(text));
    mended = sh_utf8_mend(text, length);
    HOLDS(mended && fuzz_is_utf8(mended));
    HOLDS(strlen(mended) <= 3 * length);
    HOLDS(strncmp(mended, text, good) == 0);
    again = sh_utf8_mend(mended, strlen(mended));
    HOLDS(strcmp(mended, again) == 0);
    sh_text_defuse(mended);
    HOLDS(!has_control(mended) && fuzz_is_utf8(mended));
    HOLDS(sh_text_width(mended) <= strlen(mended));
    sh_text_defuse(text);
    HOLDS(!has_control(text) && fuzz_is_utf8(text));
    HOLDS(strlen(text) == length);
    free(again);
    free(mended);
    free(text);
    return 0;
}
