/* record_text.c - see record_text.h */
#include "record_text.h"

#include <inttypes.h>
#include <string.h>

enum { LONG = 24, CUT = 16 };

static void put_cut(FILE *to, const char *text)
{
    size_t length = strlen(text), end = length;

    if (length > LONG)
        for (end = CUT; end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80;)
            end--;
    for (size_t i = 0; i < end; i++)
        if (text[i] == '\n' || text[i] == '\r')
            fputs(text[i] == '\n' ? "\\n" : "\\r", to);
        else
            fputc(text[i], to);
    if (end < length)
        fprintf(to, "~%zu", length);
}

static void put_text(FILE *to, const char *name, const char *text)
{
    if (!text)
        return;
    fprintf(to, " %s=\"", name);
    put_cut(to, text);
    fputc('"', to);
}

static void put_number(FILE *to, const char *name, int64_t number)
{
    if (number)
        fprintf(to, " %s=%" PRId64, name, number);
}

static void put_count(FILE *to, const char *name, int64_t count)
{
    if (count >= 0)
        fprintf(to, " %s=%" PRId64, name, count);
}

static void put_word(FILE *to, const char *name, const char *const *words, uint64_t number)
{
    if (number)
        fprintf(to, " %s=%s", name, words[number]);
}

static void put_flag(FILE *to, const char *word, bool is_set)
{
    if (is_set)
        fprintf(to, " %s", word);
}

static void put_ids(FILE *to, const char *name, const char *const *ids, size_t n, int64_t total)
{
    if (!n && !total)
        return;
    fprintf(to, " %s=", name);
    for (size_t i = 0; i < n; i++) {
        fputs(i > 0 ? "," : "", to);
        put_cut(to, ids[i]);
    }
    if (total != (int64_t)n)
        fprintf(to, " of %" PRId64, total);
}

static void put_people(FILE *to, const char *name, const struct sp_person *const *people,
                       size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_number(to, name, people[i]->id);
}

static const char *const visibilities[] = {
    [SP_PUBLIC] = "public",
    [SP_PRIVATE] = "private",
};
static const char *const states[] = {
    [SP_OPEN] = "OPEN",
    [SP_MERGED] = "MERGED",
    [SP_DECLINED] = "DECLINED",
};
static const char *const review_states[] = {
    [SP_REVIEW_APPROVED] = "APPROVED",
    [SP_REVIEW_NEEDS_WORK] = "NEEDS_WORK",
};
static const char *const severities[] = {
    [SP_SEVERITY_BLOCKER] = "BLOCKER",
};
static const char *const comment_states[] = {
    [SP_COMMENT_OPEN] = "OPEN",
    [SP_COMMENT_PENDING] = "PENDING",
    [SP_COMMENT_RESOLVED] = "RESOLVED",
};

void record_text_person(struct record_text *text, const struct sp_person *person)
{
    if (!person || (person->id && bb_idset_add(&text->people, person->id) == 0))
        return;
    fputs("person", text->to);
    put_number(text->to, "id", person->id);
    put_text(text->to, "name", person->name);
    put_text(text->to, "slug", person->slug);
    put_text(text->to, "display_name", person->display_name);
    put_text(text->to, "email", person->email);
    put_flag(text->to, "inactive", person->flags & SP_PERSON_INACTIVE);
    put_flag(text->to, "service", person->flags & SP_PERSON_SERVICE);
    fputc('\n', text->to);
}

void record_text_organization(struct record_text *text, const struct sp_organization *record)
{
    fputs("organization", text->to);
    put_number(text->to, "id", record->id);
    put_text(text->to, "key", record->key);
    put_text(text->to, "name", record->name);
    put_text(text->to, "description", record->description);
    put_word(text->to, "visibility", visibilities, record->visibility);
    put_flag(text->to, "personal", record->flags & SP_ORGANIZATION_PERSONAL);
    fputc('\n', text->to);
}

void record_text_repository(struct record_text *text, const struct sp_repository *record,
                            const char *base)
{
    size_t length = strlen(base);

    fputs("repository", text->to);
    put_number(text->to, "id", record->id);
    put_number(text->to, "organization_id", record->organization_id);
    put_number(text->to, "origin_id", record->origin_id);
    put_text(text->to, "path", record->path);
    put_text(text->to, "slug", record->slug);
    put_text(text->to, "name", record->name);
    put_text(text->to, "description", record->description);
    put_text(text->to, "default_branch", record->default_branch);
    put_text(text->to, "state", record->state);
    if (record->web_url && strncmp(record->web_url, base, length) == 0)
        fprintf(text->to, " web=%s", record->web_url + length);
    put_word(text->to, "visibility", visibilities, record->visibility);
    put_flag(text->to, "archived", record->flags & SP_REPOSITORY_ARCHIVED);
    put_flag(text->to, "fork", record->flags & SP_REPOSITORY_FORK);
    put_flag(text->to, "offline", record->flags & SP_REPOSITORY_OFFLINE);
    fputc('\n', text->to);
}

