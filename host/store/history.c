/* history.c - see history.h */
#include "store/history.h"

#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sh_history_begin(const struct sh_scope *scope, struct sp_error *err)
{
    return SH_SEND(scope->store, err, "DELETE FROM staged_commit");
}

int sh_history_commit(const struct sh_scope *scope, const struct sh_git_commit *commit,
                      bool is_reachable, struct sp_error *err)
{
    return SH_SEND(
        scope->store, err,
        "INSERT INTO staged_commit (connection, repository_id, sha, parents, author_name,"
        " author_email, authored_at, author_tz, committer_name, committer_email, committed_at,"
        " subject, files, insertions, deletions, reachable, mirrored)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 1)"
        " ON CONFLICT DO NOTHING",
        SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(commit->sha),
        SH_TEXT(commit->parents), SH_TEXT(commit->author_name), SH_TEXT(commit->author_email),
        SH_INT(commit->authored_ms), SH_TEXT(commit->author_tz),
        SH_TEXT(commit->committer_name), SH_TEXT(commit->committer_email),
        SH_INT(commit->committed_ms), SH_TEXT(commit->subject), SH_INT(commit->size.files),
        SH_INT(commit->size.insertions), SH_INT(commit->size.deletions), SH_INT(is_reachable));
}

static int put_in_place(const struct sh_scope *scope, struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "INSERT INTO git_commit SELECT * FROM staged_commit WHERE true"
                  " ON CONFLICT (connection, repository_id, sha) DO UPDATE SET"
                  " parents = excluded.parents, author_name = excluded.author_name,"
                  " author_email = excluded.author_email, authored_at = excluded.authored_at,"
                  " author_tz = excluded.author_tz, committer_name = excluded.committer_name,"
                  " committer_email = excluded.committer_email,"
                  " committed_at = excluded.committed_at, subject = excluded.subject,"
                  " files = excluded.files, insertions = excluded.insertions,"
                  " deletions = excluded.deletions, reachable = excluded.reachable,"
                  " mirrored = 1 WHERE git_commit.reachable = 0");
}

int sh_history_flush(const struct sh_scope *scope, struct sp_error *err)
{
    int64_t began_ns = sh_trace_begin();
    int rc = sh_scope_begin(scope, err);

    if (rc)
        return rc;
    rc = sh_store_whole(scope->store, err);
    if (!rc)
        rc = put_in_place(scope, err);
    rc = sh_store_end(scope->store, rc, err);
    SH_TRACE(began_ns, "store", "put commits", SH_FACT_TEXT("result", sp_code_name(rc)));
    return rc ? rc : sh_history_begin(scope, err);
}

int sh_history_unmark(const struct sh_scope *scope, struct sp_error *err)
{
    return SH_WRITE(scope, err,
                    "UPDATE git_commit SET reachable = ?3"
                    " WHERE connection = ?1 AND repository_id = ?2 AND reachable <> ?3",
                    SH_INT(0));
}

struct text {
    char *to;
    size_t size;
};

static int take_first_word(void *ctx, const struct sh_value *column, size_t n)
{
    const struct text *text = ctx;

    (void)n;
    snprintf(text->to, text->size, "%.*s", (int)strcspn(column[0].text, " "), column[0].text);
    return 0;
}

int sh_history_first_parent(const struct sh_scope *scope, const char *sha, char *parent,
                            size_t size, struct sp_error *err)
{
    struct text text = {parent, size};

    parent[0] = '\0';
    return SH_QUERY(scope->store, err, take_first_word, &text,
                    "SELECT parents FROM git_commit"
                    " WHERE connection = ?1 AND repository_id = ?2 AND sha = ?3",
                    SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(sha));
}

enum { CHAIN_MAX = 1000, BROKEN = 1 };

struct chain {
    sh_link_fn fn;
    void *ctx;
    const char *base;
    bool is_whole; /* its end, which comes first, is the base */
};

static int give_link(void *ctx, const struct sh_value *column, size_t n)
{
    struct chain *chain = ctx;

    (void)n;
    if (chain->is_whole)
        return chain->fn(chain->ctx, column[0].text, column[1].number);
    chain->is_whole = strcmp(column[0].text, chain->base) == 0;
    return chain->is_whole ? SP_OK : BROKEN;
}

int sh_history_chain(const struct sh_scope *scope, const char *from, const char *base,
                     sh_link_fn fn, void *ctx, struct sp_error *err)
{
    struct chain chain = {fn, ctx, base, false};

    return SH_QUERY(
        scope->store, err, give_link, &chain,
        "WITH RECURSIVE chain (sha, position) AS (SELECT CAST(?3 AS TEXT), 0 UNION ALL"
        " SELECT c.parents, chain.position + 1 FROM chain JOIN git_commit c"
        " ON c.connection = ?1 AND c.repository_id = ?2 AND c.sha = chain.sha"
        " WHERE chain.sha <> ?4 AND chain.position < ?5 AND c.parents <> ''"
        " AND c.parents NOT LIKE '% %') SELECT sha, position FROM chain ORDER BY position DESC",
        SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(from), SH_TEXT(base),
        SH_INT(CHAIN_MAX));
}

