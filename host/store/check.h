/* check.h - the last health report of a connection that was asked for in the page
 *
 * So that what it has found is told as long as it is so: rights that are missing, say.
 */
#ifndef SH_CHECK_H
#define SH_CHECK_H

#include "store/store.h"

enum { SH_CHECKS_MAX = 32 };

/* One check; texts are borrowed of a row, and owned in struct sh_checks. */
struct sh_check_row {
    const char *connection, *name, *status;
    const char *detail, *cause, *remedy, *setting; /* or NULL */
    int64_t checked_ms;
};

struct sh_checks {
    struct sh_check_row row[SH_CHECKS_MAX];
    size_t n;
};

/* Copies a check; what is beyond the maximum is left out. */
void sh_checks_add(struct sh_checks *, const struct sp_check *);
void sh_checks_clear(struct sh_checks *);

/* Puts a report in the place of the one before. */
int sh_checks_put(struct sh_store *, const char *connection, const struct sh_checks *,
                  int64_t now_ms, struct sp_error *);

typedef int (*sh_check_fn)(void *ctx, const struct sh_check_row *);
/* Those of all connections that are no pass, in their order. */
int sh_checks_bad(struct sh_store *, sh_check_fn fn, void *ctx, struct sp_error *);

struct sh_checkup {
    int64_t checked_ms; /* 0: there is none */
    bool is_bad;        /* something failed */
};
/* When a connection's report was made, and how it was as a whole. */
int sh_checks_last(struct sh_store *, const char *connection, struct sh_checkup *ret,
                   struct sp_error *);

#endif
