/* names.h - which commits are meant, as git reads it from its standard input
 *
 * They go by standard input, as there may be more of them than a command line holds.
 */
#ifndef SH_GIT_NAMES_H
#define SH_GIT_NAMES_H

#include "process_lines.h"

#include <stdbool.h>

/* Whether text begins with the name of an object that `end` follows. */
bool sh_git_is_sha(const char *text, char end);

/* Adds a line per name, `mark` before it ("^" for what is left out).  Names come from
 * servers, and git would take "--all" for an option: SP_ERR_INVALID for all but the whole
 * name of an object. */
int sh_git_names_add(struct sh_process_text *text, const char *mark, const char *const *names,
                     struct sp_error *err);

#endif
