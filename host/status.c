/* status.c - see status.h */
#include "status.h"

#include "output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BAR = 10 };

static bool is(const char *state, const char *word)
{
    return state && strcmp(state, word) == 0;
}

const char *sh_status_word(const struct sh_repository_row *row)
{
    if (row->excluded_by)
        return "excluded";
    if (!row->imported)
        return "never";
    if (!row->job_state)
        return "queued";
    if (is(row->job_state, "done"))
        return "up to date";
    return is(row->job_state, "limited") ? "rate limited" : row->job_state;
}

bool sh_status_is_bad(const struct sh_repository_row *row)
{
    const char *state = row->excluded_by ? NULL : row->job_state;

    return is(state, "failing") || is(state, "blocked") || is(state, "partial") ||
           is(state, "paused");
}

static void bar(const struct sh_repository_row *row, char *text, size_t size)
{
    int64_t full = row->job_done < row->job_total ? row->job_done * BAR / row->job_total : BAR;

    snprintf(text, size, "[%.*s%.*s]", (int)full, "##########", (int)(BAR - full),
             "----------");
}

static void working_text(const struct sh_repository_row *row, char *text, size_t size)
{
    char drawn[32];

    if (!row->job_what) {
        snprintf(text, size, "%s", row->job_state);
    } else if (!row->job_total) {
        snprintf(text, size, "%s %" PRId64 " %s", row->job_state, row->job_done, row->job_what);
    } else {
        bar(row, drawn, sizeof drawn);
        snprintf(text, size, "%-9s %s %" PRId64 " of %" PRId64 " %s", row->job_state, drawn,
                 row->job_done, row->job_total, row->job_what);
    }
}

void sh_status_text(const struct sh_repository_row *row, char *text, size_t size)
{
    const char *state = row->imported && !row->excluded_by ? row->job_state : NULL;
    char next[32];

    snprintf(next, sizeof next, "%s",
             row->job_next ? sh_time_text(row->job_next) : "not by itself");
    if (is(state, "fetching") || is(state, "importing"))
        working_text(row, text, size);
    else if (is(state, "done"))
        snprintf(text, size, "up to date %s", sh_time_text(row->succeeded_at));
    else if (is(state, "limited"))
        snprintf(text, size, "rate limited until %s", next);
    else if (is(state, "failing"))
        snprintf(text, size, "failing %" PRId64 " %s since %s, next try %s", row->job_failures,
                 row->job_failures == 1 ? "time" : "times", sh_time_text(row->job_since), next);
    else if (is(state, "blocked") || is(state, "partial"))
        snprintf(text, size, "%s since %s", state, sh_time_text(row->job_since));
    else
        snprintf(text, size, "%s", sh_status_word(row));
}
