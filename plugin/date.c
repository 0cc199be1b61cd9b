/* date.c - see date.h */
#include "date.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Reads ".266" as 266 ms, any number of digits; returns what follows. */
static const char *parse_fraction(const char *text, int64_t *ret_ms)
{
    int64_t unit = 100;

    *ret_ms = 0;
    if (*text != '.' && *text != ',')
        return text;
    for (text++; isdigit((unsigned char)*text); text++) {
        *ret_ms += (*text - '0') * unit;
        unit /= 10;
    }
    return text;
}

bool bb_date_parse(const char *text, int64_t *ret_ms)
{
    struct tm tm = {0}, zone = {0};
    int64_t fraction;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    time_t seconds;

    if (!rest)
        return false;
    /* timegm before %z, which would change no field but tm_gmtoff */
    seconds = timegm(&tm);
    rest = parse_fraction(rest, &fraction);
    rest = strptime(rest, "%z", &zone);
    if (!rest || *rest)
        return false;
    *ret_ms = ((int64_t)seconds - zone.tm_gmtoff) * 1000 + fraction;
    return true;
}

bool bb_day_parse(const char *text, int64_t *ret_ms)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%d", &tm);
    int day = tm.tm_mday;
    time_t seconds;

    /* strptime takes blanks before each number, line feeds among them. */
    if (!rest || *rest || rest - text != 10 || text[strspn(text, "0123456789-")])
        return false;
    seconds = timegm(&tm); /* makes a 2 March of a 30 February */
    if (tm.tm_mday != day)
        return false;
    *ret_ms = (int64_t)seconds * 1000;
    return true;
}