static void put_reviewer(struct record_text *text, const struct sp_reviewer *reviewer)
{
    fputs("reviewer", text->to);
    put_number(text->to, "person", reviewer->person->id);
    put_word(text->to, "state", review_states, reviewer->state);
    put_text(text->to, "last_reviewed_commit", reviewer->last_reviewed_commit);
    fputc('\n', text->to);
}

void record_text_pull_request(struct record_text *text, const struct sp_pull_request *record,
                              int64_t target_id)
{
    FILE *to = text->to;

    record_text_person(text, record->author);
    for (size_t i = 0; i < record->n_reviewers; i++)
        record_text_person(text, record->reviewers[i]->person);
    fputs("pull_request", to);
    put_number(to, "number", record->number);
    put_text(to, "title", record->title);
    put_text(to, "description", record->description);
    put_number(to, "author", record->author ? record->author->id : 0);
    put_number(to, "created", record->created_ms);
    put_number(to, "updated", record->updated_ms);
    put_number(to, "closed", record->closed_ms);
    put_text(to, "from_ref", record->from_ref);
    put_text(to, "from_commit", record->from_commit);
    put_number(to, "from_repository", record->from_repository_id);
    put_text(to, "to_ref", record->to_ref);
    put_text(to, "to_commit", record->to_commit);
    put_number(to, "to_repository", target_id);
    put_text(to, "merge_commit", record->merge_commit);
    put_count(to, "comments", record->comment_count);
    put_count(to, "open_tasks", record->open_task_count);
    put_count(to, "resolved_tasks", record->resolved_task_count);
    put_word(to, "state", states, record->state);
    put_flag(to, "draft", record->flags & SP_PULL_REQUEST_DRAFT);
    fputc('\n', to);
    for (size_t i = 0; i < record->n_reviewers; i++)
        put_reviewer(text, record->reviewers[i]);
}

void record_text_commit(struct record_text *text, const struct sp_commit *record)
{
    fputs("commit", text->to);
    put_text(text->to, "sha", record->sha);
    put_text(text->to, "author_name", record->author_name);
    put_text(text->to, "author_email", record->author_email);
    put_number(text->to, "authored", record->authored_ms);
    put_text(text->to, "committer_name", record->committer_name);
    put_text(text->to, "committer_email", record->committer_email);
    put_number(text->to, "committed", record->committed_ms);
    put_text(text->to, "message", record->message);
    put_ids(text->to, "parents", record->parents, record->n_parents,
            (int64_t)record->n_parents);
    fputc('\n', text->to);
}

static void put_comment(FILE *to, const struct sp_activity *record)
{
    put_number(to, "comment", record->comment_id);
    put_number(to, "parent", record->parent_comment_id);
    put_number(to, "version", record->comment_version);
    put_number(to, "updated", record->updated_ms);
    put_text(to, "text", record->text);
    put_number(to, "resolved", record->resolved_ms);
    put_number(to, "resolver", record->resolver ? record->resolver->id : 0);
    put_word(to, "severity", severities, record->severity);
    put_word(to, "state", comment_states, record->comment_state);
    put_text(to, "path", record->path);
    put_text(to, "src_path", record->src_path);
    put_number(to, "line", record->line);
    put_text(to, "line_type", record->line_type);
    put_text(to, "file_type", record->file_type);
    put_text(to, "diff_type", record->diff_type);
    put_flag(to, "orphaned", record->flags & SP_ACTIVITY_ORPHANED);
}

void record_text_activity(struct record_text *text, const struct sp_activity *record)
{
    FILE *to = text->to;

    record_text_person(text, record->actor);
    for (size_t i = 0; i < record->n_added_reviewers; i++)
        record_text_person(text, record->added_reviewers[i]);
    for (size_t i = 0; i < record->n_removed_reviewers; i++)
        record_text_person(text, record->removed_reviewers[i]);
    fprintf(to, "activity id=%" PRId64 " action=%s", record->id, record->action_name);
    put_flag(to, "unknown", record->action == SP_ACTION_OTHER);
    put_number(to, "actor", record->actor ? record->actor->id : 0);
    put_number(to, "created", record->created_ms);
    put_comment(to, record);
    put_text(to, "from_commit", record->from_commit);
    put_text(to, "to_commit", record->to_commit);
    put_text(to, "previous_from_commit", record->previous_from_commit);
    put_text(to, "previous_to_commit", record->previous_to_commit);
    put_text(to, "merge_commit", record->merge_commit);
    put_ids(to, "added", record->added_commits, record->n_added_commits,
            record->added_commit_total);
    put_ids(to, "removed", record->removed_commits, record->n_removed_commits,
            record->removed_commit_total);
    put_people(to, "added_reviewer", record->added_reviewers, record->n_added_reviewers);
    put_people(to, "removed_reviewer", record->removed_reviewers, record->n_removed_reviewers);
    put_text(to, "raw", record->raw);
    fputc('\n', to);
}
