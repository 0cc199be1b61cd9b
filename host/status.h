/* status.h - how it goes with a repository or a connection, in words
 *
 * The states of jobs and of repositories become words here alone; `repos`, `status` and
 * `explain` show the same ones.
 */
#ifndef SH_STATUS_H
#define SH_STATUS_H

#include "store/catalog.h"

/* "up to date", "queued", "importing", ...; "never" where nothing is imported. */
const char *sh_status_word(const struct sh_repository_row *);

/* Whether somebody should look at it. */
bool sh_status_is_bad(const struct sh_repository_row *);

/* The whole of it in one line, as "importing 30 of 97 pull requests". */
void sh_status_text(const struct sh_repository_row *, char *text, size_t size);

#endif
