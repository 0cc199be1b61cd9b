/* catalog.c - see catalog.h */
#include "store/catalog.h"

int sh_catalog_connection(struct sh_store *store, const char *connection, const char *provider,
                          const char *owner, struct sp_error *err)
{
    return SH_RUN(store, err,
                  "INSERT INTO connection (name, provider, owner) VALUES (?1, ?2, ?3)"
                  " ON CONFLICT (name) DO UPDATE SET provider = excluded.provider,"
                  " owner = excluded.owner",
                  SH_TEXT(connection), SH_TEXT(provider), SH_TEXT(owner));
}

struct connection_reader {
    sh_connection_fn fn;
    void *ctx;
};

static int give_connection(void *ctx, const struct sh_value *column, size_t n)
{
    const struct connection_reader *reader = ctx;
    struct sh_connection_row row = {
        .name = column[0].text,
        .listed_ms = column[1].number,
        .problem = column[2].text,
        .problem_since = column[3].number,
        .job_state = column[4].text,
        .job_reason = column[5].text,
        .job_since = column[6].number,
        .job_next = column[7].number,
        .job_failures = column[8].number,
    };

    (void)n;
    return reader->fn(reader->ctx, &row);
}

int sh_catalog_set_problem(struct sh_store *store, const char *connection, const char *problem,
                           int64_t now_ms, struct sp_error *err)
{
    return SH_RUN(store, err,
                  "INSERT INTO connection (name, problem, problem_since) VALUES (?1, ?2, ?3)"
                  " ON CONFLICT (name) DO UPDATE SET problem = excluded.problem,"
                  " problem_since = CASE WHEN excluded.problem IS NULL THEN NULL"
                  " ELSE coalesce(connection.problem_since, excluded.problem_since) END"
                  " WHERE coalesce(connection.problem, '') <> coalesce(excluded.problem, '')",
                  SH_TEXT(connection), SH_TEXT(problem), SH_SOME(problem ? now_ms : 0));
}

int sh_catalog_connections(struct sh_store *store, const char *name, sh_connection_fn fn,
                           void *ctx, struct sp_error *err)
{
    struct connection_reader reader = {fn, ctx};

    return SH_QUERY(store, err, give_connection, &reader,
                    "SELECT c.name, c.listed_at, c.problem, c.problem_since, j.state, j.reason,"
                    " coalesce(j.failing_since, j.since), j.next_at, j.failures"
                    " FROM connection c"
                    " LEFT JOIN job j ON j.connection = c.name AND j.repository_id = 0"
                    " WHERE ?1 IS NULL OR c.name = ?1 ORDER BY c.name",
                    SH_TEXT(name));
}

static enum sh_switch switch_of(struct sh_value value)
{
    return value.is_null ? SH_NOT_SAID : value.number ? SH_ON : SH_OFF;
}

/* What was said of organization o, else what was said of all. */
#define SAID                                                                                   \
    " coalesce(a.is_on, e.is_on), coalesce(a.changed_at, e.changed_at), a.is_on IS NULL"
#define SAID_FROM                                                                              \
    " LEFT JOIN auto_import a ON a.connection = o.connection AND a.organization_id = o.id"     \
    " LEFT JOIN auto_import e ON e.connection = o.connection AND e.organization_id = 0"

struct organization_reader {
    sh_organization_fn fn;
    void *ctx;
};

static int give_organization(void *ctx, const struct sh_value *column, size_t n)
{
    const struct organization_reader *reader = ctx;
    struct sh_organization_row row = {
        .id = column[0].number,
        .key = column[1].text,
        .name = column[2].text,
        .personal = column[3].number != 0,
        .repositories = column[4].number,
        .auto_import = switch_of(column[5]),
        .auto_import_ms = column[6].number,
        .auto_import_all = column[7].number != 0,
    };

    (void)n;
    return reader->fn(reader->ctx, &row);
}

int sh_catalog_organizations(struct sh_store *store, const char *connection,
                             sh_organization_fn fn, void *ctx, struct sp_error *err)
{
    struct organization_reader reader = {fn, ctx};

    return SH_QUERY(store, err, give_organization, &reader,
                    "SELECT o.id, o.key, o.name, o.personal,"
                    " (SELECT count(*) FROM repository r WHERE r.connection = o.connection"
                    " AND r.organization_id = o.id AND r.listed = 1)," SAID
                    " FROM organization o" SAID_FROM " WHERE o.connection = ?1 AND o.listed = 1"
                    " ORDER BY o.personal, o.key",
                    SH_TEXT(connection));
}

