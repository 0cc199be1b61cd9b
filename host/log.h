/* log.h - lines on stderr: for people, for the journal, or one JSON object each
 *
 * From any thread, each line whole. Beside it only the progress line and the prompts of
 * `connect` are on stderr.
 */
#ifndef SH_LOG_H
#define SH_LOG_H

#include "source_provider.h"

#include <stdbool.h>

/* From here on with a level before each line where systemd's journal reads them, or as JSON.
 * Before any thread. */
void sh_log_open(bool json);

/* Whether the lines are kept by somebody, as the journal does. */
bool sh_log_is_kept(void);

/* One line that tells what happened.  `event` is a word for programs; connection and path may
 * be NULL.  From any thread. */
void sh_event(enum sp_log_level level, const char *event, const char *connection,
              const char *path, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Something is wrong: a line with the program's name before it. */
void sh_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says that `what` (NULL: nothing with a name) failed, and what the user can do. */
void sh_complain_of(const char *what, const struct sp_error *);

#endif
