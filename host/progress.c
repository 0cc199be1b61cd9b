/* progress.c - see progress.h */
#include "progress.h"

#include "clock.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { DRAW_EVERY_MS = 200, SURE_AFTER_MS = 1000 };

void sh_progress_init(struct sh_progress *progress)
{
    *progress = (struct sh_progress){.shown = isatty(STDERR_FILENO)};
}

/* "about 2 min left", or nothing while it cannot be told. */
static void time_left(char *text, size_t size, int64_t elapsed_ms, uint64_t done,
                      uint64_t total)
{
    int64_t left_s;

    text[0] = '\0';
    if (total == 0 || done == 0 || done >= total || elapsed_ms < SURE_AFTER_MS)
        return;
    left_s = (int64_t)((double)elapsed_ms / 1000 * (double)(total - done) / (double)done) + 1;
    if (left_s < 90)
        snprintf(text, size, ", about %" PRId64 " s left", left_s);
    else if (left_s < 5400)
        snprintf(text, size, ", about %" PRId64 " min left", (left_s + 30) / 60);
    else
        snprintf(text, size, ", about %" PRId64 " h left", (left_s + 1800) / 3600);
}

void sh_progress_tell(struct sh_progress *progress, const char *subject, const char *what,
                      uint64_t done, uint64_t total)
{
    char line[256], left[64], count[64];
    int64_t now = sh_now_ms();

    if (!progress->shown)
        return;
    if (strncmp(progress->what, what, sizeof progress->what - 1) != 0) {
        snprintf(progress->what, sizeof progress->what, "%s", what);
        progress->began_ms = now;
    } else if (now - progress->drawn_ms < DRAW_EVERY_MS) {
        return;
    }
    time_left(left, sizeof left, now - progress->began_ms, done, total);
    if (total)
        snprintf(count, sizeof count, "%" PRIu64 " of %" PRIu64, done, total);
    else
        snprintf(count, sizeof count, "%" PRIu64, done);
    snprintf(line, sizeof line, "%.80s: %.40s %s%s", subject, what, count, left);
    sh_text_defuse(line);
    fprintf(stderr, "\r%s\033[K", line);
    fflush(stderr);
    progress->drawn = true;
    progress->drawn_ms = now;
}

void sh_progress_clear(struct sh_progress *progress)
{
    if (progress->drawn)
        fputs("\r\033[K", stderr);
    progress->drawn = false;
    progress->what[0] = '\0';
}
