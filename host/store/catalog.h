/* catalog.h - connections, organizations and repositories in the store
 *
 * Rows are never deleted because a listing lacks them: they are marked, since a later one may
 * have them again under another path.
 */
#ifndef SH_CATALOG_H
#define SH_CATALOG_H

#include "store/scope.h"

/* Makes sure that there is a row for the connection. */
int sh_catalog_connection(struct sh_store *, const char *connection, const char *provider,
                          const char *owner, struct sp_error *err);

/* Notes what is wrong with the connection's file; NULL: nothing. */
int sh_catalog_set_problem(struct sh_store *, const char *connection, const char *problem,
                           int64_t now_ms, struct sp_error *err);

struct sh_connection_row {
    const char *name;
    const char *problem; /* of its file; NULL: none */
    int64_t problem_since;
    int64_t listed_ms; /* of the last complete listing, 0: none yet */
    /* Of the listing, and of what an import has found wrong with the connection. */
    const char *job_state, *job_reason; /* NULL: none yet */
    int64_t job_since;                  /* of a failure: of the first in a row */
    int64_t job_next, job_failures;
};
typedef int (*sh_connection_fn)(void *ctx, const struct sh_connection_row *);
/* Those that the store knows, by name; only that one when `name` is not NULL. */
int sh_catalog_connections(struct sh_store *, const char *name, sh_connection_fn fn, void *ctx,
                           struct sp_error *err);

enum sh_switch { SH_NOT_SAID, SH_OFF, SH_ON };

struct sh_organization_row {
    int64_t id;
    const char *key, *name;
    bool personal;
    int64_t repositories;       /* listed ones in it */
    enum sh_switch auto_import; /* as in a repository's row */
    bool auto_import_all;
    int64_t auto_import_ms;
};
typedef int (*sh_organization_fn)(void *ctx, const struct sh_organization_row *);
/* Those of the last complete listing, by key. */
int sh_catalog_organizations(struct sh_store *, const char *connection, sh_organization_fn fn,
                             void *ctx, struct sp_error *err);

struct sh_repository_row {
    int64_t id;
    int64_t organization_id;
    const char *organization_key;
    const char *path, *name;
    bool archived, fork, listed, imported, personal, offline;
    int64_t unlisted_ms;     /* since when it is not listed */
    int64_t imported_ms;     /* when that was asked for */
    const char *imported_by; /* by what */
    int64_t removed_ms;      /* by command; 0: it was not */
    const char *excluded_by; /* as the store has it; NULL: nothing does */
    int64_t empty_ms;        /* when its Git was seen to hold nothing, last */
    /* What was said by command of its organization, or of all (auto_import_all). */
    enum sh_switch auto_import;
    bool auto_import_all;
    int64_t auto_import_ms;
    const char *state;
    int64_t state_since;
    const char *job_state, *job_reason; /* NULL: never imported */
    int64_t job_since;                  /* of a failure: of the first in a row */
    int64_t job_next, job_failures;     /* when it is due; in a row */
    const char *job_what;               /* plural noun of what is counted, or NULL */
    int64_t job_done, job_total;        /* how far it is; total 0: not known */
    int64_t succeeded_at;
    const char *left_out_setting; /* NULL: nothing is */
    int64_t left_out_pull_requests, left_out_commits;
};
typedef int (*sh_repository_fn)(void *ctx, const struct sh_repository_row *);
/* Every listed or imported one, by organization and path; of all organizations when
 * organization_id is 0. */
int sh_catalog_repositories(struct sh_store *, const char *connection, int64_t organization_id,
                            sh_repository_fn fn, void *ctx, struct sp_error *err);

/* Of these, those that were imported or excluded, or that a switch of auto-import is on for. */
int sh_catalog_chosen(struct sh_store *, const char *connection, sh_repository_fn fn, void *ctx,
                      struct sp_error *err);

/* That of a path, in any case: a listed one before others, one that had it before last.  fn is
 * called at most once; SP_ERR_NOT_FOUND without it. */
int sh_catalog_find(struct sh_store *, const char *connection, const char *path,
                    sh_repository_fn fn, void *ctx, struct sp_error *err);

/* That of the scope; SP_ERR_NOT_FOUND without it. */
int sh_catalog_repository(const struct sh_scope *, sh_repository_fn fn, void *ctx,
                          struct sp_error *err);

/* What is told of one repository only; NULL: not known. */
struct sh_repository_details {
    const char *description, *default_branch, *web_url;
};
typedef int (*sh_details_fn)(void *ctx, const struct sh_repository_details *);
int sh_catalog_details(const struct sh_scope *, sh_details_fn fn, void *ctx,
                       struct sp_error *err);

/* Notes what became of a repository: the server's word for it, or ours. */
int sh_catalog_set_state(const struct sh_scope *, const char *state, int64_t now_ms,
                         struct sp_error *err);

int sh_catalog_set_default_branch(const struct sh_scope *, const char *branch,
                                  struct sp_error *err);

#endif
