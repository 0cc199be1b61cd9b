/* scope.h - what statements are about: a connection, one of its repositories, and the claim
 *
 * Where machines share a store, a process that was stopped for long may come back when its work
 * has been given to another: then its fence is of the past, and it writes nothing any more.
 */
#ifndef SH_SCOPE_H
#define SH_SCOPE_H

#include "store/store.h"

struct sh_scope {
    struct sh_store *store;
    const char *connection;
    int64_t repository_id; /* 0: the connection's listing */
    int64_t fence;         /* of the claim; 0: the claim cannot be lost */
    int64_t helper;        /* the worker, where the claim is another's (split.h); else 0 */
};

/* sh_store_begin, and makes sure in the same transaction that the claim is ours: fails with
 * SP_ERR_CANCELLED when it is not.  Ended by sh_store_end. */
int sh_scope_begin(const struct sh_scope *, struct sp_error *);

/* In such a transaction, where the work has got on for good: whatever its processes died of
 * before is behind it. */
int sh_scope_survived(const struct sh_scope *, struct sp_error *);

/* SH_WRITE(scope, err, sql, parameters...): one statement whose ?1 and ?2 are the connection
 * and the repository, in a transaction begun so where there is a fence. */
int sh_scope_write(const struct sh_scope *, struct sp_error *, const char *sql,
                   const struct sh_value *parameters, size_t n);
#define SH_WRITE(scope, err, sql, ...)                                                         \
    sh_scope_write(scope, err, sql,                                                            \
                   (struct sh_value[]){SH_TEXT((scope)->connection),                           \
                                       SH_INT((scope)->repository_id), __VA_ARGS__},           \
                   sizeof((struct sh_value[]){SH_INT(0), SH_INT(0), __VA_ARGS__}) /            \
                       sizeof(struct sh_value))

#endif
