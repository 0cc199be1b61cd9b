/* export.c - see export.h */
#include "store/export.h"

#include "signals.h"
#include "store/key.h"

#include <string.h>

/* Rows with text are read some at a time; those of a view that counts are few and short, and
 * each time it counts anew. */
#define SOME        500
#define MANY        100000
#define STRING(n)   #n
#define LIMIT(n)    " LIMIT " STRING(n)
#define SINCE(time) " WHERE coalesce(" time ", 0) >= ?1"

#define ROWS(name, summary, n_key, key, beyond, columns, time, since, limit)                   \
    {                                                                                          \
        name, summary, key ", " columns, n_key, since,                                         \
            "SELECT " key ", " columns " FROM " name SINCE(time) " ORDER BY " key LIMIT(       \
                limit),                                                                        \
            "SELECT " key ", " columns " FROM " name SINCE(time) " AND (" key ") > (" beyond   \
                                                                 ") ORDER BY " key             \
                                                                 LIMIT(limit),                 \
            limit                                                                              \
    }
#define TIMELESS(name, summary, n_key, key, beyond, columns)                                   \
    ROWS(name, summary, n_key, key, beyond, columns, "0", NULL, SOME)
#define TIMED(name, summary, n_key, key, beyond, columns, time)                                \
    ROWS(name, summary, n_key, key, beyond, columns, time, time, SOME)
#define COUNTED(name, summary, n_key, key, beyond, columns, time)                              \
    ROWS(name, summary, n_key, key, beyond, columns, time, time, MANY)

#define BY_REPOSITORY   "connection, repository_id, "
#define BY_PULL_REQUEST BY_REPOSITORY "pull_request_number, "

static const struct sh_export exports[] = {
    TIMELESS("organization", "projects, and people's own spaces", 2, "connection, id", "?2, ?3",
             "key, name, description, personal, public, listed"),
    TIMELESS("repository", "repositories, imported or not", 2, "connection, id", "?2, ?3",
             "organization_id, path, slug, name, description, default_branch, origin_id,"
             " archived, fork, public, state, state_since, offline, web_url, listed,"
             " unlisted_since, imported, imported_at, imported_by, removed_at, excluded_by,"
             " empty_at"),
    TIMED("repository_alias", "paths that repositories had before", 3, BY_REPOSITORY "path",
          "?2, ?3, ?4", "until_at", "until_at"),
    TIMELESS("person", "accounts that are named in reviews", 2, "connection, id", "?2, ?3",
             "name, slug, display_name, email, active, service"),
    TIMELESS("git_ref", "branches and tags", 3, BY_REPOSITORY "name", "?2, ?3, ?4", "sha"),
    TIMED("git_commit", "commits, with their size", 3, BY_REPOSITORY "sha", "?2, ?3, ?4",
          "parents, author_name, author_email, authored_at, author_tz, committer_name,"
          " committer_email, committed_at, subject, files, insertions, deletions, reachable",
          "committed_at"),
    TIMED("pull_request", "pull requests", 3, BY_REPOSITORY "number", "?2, ?3, ?4",
          "title, description, state, draft, author_id, created_at, updated_at, closed_at,"
          " from_ref, from_commit, from_repository_id, to_ref, to_commit, merge_commit,"
          " comment_count, open_task_count, resolved_task_count, web_url, files, insertions,"
          " deletions, read_at",
          "updated_at"),
    TIMELESS("pull_request_reviewer", "who is to review, and what they say", 4,
             BY_PULL_REQUEST "person_id", "?2, ?3, ?4, ?5", "state, last_reviewed_commit"),
    TIMELESS("pull_request_commit", "commits of pull requests, the newest first", 4,
             BY_PULL_REQUEST "position", "?2, ?3, ?4, ?5", "sha"),
    TIMED("activity", "what happened in pull requests, comments too", 4, BY_PULL_REQUEST "id",
          "?2, ?3, ?4, ?5",
          "action, action_name, actor_id, created_at, comment_id, parent_comment_id,"
          " comment_version, updated_at, text, severity, comment_state, resolved_at,"
          " resolver_id, path, src_path, line, line_type, file_type, diff_type, orphaned,"
          " from_commit, to_commit, previous_from_commit, previous_to_commit, merge_commit,"
          " added_commits, removed_commits, added_reviewers, removed_reviewers, raw",
          "created_at"),
    TIMED("sync_run", "what was done and when", 3, BY_REPOSITORY "started_at", "?2, ?3, ?4",
          "finished_at, result, message, commits, pull_requests, activities, requests, first",
          "started_at"),
    TIMED("pull_request_cycle", "how long pull requests take, and where", 3,
          BY_REPOSITORY "number", "?2, ?3, ?4",
          "repository, state, author_id, first_commit_at, created_at, first_review_at,"
          " approved_at, closed_at, reviews, reviewers, coding_ms, to_first_review_ms,"
          " to_approval_ms, open_ms",
          "created_at"),
    COUNTED("review_load", "who reviews how much, by week", 3, "connection, week_at, person_id",
            "?2, ?3, ?4", "reviews, pull_requests, approvals, comments", "week_at"),
    COUNTED("commits_per_week", "who commits how much, by week", 4,
            BY_REPOSITORY "week_at, author_email", "?2, ?3, ?4, ?5",
            "repository, commits, merges, files, insertions, deletions", "week_at"),
    TIMED("unreviewed_merge", "pull requests that were merged without a review", 3,
          BY_REPOSITORY "number", "?2, ?3, ?4",
          "repository, title, author_id, merged_at, merged_by_id, files, insertions, deletions",
          "merged_at"),
};

