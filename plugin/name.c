/* name.c - see name.h */
#include "name.h"

#include "cleanup.h"

#include <curl/curl.h>
#include <iconv.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* Of no locale: what is outside of ASCII stays as it is. */
static char *fold_ascii(const char *name)
{
    char *folded = strdup(name);

    for (char *c = folded; c && *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return folded;
}

/* In the locale of the thread, which is one of UTF-8.  NULL when it is not, or the name is not
 * UTF-8, or out of memory. */
static char *fold_wide(const char *name)
{
    size_t length = mbstowcs(NULL, name, 0), size;
    wchar_t *wide = length == (size_t)-1 ? NULL : calloc(length + 1, sizeof *wide);
    char *folded = NULL;

    if (!wide)
        return NULL;
    mbstowcs(wide, name, length + 1);
    for (size_t i = 0; i < length; i++)
        wide[i] = (wchar_t)towlower((wint_t)wide[i]);
    size = wcstombs(NULL, wide, 0);
    if (size != (size_t)-1 && (folded = malloc(size + 1)))
        wcstombs(folded, wide, size + 1);
    free(wide);
    return folded;
}

char *bb_name_fold(const char *name)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before;
    char *folded;

    if (!utf8)
        return fold_ascii(name);
    before = uselocale(utf8);
    folded = fold_wide(name);
    uselocale(before);
    freelocale(utf8);
    return folded ? folded : fold_ascii(name);
}

bool bb_same_name(const char *one, const char *other)
{
    BB_AUTOFREE char *a = NULL, *b = NULL;

    if (strcmp(one, other) == 0)
        return true;
    a = bb_name_fold(one);
    b = bb_name_fold(other);
    return a && b && strcmp(a, b) == 0;
}

/* NULL when `text` is not in that encoding, or out of memory. */
static char *utf8_from(const char *encoding, char *text)
{
    iconv_t to = iconv_open("UTF-8", encoding);
    size_t left = strlen(text), room = left * 2;
    char *converted = calloc(1, room + 1), *end = converted;

    if (to == (iconv_t)-1 || !converted || iconv(to, &text, &left, &end, &room) == (size_t)-1) {
        free(converted);
        converted = NULL;
    }
    if (to != (iconv_t)-1)
        iconv_close(to);
    return converted;
}

char *bb_name_of_header(const char *value)
{
    char *decoded = curl_easy_unescape(NULL, value, 0, NULL), *name = NULL;

    if (decoded)
        name = utf8_from("UTF-8", decoded);
    if (decoded && !name)
        name = utf8_from("ISO-8859-1", decoded);
    curl_free(decoded);
    return name;
}
