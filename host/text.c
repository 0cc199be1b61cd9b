/* text.c - see text.h */
#include "text.h"

#include <stdbool.h>
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

/* C1 are control characters too: as two bytes here, to a terminal of another encoding as one.
 * Of the marks of direction those are meant that turn round whatever comes after them, to the
 * end of the line; those that only say of a place how it is read belong to people's names. */
size_t sh_text_control(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    if (*p < 0x20 || *p == 0x7F)
        return 1;
    if (*p == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0)
        return 2;
    if (*p != 0xE2 || (p[1] != 0x80 && p[1] != 0x81))
        return 0;
    /* U+2028 to U+202E: ends of line, embedding, override; U+2066 to U+2069: isolates */
    return (p[1] == 0x80 ? p[2] >= 0xA8 && p[2] <= 0xAE : p[2] >= 0xA6 && p[2] <= 0xA9) ? 3 : 0;
}

void sh_text_defuse(char *text)
{
    size_t left = strlen(text), n;

    for (char *p = text; left > 0; p += n, left -= n) {
        bool is_control = sh_text_control(p) > 0;

        n = sequence((const unsigned char *)p, left);
        if (n == 0 || is_control)
            memset(p, '?', n ? n : 1);
        n += n == 0;
    }
}

size_t sh_text_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

bool sh_text_end(FILE *out, char *const *text)
{
    bool is_whole = !ferror(out);

    return fclose(out) == 0 && is_whole && *text;
}
