/* choice.h - what people and connection files have chosen to import, kept in the store
 *
 * The file's word is copied here so that queries can see it; decision.h says which of the two
 * counts.
 */
#ifndef SH_CHOICE_H
#define SH_CHOICE_H

#include "store/history.h"

/* Marks a repository as one to be kept up to date, and makes it due; `by`: the command or the
 * line of a file that asks for it. */
int sh_choice_import(const struct sh_scope *, const char *by, int64_t now_ms,
                     struct sp_error *);

/* Whether it is marked so now: somebody may have removed it since it was read. */
int sh_choice_is_imported(const struct sh_scope *, bool *ret, struct sp_error *);

/* Marks a repository as kept out by that line of a file; NULL: as one that is not. */
int sh_choice_exclude(const struct sh_scope *, const char *by, int64_t now_ms,
                      struct sp_error *);

/* Switches auto-import by command; organization_id 0: of all that the connection sees. */
int sh_choice_auto_import(struct sh_store *, const char *connection, int64_t organization_id,
                          bool is_on, int64_t now_ms, struct sp_error *);

/* Notes that a repository's Git held nothing at that time; 0: it holds something. */
int sh_choice_note_empty(const struct sh_scope *, int64_t ms, struct sp_error *);

#endif
