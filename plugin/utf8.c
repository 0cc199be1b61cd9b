/* utf8.c - see utf8.h */
#include "utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* Of what follows the first byte, the first has bounds of its own (Unicode, table 3-7). */
static bool is_second(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF;
    case 0xED:
        return second >= 0x80 && second <= 0x9F;
    case 0xF0:
        return second >= 0x90 && second <= 0xBF;
    case 0xF4:
        return second >= 0x80 && second <= 0x8F;
    default:
        return second >= 0x80 && second <= 0xBF;
    }
}

/* Bytes of the well-formed sequence that begins there, or 0. */
static size_t sequence(const char *text, size_t left)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t n = at[0] < 0x80 ? 1 : at[0] < 0xC2 ? 0 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;

    if (at[0] > 0xF4 || n > left || (n > 1 && !is_second(at[0], at[1])))
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

/* Most of a page is ASCII: looked at eight bytes at a time this costs a tenth. */
static size_t skip_ascii(const char *text, size_t at, size_t length)
{
    for (uint64_t eight; at + sizeof eight <= length; at += sizeof eight) {
        memcpy(&eight, text + at, sizeof eight);
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    return at;
}

bool bb_is_utf8(const char *text, size_t length)
{
    size_t n = 1;

    for (size_t at = skip_ascii(text, 0, length); n && at < length;
         at = skip_ascii(text, at + n, length))
        n = sequence(text + at, length - at);
    return n;
}

char *bb_utf8_mended(const char *text, size_t length)
{
    char *mended = malloc(length * 3 + 1), *to = mended;

    for (size_t at = 0, n; mended && at < length; at += n) {
        n = sequence(text + at, length - at);
        to = n ? (char *)memcpy(to, text + at, n) + n : stpcpy(to, REPLACEMENT);
        n += !n;
    }
    if (mended)
        *to = '\0';
    return mended;
}

void bb_utf8_line(char *text)
{
    size_t left = strlen(text), n;

    for (; left > 0; text += n, left -= n) {
        n = sequence(text, left);
        if (!n)
            *text = '?';
        else if ((unsigned char)*text < 0x20 || *text == 0x7F)
            *text = ' ';
        n += !n;
    }
}
