/* review.c - see review.h */
#include "store/review.h"

#include "store/person.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct known {
    char *revision;
    size_t size;
    int64_t read_ms;
};

static int take_known(void *ctx, const struct sh_value *column, size_t n)
{
    struct known *known = ctx;

    (void)n;
    if (column[0].text)
        snprintf(known->revision, known->size, "%s", column[0].text);
    known->read_ms = column[1].number;
    return 0;
}

int sh_review_revision(const struct sh_scope *scope, int64_t number, int64_t round_ms,
                       int64_t now_ms, char *revision, size_t size, struct sp_error *err)
{
    struct known known = {revision, size, 0};
    int rc;

    revision[0] = '\0';
    rc = SH_QUERY(scope->store, err, take_known, &known,
                  "SELECT revision, read_at FROM pull_request"
                  " WHERE connection = ?1 AND repository_id = ?2 AND number = ?3",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(number));
    return rc ? rc : known.read_ms >= round_ms && known.read_ms <= now_ms;
}

int sh_review_held(const struct sh_scope *scope, int64_t after, int64_t since_ms,
                   int64_t *number, struct sp_error *err)
{
    int64_t found = 0;
    int rc = SH_QUERY(scope->store, err, sh_take_number, &found,
                      "SELECT number FROM pull_request WHERE connection = ?1"
                      " AND repository_id = ?2 AND number > ?3"
                      " AND (state = 'OPEN' OR coalesce(updated_at, 0) >= ?4)"
                      " ORDER BY number LIMIT 1",
                      SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(after),
                      SH_INT(since_ms));

    if (rc || !found)
        return rc;
    *number = found;
    return 1;
}

int sh_review_begin(const struct sh_scope *scope, struct sp_error *err)
{
    static const char *const statements[] = {
        "DELETE FROM staged_activity",
        "DELETE FROM staged_pull_request",
        "DELETE FROM staged_pull_request_reviewer",
        "DELETE FROM staged_pull_request_commit",
        "DELETE FROM staged_commit",
        "DELETE FROM staged_person",
    };
    int rc = sh_store_stage(scope->store, err);

    for (size_t i = 0; !rc && i < sizeof statements / sizeof *statements; i++)
        rc = SH_SEND(scope->store, err, statements[i]);
    return rc;
}

int sh_review_commit(const struct sh_scope *scope, int64_t number, int64_t position,
                     const char *sha, struct sp_error *err)
{
    return SH_SEND(scope->store, err,
                   "INSERT INTO staged_pull_request_commit"
                   " (connection, repository_id, pull_request_number, position, sha)"
                   " VALUES (?1, ?2, ?3, ?4, ?5)",
                   SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(number),
                   SH_INT(position), SH_TEXT(sha));
}

/* Joined by blanks; NULL for an empty list; the caller frees. */
static char *join(const char *const *list, size_t n)
{
    size_t size = 1;
    char *text, *to;

    for (size_t i = 0; i < n; i++)
        size += strlen(list[i]) + 1;
    text = to = n ? malloc(size) : NULL;
    for (size_t i = 0; text && i < n; i++)
        to += sprintf(to, "%s%s", i ? " " : "", list[i]);
    return text;
}

static char *join_people(const struct sp_person *const *list, size_t n)
{
    char *text = n ? calloc(n, 24) : NULL, *to = text;

    for (size_t i = 0; text && i < n; i++)
        if (list[i]->id)
            to += sprintf(to, "%s%" PRId64, to > text ? " " : "", list[i]->id);
    return text;
}

int sh_review_commit_facts(const struct sh_scope *scope, const struct sp_commit *commit,
                           struct sp_error *err)
{
    char *parents = join(commit->parents, commit->n_parents);
    char *subject =
        commit->message ? strndup(commit->message, strcspn(commit->message, "\r\n")) : NULL;
    int rc = SH_SEND(
        scope->store, err,
        "INSERT INTO staged_commit (connection, repository_id, sha, parents, author_name,"
        " author_email, authored_at, committer_name, committer_email, committed_at, subject,"
        " reachable, mirrored) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0)"
        " ON CONFLICT DO NOTHING",
        SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_TEXT(commit->sha),
        SH_TEXT(parents ? parents : ""), SH_TEXT(commit->author_name),
        SH_TEXT(commit->author_email), SH_SOME(commit->authored_ms),
        SH_TEXT(commit->committer_name), SH_TEXT(commit->committer_email),
        SH_SOME(commit->committed_ms), SH_TEXT(subject));

