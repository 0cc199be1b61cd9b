/* listing.h - what a listing brings into the catalog (catalog.h) */
#ifndef SH_STORE_LISTING_H
#define SH_STORE_LISTING_H

#include "store/scope.h"

/* How many repositories the last listing had. */
int sh_listing_held(struct sh_store *, const char *connection, uint64_t *ret,
                    struct sp_error *);

/* A listing is gathered aside, and takes effect at its end, in one transaction: rows are
 * added and changed, and those that are not in it are marked as no longer listed.  What
 * was gathered and not ended is forgotten by the next begin. */
int sh_listing_begin(struct sh_store *, struct sp_error *err);
int sh_listing_organization(struct sh_store *, const char *connection,
                            const struct sp_organization *, struct sp_error *err);
int sh_listing_repository(struct sh_store *, const char *connection,
                          const struct sp_repository *, struct sp_error *err);
int sh_listing_end(const struct sh_scope *, int64_t now_ms, struct sp_error *err);

/* Gives the paths that repositories had until that moment, the end of a listing. */
typedef int (*sh_move_fn)(void *ctx, const char *old_path, const char *path);
int sh_listing_moves(struct sh_store *, const char *connection, int64_t ms, sh_move_fn fn,
                     void *ctx, struct sp_error *err);

#endif