int sh_history_renew(const struct sh_scope *scope, const char *mirror_id, struct sp_error *err)
{
    static const char *const statements[] = {
        ("UPDATE git_commit SET reachable = 0, mirrored = 0"
         " WHERE connection = ?1 AND repository_id = ?2 AND mirrored = 1"),
        "DELETE FROM git_ref WHERE connection = ?1 AND repository_id = ?2",
        "DELETE FROM pull_request_ref WHERE connection = ?1 AND repository_id = ?2",
    };
    int rc = sh_scope_begin(scope, err);

    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < sizeof statements / sizeof *statements; i++)
        rc = SH_RUN(scope->store, err, statements[i], SH_TEXT(scope->connection),
                    SH_INT(scope->repository_id));
    if (!rc)
        rc = SH_RUN(
            scope->store, err,
            "UPDATE job SET mirror_id = ?3 WHERE connection = ?1 AND repository_id = ?2",
            SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(mirror_id));
    return sh_store_end(scope->store, rc, err);
}

int sh_history_has(const struct sh_scope *scope, const char *sha, struct sp_error *err)
{
    int64_t has = 0;
    int rc = SH_QUERY(scope->store, err, sh_take_number, &has,
                      "SELECT 1 FROM git_commit WHERE connection = ?1 AND repository_id = ?2"
                      " AND sha = ?3 AND mirrored = 1",
                      SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(sha));

    return rc ? rc : (int)has;
}

struct tips {
    char **list;
    size_t n;
};

static int add_tip(void *ctx, const struct sh_value *column, size_t n)
{
    struct tips *tips = ctx;
    char **grown = realloc(tips->list, (tips->n + 2) * sizeof *grown);

    (void)n;
    if (!grown)
        return SP_ERR_NOMEM;
    tips->list = grown;
    tips->list[tips->n] = strdup(column[0].text);
    tips->list[tips->n + 1] = NULL;
    return tips->list[tips->n++] ? 0 : SP_ERR_NOMEM;
}

int sh_history_tips(const struct sh_scope *scope, enum sh_refs which, char ***ret,
                    struct sp_error *err)
{
    static const char *const select[] = {
        [SH_BRANCHES_AND_TAGS] = "SELECT DISTINCT sha FROM git_ref"
                                 " WHERE connection = ?1 AND repository_id = ?2",
        [SH_PULL_REQUEST_HEADS] = "SELECT DISTINCT sha FROM pull_request_ref"
                                  " WHERE connection = ?1 AND repository_id = ?2",
    };
    struct tips tips = {calloc(1, sizeof(char *)), 0};
    int rc = tips.list ? SP_OK : sp_error_set(err, SP_ERR_NOMEM, "out of memory");

    if (!rc)
        rc = SH_QUERY(scope->store, err, add_tip, &tips, select[which],
                      SH_TEXT(scope->connection), SH_INT(scope->repository_id));
    if (rc)
        sh_history_free_list(tips.list);
    else
        *ret = tips.list;
    return rc;
}

void sh_history_free_list(char **tips)
{
    for (char **tip = tips; tip && *tip; tip++)
        free(*tip);
    free(tips);
}

int sh_history_refs_begin(const struct sh_scope *scope, struct sp_error *err)
{
    int rc = sh_store_stage(scope->store, err);

    if (!rc)
        rc = SH_SEND(scope->store, err, "DELETE FROM staged_git_ref");
    return rc ? rc : SH_SEND(scope->store, err, "DELETE FROM staged_mark");
}

int sh_history_ref(const struct sh_scope *scope, const struct sh_git_ref *ref,
                   struct sp_error *err)
{
    return SH_SEND(scope->store, err,
                   "INSERT INTO staged_git_ref (connection, repository_id, name, sha)"
                   " VALUES (?1, ?2, ?3, ?4)",
                   SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(ref->name),
                   SH_TEXT(ref->sha));
}

int sh_history_mark(const struct sh_scope *scope, const char *sha, bool is_reachable,
                    struct sp_error *err)
{
    return SH_SEND(scope->store, err,
                   "INSERT INTO staged_mark (sha, reachable) VALUES (?1, ?2)", SH_TEXT(sha),
                   SH_INT(is_reachable));
}

/* Only what differs is written. */
#define REPLACE_REFS(table)                                                                    \
    {                                                                                          \
        "DELETE FROM " table " WHERE connection = ?1 AND repository_id = ?2 AND name IN"       \
        " (SELECT name FROM (SELECT * FROM " table " WHERE connection = ?1"                    \
        " AND repository_id = ?2 EXCEPT SELECT * FROM staged_git_ref) AS changed)",            \
            "INSERT INTO " table " SELECT * FROM staged_git_ref WHERE true"                    \
            " ON CONFLICT DO NOTHING"                                                          \
    }

static int put_marks(const struct sh_scope *scope, bool is_reachable, struct sp_error *err)
{
    return SH_RUN(scope->store, err,
                  "UPDATE git_commit SET reachable = ?3"
                  " WHERE connection = ?1 AND repository_id = ?2 AND reachable <> ?3"
                  " AND sha IN (SELECT sha FROM staged_mark WHERE reachable = ?3)",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                  SH_INT(is_reachable));
}

int sh_history_refs_put(const struct sh_scope *scope, enum sh_refs which, struct sp_error *err)
{
    static const struct {
        const char *remove, *add;
    } tables[] = {
        [SH_BRANCHES_AND_TAGS] = REPLACE_REFS("git_ref"),
        [SH_PULL_REQUEST_HEADS] = REPLACE_REFS("pull_request_ref"),
    };
    int rc = sh_store_whole(scope->store, err);

    if (!rc)
        rc = SH_RUN(scope->store, err, tables[which].remove, SH_TEXT(scope->connection),
                    SH_INT(scope->repository_id));
    if (!rc)
        rc = sh_store_run(scope->store, err, NULL, NULL, tables[which].add, NULL, 0);
    if (rc || which != SH_BRANCHES_AND_TAGS)
        return rc;
    rc = put_marks(scope, true, err);
    return rc ? rc : put_marks(scope, false, err);
}
