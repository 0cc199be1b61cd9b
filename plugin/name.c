/* name.c - see name.h */
#include "name.h"

#include "cleanup.h"
#include "source_provider.h"
#include "utf8.h"

#include <curl/curl.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
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

/* In the locale of the thread, which is one of UTF-8.  *ret is NULL when it is not, or the name
 * is not UTF-8.  Fails when out of memory only. */
static int fold_wide(const char *name, char **ret)
{
    size_t length = mbstowcs(NULL, name, 0), size;
    wchar_t *wide;

    *ret = NULL;
    if (length == (size_t)-1)
        return SP_OK;
    wide = calloc(length + 1, sizeof *wide);
    if (!wide)
        return SP_ERR_NOMEM;
    mbstowcs(wide, name, length + 1);
    for (size_t i = 0; i < length; i++)
        wide[i] = (wchar_t)towlower((wint_t)wide[i]);
    size = wcstombs(NULL, wide, 0);
    if (size != (size_t)-1 && (*ret = malloc(size + 1)))
        wcstombs(*ret, wide, size + 1);
    free(wide);
    return *ret || size == (size_t)-1 ? SP_OK : SP_ERR_NOMEM;
}

char *bb_name_fold(const char *name)
{
    locale_t utf8, before;
    char *folded;
    int rc;

    errno = 0;
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (!utf8)
        return errno == ENOMEM ? NULL : fold_ascii(name);
    before = uselocale(utf8);
    rc = fold_wide(name, &folded);
    uselocale(before);
    freelocale(utf8);
    return rc || folded ? folded : fold_ascii(name);
}

int bb_same_name(const char *one, const char *other)
{
    BB_AUTOFREE char *a = NULL, *b = NULL;

    if (strcmp(one, other) == 0)
        return 1;
    a = bb_name_fold(one);
    b = bb_name_fold(other);
    /* The analyzer does not know cleanup. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    return a && b ? strcmp(a, b) == 0 : SP_ERR_NOMEM;
}

/* By hand: for iconv libc loads modules, and lacks them for good if that fails once. */
static char *from_latin1(const char *text)
{
    char *name = malloc(strlen(text) * 2 + 1), *to = name;

    for (; name && *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x80)
            *to++ = (char)(0xC0 | c >> 6);
        *to++ = (char)(c >= 0x80 ? 0x80 | (c & 0x3F) : c);
    }
    if (name)
        *to = '\0';
    return name;
}

char *bb_name_of_header(const char *value)
{
    char *decoded = curl_easy_unescape(NULL, value, 0, NULL), *name = NULL;

    if (decoded)
        name = bb_is_utf8(decoded, strlen(decoded)) ? strdup(decoded) : from_latin1(decoded);
    curl_free(decoded);
    return name;
}
