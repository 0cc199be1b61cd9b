/* person.h - the people of a connection, in the store
 *
 * They are met on the way: as authors, reviewers, those who acted. Who comes with a pull
 * request is gathered aside and takes his place with it.
 */
#ifndef SH_PERSON_H
#define SH_PERSON_H

#include "store/history.h"

/* Gathers somebody; nothing where the person is NULL or has no id. */
int sh_person_stage(const struct sh_scope *, const struct sp_person *, struct sp_error *);

/* Puts those who were gathered into their place, in a transaction of the caller's. */
int sh_person_put_staged(const struct sh_scope *, struct sp_error *);

/* Somebody who was met in passing. */
int sh_person_note(const struct sh_scope *, const struct sp_person *, struct sp_error *);

#endif
