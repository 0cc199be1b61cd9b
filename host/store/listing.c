/* listing.c - see listing.h */
#include "store/listing.h"

static int take_count(void *ctx, const struct sh_value *column, size_t n)
{
    (void)n;
    *(uint64_t *)ctx = (uint64_t)column[0].number;
    return 0;
}

int sh_listing_held(struct sh_store *store, const char *connection, uint64_t *ret,
                    struct sp_error *err)
{
    *ret = 0;
    return SH_QUERY(store, err, take_count, ret,
                    "SELECT coalesce(max(listed), 0) FROM connection WHERE name = ?1",
                    SH_TEXT(connection));
}

static struct sh_value visibility(uint32_t visibility)
{
    return visibility == SP_VISIBILITY_UNKNOWN ? SH_SOME(0) : SH_INT(visibility == SP_PUBLIC);
}

int sh_listing_begin(struct sh_store *store, struct sp_error *err)
{
    int rc = sh_store_stage(store, err);

    if (!rc)
        rc = SH_SEND(store, err, "DELETE FROM staged_organization");
    if (!rc)
        rc = SH_SEND(store, err, "DELETE FROM staged_repository");
    return rc ? rc : SH_SEND(store, err, "DELETE FROM staged_listed");
}

int sh_listing_organization(struct sh_store *store, const char *connection,
                            const struct sp_organization *record, struct sp_error *err)
{
    return SH_SEND(store, err,
                   "INSERT INTO staged_organization (connection, id, key, name, description,"
                   " personal, public, listed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)"
                   " ON CONFLICT DO NOTHING",
                   SH_TEXT(connection), SH_INT(record->id), SH_TEXT(record->key),
                   SH_TEXT(record->name), SH_TEXT(record->description),
                   SH_INT((record->flags & SP_ORGANIZATION_PERSONAL) != 0),
                   visibility(record->visibility));
}

/* A column of r is what a parameter says, NULL being the same as NULL. */
#define SAME(column, parameter)                                                                \
    " AND (r." column " = " parameter " OR (r." column " IS NULL AND " parameter " IS NULL))"
#define UNCHANGED                                                                              \
    "SELECT 1 FROM repository r WHERE r.connection = ?1 AND r.id = ?2 AND r.listed = 1"        \
    " AND r.organization_id = ?3 AND r.path = ?4 AND r.archived = ?10 AND r.fork = ?11"        \
    " AND r.offline = ?15 AND (?8 IS NULL OR r.default_branch = ?8)" SAME("slug", "?5")        \
        SAME("name", "?6") SAME("description", "?7") SAME("origin_id", "?9")                   \
            SAME("public", "?12") SAME("state", "?13") SAME("web_url", "?14")

/* Most rows are what they were: of these the id is enough.  What a listing does not tell stays:
 * the default branch is known from Git. */
int sh_listing_repository(struct sh_store *store, const char *connection,
                          const struct sp_repository *record, struct sp_error *err)
{
    int rc = SH_SEND(
        store, err,
        "INSERT INTO staged_repository (connection, id, organization_id, path, slug,"
        " name, description, default_branch, origin_id, archived, fork, public, state,"
        " web_url, offline, listed, imported) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
        " ?11, ?12, ?13, ?14, ?15, 1, 0 WHERE NOT EXISTS (" UNCHANGED
        ") ON CONFLICT DO NOTHING",
        SH_TEXT(connection), SH_INT(record->id), SH_INT(record->organization_id),
        SH_TEXT(record->path), SH_TEXT(record->slug), SH_TEXT(record->name),
        SH_TEXT(record->description), SH_TEXT(record->default_branch),
        SH_SOME(record->origin_id), SH_INT((record->flags & SP_REPOSITORY_ARCHIVED) != 0),
        SH_INT((record->flags & SP_REPOSITORY_FORK) != 0), visibility(record->visibility),
        SH_TEXT(record->state), SH_TEXT(record->web_url),
        SH_INT((record->flags & SP_REPOSITORY_OFFLINE) != 0));

    return rc ? rc
              : SH_SEND(store, err,
                        "INSERT INTO staged_listed (id) VALUES (?1) ON CONFLICT DO NOTHING",
                        SH_INT(record->id));
}

