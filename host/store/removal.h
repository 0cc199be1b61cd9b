/* removal.h - forgetting a repository, or a whole connection, in the store
 *
 * A removal is a row from its beginning to its end, so that one that was killed is gone on
 * with. From the beginning on the repository counts as not imported.
 */
#ifndef SH_STORE_REMOVAL_H
#define SH_STORE_REMOVAL_H

#include "store/history.h"

int sh_removal_begin(const struct sh_scope *, const char *path, int64_t now_ms,
                     struct sp_error *);
/* Of the connection itself, and of every repository of it that the store knows. */
int sh_removal_begin_all(struct sh_store *, const char *connection, int64_t now_ms,
                         struct sp_error *);

/* Those that have begun, a connection itself after its repositories. */
struct sh_removal {
    const char *connection;
    int64_t repository_id; /* 0: the connection itself */
    const char *path;
};
typedef int (*sh_removal_fn)(void *ctx, const struct sh_removal *);
int sh_removals(struct sh_store *, sh_removal_fn fn, void *ctx, struct sp_error *);

/* Deletes the rows, in one transaction; what the server lists of the repository stays. */
int sh_removal_delete_rows(const struct sh_scope *, struct sp_error *);
int sh_removal_end(const struct sh_scope *, struct sp_error *);

#endif
