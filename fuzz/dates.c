/* dates.c - times as servers and people write them */
#include "date.h"

#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* No year beyond four digits can be written, and no zone of a hundred hours. */
static const int64_t first_ms = INT64_C(-62167219200000), last_ms = INT64_C(253402300800000),
                     zone_ms = INT64_C(100) * 3600 * 1000;

static void check_date(const char *text)
{
    int64_t ms = 0, again = 0;
    char written[64];
    time_t seconds;
    struct tm tm;

    if (!bb_date_parse(text, &ms))
        return;
    HOLDS(ms > first_ms - zone_ms && ms < last_ms + zone_ms);
    seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    if (!gmtime_r(&seconds, &tm) || tm.tm_year < -900 || tm.tm_year > 8099)
        return; /* a zone has led beyond what can be written */
    snprintf(written, sizeof written, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
             (int)(ms - (int64_t)seconds * 1000));
    HOLDS(bb_date_parse(written, &again));
    HOLDS(again == ms);
}

static void check_day(const char *text)
{
    char written[32];
    int64_t ms = 0;
    time_t seconds;
    struct tm tm;

    if (!bb_day_parse(text, &ms))
        return;
    HOLDS(ms % (24L * 3600 * 1000) == 0);
    seconds = (time_t)(ms / 1000);
    HOLDS(gmtime_r(&seconds, &tm));
    snprintf(written, sizeof written, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
             tm.tm_mday);
    HOLDS(strcmp(written, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char *text = fuzz_text(&input);

    check_date(text);
    check_day(text);
    free(text);
    return 0;
}
