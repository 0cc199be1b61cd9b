/* connection_form.h - the settings of a connection as a person gives them, and the file that is
 * made of them
 *
 * A secret among them is wiped by sh_form_clear.  The file is written beside its place first,
 * read back as any connection file is, and moved into its place only when it says the same.
 */
#ifndef SH_CONNECTION_FORM_H
#define SH_CONNECTION_FORM_H

#include "connections.h"

enum { SH_FORM_MAX = 64 };

/* What is said of a setting; both NULL: nothing, or that it is to be taken out. */
struct sh_form_line {
    char *key; /* the setting's own, or KEY_file and the like */
    char *value;
    bool is_removed;
};

struct sh_form {
    const struct source_provider *provider;
    char *path, *draft;                    /* of the file, and beside it */
    bool is_written;                       /* the draft */
    struct sh_form_line line[SH_FORM_MAX]; /* by index in the provider's table */
};

/* For the connection of that name.  sh_form_clear in any case. */
int sh_form_init(struct sh_form *, const struct sh_host *, const struct source_provider *,
                 const char *name, struct sp_error *);
/* Wipes and frees all; the draft goes with it. */
void sh_form_clear(struct sh_form *);

/* A setting of the table, by index; NULL behind the last. */
const struct sp_setting *sh_form_setting(const struct sh_form *, size_t i);

/* Says what a setting is to be; NULL: it is to be taken out.  SP_ERR_INVALID: there is none of
 * that key. */
int sh_form_set(struct sh_form *, const char *key, const char *value, struct sp_error *);

/* Whether anything is said of it. */
bool sh_form_says(const struct sh_form *, const char *key);

/* Why a value cannot stand in a connection file; NULL: it can. */
const char *sh_form_fault(const char *value);

/* What the file would say, without one: what is said on top of `base`, which may be NULL.  Each
 * entry's line is its number, from 1.  The caller frees; NULL: out of memory. */
struct sp_connection_file *sh_form_file(const struct sh_form *, const char *name,
                                        const struct sp_connection_file *base);

/* Writes the draft: a new file, or what is said put into the one that `base` was read from, all
 * else in it kept. */
int sh_form_write(struct sh_form *, const struct sp_connection_file *base, struct sp_error *);

/* Whether a file that was read says what the form does: a value that the file's form cuts or
 * takes apart must not pass unnoticed. */
bool sh_form_is_whole(const struct sh_form *, const struct sp_connection_file *read);

/* Moves the draft into its place; a new one only where none is there (SP_ERR_INVALID). */
int sh_form_keep(const struct sh_form *, bool is_new, struct sp_error *);

#endif