    free(parents);
    free(subject);
    return rc;
}

static int stage_people(const struct sh_scope *scope, const struct sp_person *const *list,
                        size_t n, struct sp_error *err)
{
    int rc = SP_OK;

    for (size_t i = 0; !rc && i < n; i++)
        rc = sh_person_stage(scope, list[i], err);
    return rc;
}

static int64_t id_of(const struct sp_person *person)
{
    return person ? person->id : 0;
}

/* The long lists of an activity, as the columns hold them. */
struct lists {
    char *added_commits, *removed_commits, *added_reviewers, *removed_reviewers;
};

static int stage_row(const struct sh_scope *scope, int64_t number, const struct sp_activity *a,
                     const struct lists *lists, struct sp_error *err)
{
    bool is_comment = a->comment_id || a->parent_comment_id;

    return SH_SEND(
        scope->store, err,
        "INSERT INTO staged_activity (connection, repository_id, pull_request_number, id,"
        " action, action_name, actor_id, created_at, comment_id, parent_comment_id,"
        " comment_version, updated_at, text, severity, comment_state, resolved_at, resolver_id,"
        " path, src_path, line, line_type, file_type, diff_type, orphaned, from_commit,"
        " to_commit, previous_from_commit, previous_to_commit, merge_commit, added_commits,"
        " removed_commits, added_reviewers, removed_reviewers, raw)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,"
        " ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34)",
        SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(number), SH_INT(a->id),
        SH_TEXT(sp_action_name(a->action)),
        SH_TEXT(a->action == SP_ACTION_OTHER ? a->action_name : NULL), SH_SOME(id_of(a->actor)),
        SH_SOME(a->created_ms), SH_SOME(a->comment_id), SH_SOME(a->parent_comment_id),
        is_comment ? SH_INT(a->comment_version) : SH_SOME(0), SH_SOME(a->updated_ms),
        SH_TEXT(a->text), SH_TEXT(is_comment ? sp_severity_name(a->severity) : NULL),
        SH_TEXT(sp_comment_state_name(a->comment_state)), SH_SOME(a->resolved_ms),
        SH_SOME(id_of(a->resolver)), SH_TEXT(a->path), SH_TEXT(a->src_path), SH_SOME(a->line),
        SH_TEXT(a->line_type), SH_TEXT(a->file_type), SH_TEXT(a->diff_type),
        SH_INT((a->flags & SP_ACTIVITY_ORPHANED) != 0), SH_TEXT(a->from_commit),
        SH_TEXT(a->to_commit), SH_TEXT(a->previous_from_commit), SH_TEXT(a->previous_to_commit),
        SH_TEXT(a->merge_commit), SH_TEXT(lists->added_commits),
        SH_TEXT(lists->removed_commits), SH_TEXT(lists->added_reviewers),
        SH_TEXT(lists->removed_reviewers), SH_TEXT(a->raw));
}

int sh_review_activity(const struct sh_scope *scope, int64_t number,
                       const struct sp_activity *a, struct sp_error *err)
{
    struct lists lists = {
        .added_commits = join(a->added_commits, a->n_added_commits),
        .removed_commits = join(a->removed_commits, a->n_removed_commits),
        .added_reviewers = join_people(a->added_reviewers, a->n_added_reviewers),
        .removed_reviewers = join_people(a->removed_reviewers, a->n_removed_reviewers),
    };
    int rc = stage_row(scope, number, a, &lists, err);

    free(lists.added_commits);
    free(lists.removed_commits);
    free(lists.added_reviewers);
    free(lists.removed_reviewers);
    if (!rc)
        rc = sh_person_stage(scope, a->actor, err);
    if (!rc)
        rc = sh_person_stage(scope, a->resolver, err);
    if (!rc)
        rc = stage_people(scope, a->added_reviewers, a->n_added_reviewers, err);
    return rc ? rc : stage_people(scope, a->removed_reviewers, a->n_removed_reviewers, err);
}

static int take_size(void *ctx, const struct sh_value *column, size_t n)
{
    struct sh_review_size *size = ctx;

    (void)n;
    *size = (struct sh_review_size){
        true, column[0].number, column[1].number, column[2].number, false, false};
    return 0;
}

int sh_review_keep_commits(const struct sh_scope *scope, const struct sp_pull_request *pr,
                           struct sh_review_size *size, struct sp_error *err)
{
    int rc;