const struct sh_export *sh_export_at(size_t i)
{
    return i < sizeof exports / sizeof *exports ? &exports[i] : NULL;
}

struct reading {
    const struct sh_export *export;
    sh_row_fn fn;
    void *ctx;
    size_t n;                         /* rows of this time */
    struct sh_value key[SH_KEY_MAX];  /* beyond which this time reads; text is owned */
    struct sh_value last[SH_KEY_MAX]; /* the same for the next time */
    struct sp_error *err;
};

static int on_row(void *ctx, const struct sh_value *column, size_t n)
{
    struct reading *reading = ctx;
    int rc = reading->fn(reading->ctx, column, n);

    if (rc || ++reading->n < reading->export->at_once)
        return rc;
    for (size_t i = 0; !rc && i < reading->export->n_key; i++)
        rc = sh_key_keep(&reading->last[i], &column[i], reading->err);
    return rc;
}

static int read_all(struct sh_store *store, struct reading *reading, int64_t since_ms)
{
    const struct sh_export *export = reading->export;
    struct sh_value parameters[1 + SH_KEY_MAX] = {SH_INT(since_ms ? since_ms : INT64_MIN)};
    int rc = sh_store_run(store, reading->err, on_row, reading, export->first, parameters, 1);

    while (!rc && reading->n == export->at_once) {
        reading->n = 0;
        sh_key_move(reading->key, reading->last);
        memcpy(parameters + 1, reading->key, export->n_key * sizeof *parameters);
        rc = sh_stopping() ? sp_error_set(reading->err, SP_ERR_CANCELLED, "stopped")
                           : sh_store_run(store, reading->err, on_row, reading, export->next,
                                          parameters, 1 + export->n_key);
    }
    sh_key_forget(reading->key);
    sh_key_forget(reading->last);
    return rc;
}

int sh_export_read(struct sh_store *store, const struct sh_export *export, int64_t since_ms,
                   sh_row_fn fn, void *ctx, struct sp_error *err)
{
    struct reading reading = {.export = export, .fn = fn, .ctx = ctx, .err = err};
    int rc = store->engine->script(store, store->engine->begin_reading, err);

    return rc ? rc : sh_store_end(store, read_all(store, &reading, since_ms), err);
}