static int merge_organizations(struct sh_store *store, const char *connection,
                               struct sp_error *err)
{
    int rc =
        SH_RUN(store, err,
               "INSERT INTO organization SELECT * FROM staged_organization WHERE true"
               " ON CONFLICT (connection, id) DO UPDATE SET key = excluded.key,"
               " name = excluded.name, description = excluded.description,"
               " personal = excluded.personal, public = excluded.public, listed = 1"
               " WHERE EXISTS (SELECT organization.listed, organization.key, organization.name,"
               " organization.description, organization.personal, organization.public"
               " EXCEPT SELECT 1, excluded.key, excluded.name, excluded.description,"
               " excluded.personal, excluded.public)");

    return rc ? rc
              : SH_RUN(store, err,
                       "UPDATE organization SET listed = 0 WHERE connection = ?1 AND listed = 1"
                       " AND id NOT IN (SELECT id FROM staged_organization)",
                       SH_TEXT(connection));
}

/* A path is an attribute; what it was before is remembered.  CROSS: few rows are staged, and
 * SQLite begins with those then. */
static int note_moves(struct sh_store *store, const char *connection, int64_t now_ms,
                      struct sp_error *err)
{
    return SH_RUN(store, err,
                  "INSERT INTO repository_alias (connection, repository_id, path, until_at)"
                  " SELECT r.connection, r.id, r.path, ?2"
                  " FROM staged_repository s CROSS JOIN repository r"
                  " WHERE r.connection = s.connection AND r.id = s.id"
                  " AND r.connection = ?1 AND r.path <> s.path"
                  " ON CONFLICT (connection, repository_id, path)"
                  " DO UPDATE SET until_at = excluded.until_at",
                  SH_TEXT(connection), SH_INT(now_ms));
}

/* What a listing does not tell stays: the default branch is known from Git, whether and
 * since when it is imported from us. */
static int merge_repositories(struct sh_store *store, const char *connection, int64_t now_ms,
                              struct sp_error *err)
{
    int rc = SH_RUN(store, err,
                    "UPDATE repository SET listed = 0, unlisted_since = ?2"
                    " WHERE connection = ?1 AND listed = 1"
                    " AND id NOT IN (SELECT id FROM staged_listed)",
                    SH_TEXT(connection), SH_INT(now_ms));

    if (rc)
        return rc;
    return SH_RUN(
        store, err,
        "INSERT INTO repository SELECT * FROM staged_repository WHERE true"
        " ON CONFLICT (connection, id) DO UPDATE SET"
        " organization_id = excluded.organization_id, path = excluded.path,"
        " slug = excluded.slug, name = excluded.name, description = excluded.description,"
        " default_branch = coalesce(excluded.default_branch, repository.default_branch),"
        " origin_id = excluded.origin_id, archived = excluded.archived, fork = excluded.fork,"
        " public = excluded.public, state = excluded.state, web_url = excluded.web_url,"
        " state_since = CASE WHEN coalesce(repository.state, '') ="
        " coalesce(excluded.state, '') THEN repository.state_since ELSE ?1 END,"
        " offline = excluded.offline, listed = 1, unlisted_since = NULL",
        SH_INT(now_ms));
}

int sh_listing_end(const struct sh_scope *scope, int64_t now_ms, struct sp_error *err)
{
    struct sh_store *store = scope->store;
    const char *connection = scope->connection;
    int rc = sh_scope_begin(scope, err);

    if (rc)
        return rc;
    rc = sh_store_whole(store, err);
    if (!rc)
        rc = merge_organizations(store, connection, err);
    if (!rc)
        rc = note_moves(store, connection, now_ms, err);
    if (!rc)
        rc = merge_repositories(store, connection, now_ms, err);
    if (!rc)
        rc = SH_RUN(store, err,
                    "UPDATE connection SET listed_at = ?2,"
                    " listed = (SELECT count(*) FROM staged_listed)"
                    " WHERE name = ?1",
                    SH_TEXT(connection), SH_INT(now_ms));
    return sh_store_end(store, rc, err);
}

struct move_reader {
    sh_move_fn fn;
    void *ctx;
};

static int give_move(void *ctx, const struct sh_value *column, size_t n)
{
    const struct move_reader *reader = ctx;

    (void)n;
    return reader->fn(reader->ctx, column[0].text, column[1].text);
}

int sh_listing_moves(struct sh_store *store, const char *connection, int64_t ms, sh_move_fn fn,
                     void *ctx, struct sp_error *err)
{
    struct move_reader reader = {fn, ctx};

    return SH_QUERY(store, err, give_move, &reader,
                    "SELECT a.path, r.path FROM repository_alias a JOIN repository r"
                    " ON r.connection = a.connection AND r.id = a.repository_id"
                    " WHERE a.connection = ?1 AND a.until_at = ?2 ORDER BY a.path",
                    SH_TEXT(connection), SH_INT(ms));
}
