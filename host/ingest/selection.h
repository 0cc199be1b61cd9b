/* selection.h - which repositories a command or a connection file means */
#ifndef SH_SELECTION_H
#define SH_SELECTION_H

#include "connections.h"

struct sh_selected {
    int64_t id;
    char *path;
    char *state; /* the server's word, or "" */
    bool listed; /* in the last complete listing */
    bool offline;
};

struct sh_selection {
    struct sh_selected *list;
    size_t n;
};

/* What is asked for by name.  A path or key that is not in the catalog: SP_ERR_INVALID. */
int sh_select_named(struct sh_host *, const struct sh_connection *, char *const *paths,
                    size_t n, const char *org, bool all, struct sh_selection *ret,
                    struct sp_error *);

/* What the connection file asks for and is not imported yet: its repositories, and those
 * of its auto_import organizations that no exclude glob matches. */
int sh_select_by_file(struct sh_host *, const struct sh_connection *, struct sh_selection *ret,
                      struct sp_error *);

/* What is imported. */
int sh_select_imported(struct sh_host *, const struct sh_connection *, struct sh_selection *ret,
                       struct sp_error *);

void sh_selection_clear(struct sh_selection *);

#endif