struct repository_reader {
    sh_repository_fn fn;
    void *ctx;
};

static int give_repository(void *ctx, const struct sh_value *column, size_t n)
{
    const struct repository_reader *reader = ctx;
    struct sh_repository_row row = {
        .id = column[0].number,
        .organization_id = column[1].number,
        .organization_key = column[2].text,
        .personal = column[3].number != 0,
        .path = column[4].text,
        .name = column[5].text,
        .archived = column[6].number != 0,
        .fork = column[7].number != 0,
        .listed = column[8].number != 0,
        .imported = column[9].number != 0,
        .state = column[10].text,
        .job_state = column[11].text,
        .job_reason = column[12].text,
        .job_since = column[13].number,
        .succeeded_at = column[14].number,
        .offline = column[15].number != 0,
        .state_since = column[16].number,
        .left_out_setting = column[17].text,
        .left_out_pull_requests = column[18].number,
        .left_out_commits = column[19].number,
        .job_next = column[20].number,
        .job_failures = column[21].number,
        .job_what = column[22].text,
        .job_done = column[23].number,
        .job_total = column[24].number,
        .unlisted_ms = column[25].number,
        .imported_ms = column[26].number,
        .imported_by = column[27].text,
        .removed_ms = column[28].number,
        .excluded_by = column[29].text,
        .empty_ms = column[30].number,
        .auto_import = switch_of(column[31]),
        .auto_import_ms = column[32].number,
        .auto_import_all = column[33].number != 0,
    };

    (void)n;
    return reader->fn(reader->ctx, &row);
}

#define COLUMNS                                                                                \
    " r.id, r.organization_id, o.key, o.personal, r.path, r.name,"                             \
    " r.archived, r.fork, r.listed, r.imported, r.state,"                                      \
    " j.state, j.reason, coalesce(j.failing_since, j.since), j.succeeded_at,"                  \
    " r.offline, r.state_since, j.left_out_setting, j.left_out_pull_requests,"                 \
    " j.left_out_commits, j.next_at, j.failures, j.what, j.done, j.total,"                     \
    " r.unlisted_since, r.imported_at, r.imported_by, r.removed_at, r.excluded_by,"            \
    " r.empty_at," SAID
#define JOB " LEFT JOIN job j ON j.connection = r.connection AND j.repository_id = r.id"
#define REPOSITORIES                                                                           \
    "SELECT" COLUMNS " FROM repository r JOIN organization o"                                  \
    " ON o.connection = r.connection AND o.id = r.organization_id" SAID_FROM JOB

/* The organization first, so that what all of its repositories share is looked up once; CROSS
 * tells that to SQLite. */
#define BY_ORGANIZATION                                                                        \
    "SELECT" COLUMNS " FROM organization o" SAID_FROM " CROSS JOIN repository r" JOB           \
    " WHERE o.connection = ?1 AND r.connection = o.connection AND r.organization_id = o.id"    \
    " AND (r.listed = 1 OR r.imported = 1)"
/* As the index repository_chosen has it. */
#define IS_CHOSEN "(r.imported = 1 OR r.excluded_by IS NOT NULL)"

int sh_catalog_repositories(struct sh_store *store, const char *connection,
                            int64_t organization_id, sh_repository_fn fn, void *ctx,
                            struct sp_error *err)
{
    struct repository_reader reader = {fn, ctx};

    if (organization_id)
        return SH_QUERY(store, err, give_repository, &reader,
                        BY_ORGANIZATION " AND o.id = ?2 ORDER BY r.path", SH_TEXT(connection),
                        SH_INT(organization_id));
    return SH_QUERY(store, err, give_repository, &reader,
                    REPOSITORIES " WHERE r.connection = ?1 AND (r.listed = 1 OR r.imported = 1)"
                                 " ORDER BY o.personal, o.key, r.path",
                    SH_TEXT(connection));
}

