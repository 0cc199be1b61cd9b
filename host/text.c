/* text.c - see text.h */
#include "text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* Bytes of the well-formed sequence at p, or 0 (Unicode, table 3-7). */
static size_t sequence(const unsigned char *p, size_t length)
{
    size_t n = p[0] < 0x80                   ? 1
               : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
               : p[0] >= 0xE0 && p[0] < 0xF0 ? 3
               : p[0] >= 0xF0 && p[0] < 0xF5 ? 4
                                             : 0;

    if (n == 0 || n > length)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return n;
}

size_t sh_utf8_length(const char *text, size_t length)
{
    size_t at = 0, n;

    while (at < length && (n = sequence((const unsigned char *)text + at, length - at)) > 0)
        at += n;
    return at;
}

char *sh_utf8_mend(const char *text, size_t length)
{
    char *mended = malloc(length * 3 + 1), *to = mended;

    if (!mended)
        return NULL;
    for (size_t at = 0; at < length;) {
        size_t good = sh_utf8_length(text + at, length - at);

        memcpy(to, text + at, good);
        to += good;
        at += good;
        if (at < length) {
            memcpy(to, REPLACEMENT, 3);
            to += 3;
            at++;
        }
    }
    *to = '\0';
    return mended;
}

void sh_text_defuse(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7F)
            *p = '?';
        else if (*p == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0)
            *p = p[1] = '?'; /* C1: also control characters, of one column as two bytes */
    }
}

size_t sh_text_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}
