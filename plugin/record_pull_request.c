/* record_pull_request.c - pull requests, their revisions and commits */
#include "error.h"
#include "record.h"

#include "buffer.h"
#include "version.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Raised when records are made otherwise than before, so that hosts read all anew. */
#define REVISION_FORMAT "1"

static uint32_t state_of(const char *state)
{
    if (!state)
        return 0;
    return strcmp(state, "OPEN") == 0       ? SP_OPEN
           : strcmp(state, "MERGED") == 0   ? SP_MERGED
           : strcmp(state, "DECLINED") == 0 ? SP_DECLINED
                                            : 0;
}

/* `status` since 4.2 (documented), before it only `approved`. */
static uint32_t review_state_of(const struct bb_node *participant)
{
    const char *status = bb_json_string(participant, "status");

    if (!status)
        return bb_json_bool(participant, "approved") ? SP_REVIEW_APPROVED : SP_REVIEW_NONE;
    return strcmp(status, "APPROVED") == 0     ? SP_REVIEW_APPROVED
           : strcmp(status, "NEEDS_WORK") == 0 ? SP_REVIEW_NEEDS_WORK
                                               : SP_REVIEW_NONE;
}

static const struct sp_reviewer *reviewer_of(const struct bb_node *participant,
                                             struct bb_arena *arena)
{
    struct bb_node user = bb_json_object(participant, "user");
    struct sp_reviewer *reviewer = bb_arena_take(arena, sizeof *reviewer);

    if (!reviewer) {
        bb_record_no_memory(participant);
        return NULL;
    }
    *reviewer = (struct sp_reviewer){
        .size = sizeof *reviewer,
        .person = bb_record_person(&user, arena),
        .last_reviewed_commit = bb_json_string(participant, "lastReviewedCommit"),
        .state = review_state_of(participant),
    };
    return reviewer;
}

static void read_reviewers(const struct bb_node *node, struct bb_arena *arena,
                           struct sp_pull_request *record)
{
    struct bb_node array = bb_json_array(node, "reviewers");
    size_t n = bb_json_length(&array);
    const struct sp_reviewer **list = bb_arena_take(arena, (n + 1) * sizeof *list);

    if (!list) {
        bb_record_no_memory(node);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct bb_node participant = bb_json_at(&array, i);

        list[i] = reviewer_of(&participant, arena);
    }
    record->reviewers = list;
    record->n_reviewers = node->doc->rc ? 0 : n;
}

static void read_ends(const struct bb_node *node, struct sp_pull_request *record,
                      int64_t *ret_target_id)
{
    struct bb_node from = bb_json_object(node, "fromRef");
    struct bb_node to = bb_json_object(node, "toRef");
    /* Absent when the fork is gone or hidden. */
    struct bb_node from_repository = bb_json_object(&from, "repository");
    struct bb_node to_repository = bb_json_object(&to, "repository");

    record->from_ref = bb_json_string(&from, "id");
    record->from_commit = bb_json_string(&from, "latestCommit");
    record->from_repository_id = bb_json_int(&from_repository, "id", 0);
    record->to_ref = bb_json_string(&to, "id");
    record->to_commit = bb_json_string(&to, "latestCommit");
    *ret_target_id = bb_json_int(&to_repository, "id", 0);
}

void bb_record_pull_request(const struct bb_node *node, struct bb_arena *arena,
                            struct sp_pull_request *record, int64_t *ret_target_id)
{
    int64_t number = bb_json_int(node, "id", 0); /* first: it is told of a faulty one too */
    struct bb_node author = bb_json_object(node, "author");
    struct bb_node author_user = bb_json_object(&author, "user");
    struct bb_node properties = bb_json_object(node, "properties");
    struct bb_node merge_commit = bb_json_object(&properties, "mergeCommit");

    *record = (struct sp_pull_request){
        .size = sizeof *record,
        .number = number,
        .title = bb_json_string(node, "title"),
        .description = bb_json_string(node, "description"),
        .author = bb_record_person(&author_user, arena),
        .created_ms = bb_json_date(node, "createdDate"),
        .updated_ms = bb_json_date(node, "updatedDate"),
        .closed_ms = bb_json_date(node, "closedDate"),
        .merge_commit = bb_json_string(&merge_commit, "id"),
        .comment_count = bb_json_int(&properties, "commentCount", -1),
        .open_task_count = bb_json_int(&properties, "openTaskCount", -1),
        .resolved_task_count = bb_json_int(&properties, "resolvedTaskCount", -1),
        .state = state_of(bb_json_string(node, "state")),
        .flags = bb_json_bool(node, bb_fact(BB_DRAFTS)->name) ? SP_PULL_REQUEST_DRAFT : 0,
    };
    if (record->number <= 0)
        bb_json_wrong(node, "id", "is missing");
    read_ends(node, record, ret_target_id);
    read_reviewers(node, arena, record);
}