int sh_catalog_chosen(struct sh_store *store, const char *connection, sh_repository_fn fn,
                      void *ctx, struct sp_error *err)
{
    struct repository_reader reader = {fn, ctx};

    return SH_QUERY(store, err, give_repository, &reader,
                    REPOSITORIES " WHERE r.connection = ?1 AND " IS_CHOSEN
                                 " AND (r.listed = 1 OR r.imported = 1)"
                                 " UNION ALL " BY_ORGANIZATION
                                 " AND coalesce(a.is_on, e.is_on) = 1 AND NOT " IS_CHOSEN
                                 " ORDER BY 4, 3, 5", /* o.personal, o.key, r.path */
                    SH_TEXT(connection));
}

struct finding {
    struct repository_reader reader;
    bool found;
};

static int give_first(void *ctx, const struct sh_value *column, size_t n)
{
    struct finding *finding = ctx;

    if (finding->found)
        return 0;
    finding->found = true;
    return give_repository(&finding->reader, column, n);
}

int sh_catalog_find(struct sh_store *store, const char *connection, const char *path,
                    sh_repository_fn fn, void *ctx, struct sp_error *err)
{
    struct finding finding = {.reader = {fn, ctx}};
    int rc = SH_QUERY(store, err, give_first, &finding,
                      REPOSITORIES " WHERE r.connection = ?1 AND lower(r.path) = lower(?2)"
                                   " ORDER BY r.listed DESC, r.imported DESC, r.id DESC",
                      SH_TEXT(connection), SH_TEXT(path));

    if (!rc && !finding.found)
        rc = SH_QUERY(store, err, give_first, &finding,
                      REPOSITORIES " JOIN repository_alias f ON f.connection = r.connection"
                                   " AND f.repository_id = r.id"
                                   " WHERE r.connection = ?1 AND lower(f.path) = lower(?2)"
                                   " ORDER BY f.until_at DESC",
                      SH_TEXT(connection), SH_TEXT(path));
    if (rc || finding.found)
        return rc;
    return sp_error_set(err, SP_ERR_NOT_FOUND, "%s knows no repository %s", connection, path);
}

int sh_catalog_repository(const struct sh_scope *scope, sh_repository_fn fn, void *ctx,
                          struct sp_error *err)
{
    struct finding finding = {.reader = {fn, ctx}};
    int rc = SH_QUERY(scope->store, err, give_first, &finding,
                      REPOSITORIES " WHERE r.connection = ?1 AND r.id = ?2",
                      SH_TEXT(scope->connection), SH_INT(scope->repository_id));

    return rc || finding.found
               ? rc
               : sp_error_set(err, SP_ERR_NOT_FOUND, "%s knows no repository of that number",
                              scope->connection);
}

struct details_reader {
    sh_details_fn fn;
    void *ctx;
};

static int give_details(void *ctx, const struct sh_value *column, size_t n)
{
    const struct details_reader *reader = ctx;
    const struct sh_repository_details details = {column[0].text, column[1].text,
                                                  column[2].text};

    (void)n;
    return reader->fn(reader->ctx, &details);
}

int sh_catalog_details(const struct sh_scope *scope, sh_details_fn fn, void *ctx,
                       struct sp_error *err)
{
    struct details_reader reader = {fn, ctx};

    return SH_QUERY(scope->store, err, give_details, &reader,
                    "SELECT description, default_branch, web_url FROM repository"
                    " WHERE connection = ?1 AND id = ?2",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id));
}

int sh_catalog_set_state(const struct sh_scope *scope, const char *state, int64_t now_ms,
                         struct sp_error *err)
{
    return SH_WRITE(scope, err,
                    "UPDATE repository SET state = ?3, state_since = ?4"
                    " WHERE connection = ?1 AND id = ?2 AND coalesce(state, '') <> ?3",
                    SH_TEXT(state), SH_INT(now_ms));
}

int sh_catalog_set_default_branch(const struct sh_scope *scope, const char *branch,
                                  struct sp_error *err)
{
    return SH_WRITE(scope, err,
                    "UPDATE repository SET default_branch = ?3 WHERE connection = ?1"
                    " AND id = ?2 AND coalesce(default_branch, '') <> ?3",
                    SH_TEXT(branch));
}
