/* board.h - where checks say how they end, and who tells it as TAP
 *
 * The module runs in a process of its own: when it crashes, hangs or calls exit, the one that
 * waits for it reads here what was under way, and tells it.
 */
#ifndef KIT_BOARD_H
#define KIT_BOARD_H

#include <stddef.h>

enum kit_outcome { KIT_PASSED, KIT_SKIPPED, KIT_FAILED };

struct kit_board; /* shared by both processes */

struct kit_board *kit_board_new(void);

/* Begins a check, which may take so many seconds. */
void kit_board_begin(struct kit_board *, const char *name, unsigned limit_s);
/* Ends it: prints its line, and below it what was noted. */
void kit_board_end(struct kit_board *);
/* A line of the check that runs; the worst outcome that was noted is the check's. From any
 * thread. */
void kit_board_note(struct kit_board *, enum kit_outcome, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Nothing more is to be tried after this check, and why; the run ends with 2. */
void kit_board_bail(struct kit_board *, const char *why);
int kit_board_has_bailed(const struct kit_board *);
/* All checks were made. */
void kit_board_finish(struct kit_board *);
/* Whether the check that runs has failed already. */
int kit_board_has_failed(const struct kit_board *);

/* Runs `work` in a child and waits for its end.  Returns the exit code of the program: 0 all
 * passed, 1 something failed, 2 it could not be tried. */
int kit_board_supervise(struct kit_board *, int (*work)(void *ctx), void *ctx);

#endif