    *size = (struct sh_review_size){0};
    rc = SH_QUERY(scope->store, err, take_size, size,
                  "SELECT files, insertions, deletions FROM pull_request WHERE connection = ?1"
                  " AND repository_id = ?2 AND number = ?3 AND files IS NOT NULL"
                  " AND from_commit = ?4 AND to_commit = ?5"
                  " AND coalesce(merge_commit, '') = coalesce(?6, '')",
                  SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(pr->number),
                  SH_TEXT(pr->from_commit), SH_TEXT(pr->to_commit), SH_TEXT(pr->merge_commit));
    if (rc || !size->known)
        return rc;
    return SH_SEND(scope->store, err,
                   "INSERT INTO staged_pull_request_commit SELECT * FROM pull_request_commit"
                   " WHERE connection = ?1 AND repository_id = ?2 AND pull_request_number = ?3",
                   SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                   SH_INT(pr->number));
}

static int stage_pull_request(const struct sh_scope *scope, const struct sp_pull_request *pr,
                              const struct sh_review_size *size, int64_t now_ms,
                              struct sp_error *err)
{
    struct sh_value comments = pr->comment_count < 0 ? SH_SOME(0) : SH_INT(pr->comment_count);
    struct sh_value open = pr->open_task_count < 0 ? SH_SOME(0) : SH_INT(pr->open_task_count);
    struct sh_value resolved =
        pr->resolved_task_count < 0 ? SH_SOME(0) : SH_INT(pr->resolved_task_count);

    return SH_SEND(
        scope->store, err,
        "INSERT INTO staged_pull_request (connection, repository_id, number, title,"
        " description, state, draft, author_id, created_at, updated_at, closed_at, from_ref,"
        " from_commit, from_repository_id, to_ref, to_commit, merge_commit, comment_count,"
        " open_task_count, resolved_task_count, web_url, revision, files, insertions, "
        "deletions,"
        " read_at, commits_pending) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
        " ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27)",
        SH_TEXT(scope->connection), SH_INT(scope->repository_id), SH_INT(pr->number),
        SH_TEXT(pr->title), SH_TEXT(pr->description),
        SH_TEXT(sp_pull_request_state_name(pr->state)),
        SH_INT((pr->flags & SP_PULL_REQUEST_DRAFT) != 0), SH_SOME(id_of(pr->author)),
        SH_SOME(pr->created_ms), SH_SOME(pr->updated_ms), SH_SOME(pr->closed_ms),
        SH_TEXT(pr->from_ref), SH_TEXT(pr->from_commit), SH_SOME(pr->from_repository_id),
        SH_TEXT(pr->to_ref), SH_TEXT(pr->to_commit), SH_TEXT(pr->merge_commit), comments, open,
        resolved, SH_TEXT(pr->web_url), SH_TEXT(pr->revision),
        size->known ? SH_INT(size->files) : SH_SOME(0),
        size->known ? SH_INT(size->insertions) : SH_SOME(0),
        size->known ? SH_INT(size->deletions) : SH_SOME(0), SH_INT(now_ms),
        SH_INT(size->is_pending));
}

static int stage_reviewers(const struct sh_scope *scope, const struct sp_pull_request *pr,
                           struct sp_error *err)
{
    int rc = SP_OK;

    for (size_t i = 0; !rc && i < pr->n_reviewers; i++) {
        const struct sp_reviewer *reviewer = pr->reviewers[i];

        if (!id_of(reviewer->person))
            continue;
        rc = sh_person_stage(scope, reviewer->person, err);
        if (!rc)
            rc = SH_SEND(scope->store, err,
                         "INSERT INTO staged_pull_request_reviewer (connection, repository_id,"
                         " pull_request_number, person_id, state, last_reviewed_commit)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                         SH_TEXT(scope->connection), SH_INT(scope->repository_id),
                         SH_INT(pr->number), SH_INT(reviewer->person->id),
                         SH_TEXT(sp_review_state_name((uint32_t)reviewer->state)),
                         SH_TEXT(reviewer->last_reviewed_commit));
    }
    return rc;
}

int sh_review_end(const struct sh_scope *scope, const struct sp_pull_request *pr,
                  const struct sh_review_size *size, int64_t now_ms, struct sp_error *err)
{
    int rc = sh_person_stage(scope, pr->author, err);

    if (!rc)
        rc = stage_reviewers(scope, pr, err);
    if (!rc)
        rc = stage_pull_request(scope, pr, size, now_ms, err);
    return rc ? rc : sh_review_put(scope, pr, now_ms, err);
}
