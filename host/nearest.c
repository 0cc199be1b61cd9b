/* nearest.c - see nearest.h */
#include "nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to insert, remove or replace: Levenshtein's distance, row by row. */
static size_t distance(const char *a, const char *b)
{
    size_t row[SH_NEAREST_NAME_MAX + 1], length = strlen(b);

    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            size_t changed =
                diagonal + (tolower((unsigned char)a[i]) != tolower((unsigned char)b[j]));

            diagonal = row[j + 1];
            row[j + 1] = least(changed, least(row[j], diagonal) + 1);
        }
    }
    return row[length];
}

static const char *slug_of(const char *path)
{
    const char *slash = strchr(path, '/');

    return slash ? slash + 1 : path;
}

static size_t distance_of(const char *wanted, const char *name)
{
    size_t whole = distance(wanted, name);

    return strchr(name, '/') && strcasecmp(slug_of(wanted), slug_of(name)) == 0
               ? least(whole, 1)
               : whole;
}

void sh_nearest_try(struct sh_nearest *nearest, const char *name)
{
    size_t far, at = nearest->n;

    if (strlen(name) >= SH_NEAREST_NAME_MAX || strlen(nearest->wanted) >= SH_NEAREST_NAME_MAX)
        return;
    far = distance_of(nearest->wanted, name);
    if (far > 1 + strlen(nearest->wanted) / 4)
        return;
    while (at > 0 && nearest->best[at - 1].distance > far)
        at--;
    if (at == SH_NEAREST_MAX)
        return;
    if (nearest->n < SH_NEAREST_MAX)
        nearest->n++;
    memmove(&nearest->best[at + 1], &nearest->best[at],
            (nearest->n - at - 1) * sizeof nearest->best[0]);
    nearest->best[at].distance = far;
    snprintf(nearest->best[at].name, sizeof nearest->best[at].name, "%s", name);
}

void sh_nearest_text(const struct sh_nearest *nearest, char *text, size_t size)
{
    size_t length = 0;

    text[0] = '\0';
    for (size_t i = 0; i < nearest->n && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%s%s",
                                   i == 0               ? "; did you mean "
                                   : i + 1 < nearest->n ? ", "
                                                        : " or ",
                                   nearest->best[i].name, i + 1 == nearest->n ? "?" : "");
}
