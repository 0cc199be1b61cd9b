/* signals.h - the wish to stop, which every long wait asks for
 *
 * Handlers only set a flag; who waits asks for it at least once a second and ends what it has
 * in hand.
 */
#ifndef SH_SIGNALS_H
#define SH_SIGNALS_H

#include <stdbool.h>

/* From here on SIGINT and SIGTERM ask to stop, and SIGPIPE is an error of write. */
void sh_catch_signals(void);

/* True once one came. */
bool sh_stopping(void);

/* True once after SIGHUP, which only `run` catches: see sh_catch_reload. */
bool sh_reload_asked(void);
void sh_catch_reload(void);

/* The same as a callback of sinks and of git. */
int sh_cancelled(void *unused);

#endif
