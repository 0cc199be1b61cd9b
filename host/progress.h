/* progress.h - one line on a terminal: how far it is and how long it will take
 *
 * Nothing where stderr is no terminal. `status` shows the same of other processes: see
 * ingest/telling.h.
 */
#ifndef SH_PROGRESS_H
#define SH_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct sh_progress {
    bool shown;    /* stderr is a terminal */
    char what[40]; /* what is counted now */
    int64_t began_ms, drawn_ms;
    bool drawn;
};

void sh_progress_init(struct sh_progress *);

/* `subject`: what is worked on, "PLAT/api"; `what`: plural noun of what is counted; total
 * 0: not known.  Draws at most a few times a second. */
void sh_progress_tell(struct sh_progress *, const char *subject, const char *what,
                      uint64_t done, uint64_t total);

/* Takes the line away, before something else is printed. */
void sh_progress_clear(struct sh_progress *);

#endif