static int add(struct bb_buffer *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int add(struct bb_buffer *text, const char *format, ...)
{
    char piece[128];
    va_list args;

    va_start(args, format);
    vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    return bb_buffer_add(text, piece, strlen(piece));
}

/* Of an id so many bytes at most, and no part of a character where it is none. */
static int add_beginning(struct bb_buffer *text, const char *id, size_t most)
{
    size_t length = 0;

    while (id && length < most && id[length] && isascii((unsigned char)id[length]))
        length++;
    return bb_buffer_add(text, id ? id : "", length);
}

/* Comments, replies, approvals and tasks move neither version nor updatedDate (observed),
 * so what the listing tells of them is in here too. */
static int write_revision(struct bb_buffer *text, const struct bb_node *node,
                          const struct sp_pull_request *record)
{
    struct bb_node participants = bb_json_array(node, "participants");
    int rc = add(text,
                 REVISION_FORMAT " v%" PRId64 " u%" PRId64 " s%u d%u c%" PRId64 " t%" PRId64
                                 "/%" PRId64 " p%zu",
                 bb_json_int(node, "version", -1), record->updated_ms, record->state,
                 record->flags, record->comment_count, record->open_task_count,
                 record->resolved_task_count, bb_json_length(&participants));

    if (!rc)
        rc = add(text, " ");
    if (!rc)
        rc = add_beginning(text, record->to_commit, 12);
    if (!rc)
        rc = add(text, "..");
    if (!rc)
        rc = add_beginning(text, record->from_commit, 12);
    if (!rc)
        rc = add(text, " f%" PRId64, record->from_repository_id);
    for (size_t i = 0; !rc && i < record->n_reviewers; i++) {
        const struct sp_reviewer *reviewer = record->reviewers[i];

        rc = add(text, " %" PRId64 "%c", reviewer->person ? reviewer->person->id : 0,
                 "-AN"[reviewer->state]);
        if (!rc)
            rc = add_beginning(text, reviewer->last_reviewed_commit, 8);
    }
    return rc;
}

const char *bb_record_revision(const struct bb_node *node, const struct sp_pull_request *record,
                               struct bb_arena *arena)
{
    struct bb_buffer text;
    char *revision = NULL;
    int rc;

    bb_buffer_init(&text, SP_REVISION_MAX - 1);
    rc = write_revision(&text, node, record);
    if (!rc)
        revision = bb_arena_take(arena, text.length + 1);
    if (revision)
        memcpy(revision, text.data, text.length + 1);
    else if (rc != SP_ERR_PROTOCOL) /* one that is too long is none */
        bb_record_no_memory(node);
    bb_buffer_clear(&text);
    return revision;
}

static void read_parents(const struct bb_node *node, struct bb_arena *arena,
                         struct sp_commit *record)
{
    struct bb_node array = bb_json_array(node, "parents");
    size_t n = bb_json_length(&array);
    const char **list = bb_arena_take(arena, (n + 1) * sizeof *list);

    if (!list) {
        bb_record_no_memory(node);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct bb_node parent = bb_json_at(&array, i);

        list[i] = bb_json_string(&parent, "id");
        if (!list[i])
            bb_json_wrong(&parent, "id", "is missing");
    }
    record->parents = list;
    record->n_parents = n;
}

void bb_record_commit(const struct bb_node *node, struct bb_arena *arena,
                      struct sp_commit *record)
{
    struct bb_node author = bb_json_object(node, "author");
    struct bb_node committer = bb_json_object(node, "committer");

    *record = (struct sp_commit){
        .size = sizeof *record,
        .sha = bb_json_string(node, "id"),
        .author_name = bb_json_string(&author, "name"),
        .author_email = bb_json_string(&author, "emailAddress"),
        .authored_ms = bb_json_date(node, "authorTimestamp"),
        .committer_name = bb_json_string(&committer, "name"),
        .committer_email = bb_json_string(&committer, "emailAddress"),
        .committed_ms = bb_json_date(node, "committerTimestamp"),
        .message = bb_json_string(node, "message"),
    };
    if (!record->sha)
        bb_json_wrong(node, "id", "is missing");
    read_parents(node, arena, record);
}
