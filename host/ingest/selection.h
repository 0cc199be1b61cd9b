/* selection.h - which repositories a command, a sync or a connection file means
 *
 * decision.h says of each whether it is wanted; here are lists of them.
 */
#ifndef SH_SELECTION_H
#define SH_SELECTION_H

#include "connections.h"

struct sh_selected {
    int64_t id;
    char *path;
    char *state; /* the server's word, or "" */
    bool listed; /* in the last complete listing */
    bool offline;
    bool imported;      /* is marked so */
    bool is_new;        /* nothing of it was ever brought */
    bool wanted;        /* to be imported and kept up to date */
    bool excluded;      /* by the file */
    bool excluded_anew; /* it was not before, or was and is not any more */
    char *by;           /* what asks for it, or keeps it out, as the store keeps it; or NULL */
};

struct sh_selection {
    struct sh_selected *list;
    size_t n;
};

/* What is asked for by name: of an organization or of all, what the file does not keep out.  A
 * path or key that is not in the catalog, or one that the file keeps out: SP_ERR_INVALID. */
int sh_select_named(struct sh_host *, const struct sh_connection *, char *const *paths,
                    size_t n, const char *org, bool all, struct sh_selection *ret,
                    struct sp_error *);

/* What is wanted: imported before or not. */
int sh_select_wanted(struct sh_host *, const struct sh_connection *, struct sh_selection *ret,
                     struct sp_error *);

/* The same, and with it what is excluded anew. */
int sh_select_asked(struct sh_host *, const struct sh_connection *, struct sh_selection *ret,
                    struct sp_error *);

/* Leaves what is wanted. */
void sh_selection_keep_wanted(struct sh_selection *);

/* Warns of each entry of the file that means nothing which is listed. */
int sh_selection_warn(struct sh_host *, const struct sh_connection *, struct sp_error *);

/* SP_ERR_INVALID with the names that are nearest to one that is not in the catalog. */
int sh_selection_no_repository(struct sh_host *, const struct sh_connection *, const char *path,
                               struct sp_error *);
int sh_selection_no_organization(struct sh_host *, const struct sh_connection *,
                                 const char *key, struct sp_error *);

void sh_selection_clear(struct sh_selection *);

#endif
