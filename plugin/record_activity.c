/* record_activity.c - activities, and the comments and tasks below them
 *
 * The feed has an entry for the root of a thread only; replies stand in
 * comment.comments[], any number of levels deep, and tasks of older servers in
 * comment.tasks[] (recorded).  Each becomes an activity of its own.
 */
#include "error.h"
#include "record.h"
#include "version.h"

#include <string.h>

/* Replies and tasks are numbered apart from activities, and tasks apart from comments:
 * below zero there is room for both. */
#define ID_LIMIT             (INT64_C(1) << 48)
#define REPLY_ID(comment_id) (-(comment_id))
#define TASK_ID(task_id)     (-ID_LIMIT - (task_id))

struct walk {
    bb_activity_fn fn;
    bb_fault_fn fault;
    void *ctx;
    struct bb_arena arena;
};

static uint32_t action_of(const char *name)
{
    static const struct {
        const char *name;
        uint32_t action;
    } actions[] = {
        {"OPENED", SP_ACTION_OPENED},
        {"UPDATED", SP_ACTION_UPDATED},
        {"RESCOPED", SP_ACTION_RESCOPED},
        {"COMMENTED", SP_ACTION_COMMENTED},
        {"APPROVED", SP_ACTION_APPROVED},
        {"UNAPPROVED", SP_ACTION_UNAPPROVED},
        {"REVIEWED", SP_ACTION_REVIEWED},
        {"REVIEW_COMMENTED", SP_ACTION_REVIEW_COMMENTED},
        {"REVIEW_DISCARDED", SP_ACTION_REVIEW_DISCARDED},
        {"REVIEW_FINISHED", SP_ACTION_REVIEW_FINISHED},
        {"MERGED", SP_ACTION_MERGED},
        {"DECLINED", SP_ACTION_DECLINED},
        {"REOPENED", SP_ACTION_REOPENED},
        {"DELETED", SP_ACTION_DELETED},
        {"AUTO_MERGE_REQUESTED", SP_ACTION_AUTO_MERGE_REQUESTED},
        {"AUTO_MERGE_CANCELLED", SP_ACTION_AUTO_MERGE_CANCELLED},
    };

    for (size_t i = 0; name && i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i].name, name) == 0)
            return actions[i].action;
    return SP_ACTION_OTHER;
}

static uint32_t comment_state_of(const char *state)
{
    if (!state)
        return SP_COMMENT_STATE_UNKNOWN;
    return strcmp(state, "OPEN") == 0       ? SP_COMMENT_OPEN
           : strcmp(state, "PENDING") == 0  ? SP_COMMENT_PENDING
           : strcmp(state, "RESOLVED") == 0 ? SP_COMMENT_RESOLVED
                                            : SP_COMMENT_STATE_UNKNOWN;
}

/* What is no text would be made into some. */
static const char *component(struct json_object *components, size_t i)
{
    struct json_object *value = json_object_array_get_idx(components, i);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

/* A path is a string in every recorded anchor, and in newer documents an object. */
static const char *path_of(const struct bb_node *anchor, const char *key,
                           struct bb_arena *arena)
{
    struct bb_node object;
    struct json_object *components;
    size_t n, size = 1;
    char *path, *end;

    if (!bb_json_is_object(anchor, key))
        return bb_json_string(anchor, key);
    object = bb_json_object(anchor, key);
    if (!json_object_object_get_ex(object.value, bb_fact(BB_PATH_OBJECTS)->name, &components) ||
        !json_object_is_type(components, json_type_array))
        return bb_json_string(&object, "toString");
    n = json_object_array_length(components);
    for (size_t i = 0; i < n; i++)
        size += strlen(component(components, i)) + 1;
    path = end = bb_arena_take(arena, size);
    if (!path)
        bb_record_no_memory(anchor);
    for (size_t i = 0; path && i < n; i++) {
        end = stpcpy(end, i > 0 ? "/" : "");
        end = stpcpy(end, component(components, i));
    }
    return path;
}

static void read_anchor(const struct bb_node *anchor, struct bb_arena *arena,
                        struct sp_activity *record)
{
    if (!anchor->value)
        return;
    record->path = path_of(anchor, "path", arena);
    record->src_path = path_of(anchor, "srcPath", arena);
    record->line = bb_json_int(anchor, "line", 0);
    record->line_type = bb_json_string(anchor, "lineType");
    record->file_type = bb_json_string(anchor, "fileType");
    record->diff_type = bb_json_string(anchor, "diffType");
    record->from_commit = bb_json_string(anchor, "fromHash");
    record->to_commit = bb_json_string(anchor, "toHash");
    if (bb_json_bool(anchor, "orphaned"))
        record->flags |= SP_ACTIVITY_ORPHANED;
}

/* The id of a comment or task; 0 after a fault was noted. */
static int64_t numbered(const struct bb_node *node)
{
    int64_t id = bb_json_int(node, "id", 0);

    if (id > 0 && id < ID_LIMIT)
        return id;
    bb_json_wrong(node, "id", id ? "is out of range" : "is missing");
    return 0;
}

/* A task is resolved itself, of other comments the thread is. */
static void read_resolution(const struct bb_node *comment, struct bb_arena *arena,
                            struct sp_activity *record)
{
    struct bb_node resolver = bb_json_object(comment, "resolver");

    record->resolved_ms = bb_json_date(comment, "resolvedDate");
    if (!resolver.value)
        resolver = bb_json_object(comment, "threadResolver");
    if (!record->resolved_ms)
        record->resolved_ms = bb_json_date(comment, bb_fact(BB_THREADS)->name);
    record->resolver = bb_record_person(&resolver, arena);
}

static void read_comment(const struct bb_node *comment, struct bb_arena *arena,
                         struct sp_activity *record)
{
    const char *severity = bb_json_string(comment, bb_fact(BB_BLOCKERS)->name);

    record->comment_id = numbered(comment);
    record->comment_version = bb_json_int(comment, "version", 0);
    record->text = bb_json_string(comment, "text");
    record->updated_ms = bb_json_date(comment, "updatedDate");
    read_resolution(comment, arena, record);
    record->severity =
        severity && strcmp(severity, "BLOCKER") == 0 ? SP_SEVERITY_BLOCKER : SP_SEVERITY_NORMAL;
    record->comment_state = comment_state_of(bb_json_string(comment, "state"));
}

/* A fault costs the record that it was found in.  The document forgets it, for the sake of
 * those that follow. */
static int pass_fault(const struct walk *walk, struct bb_doc *doc)
{
    int rc = doc->rc;

    if (rc && walk->fault) {
        rc = walk->fault(walk->ctx, rc);
        doc->rc = rc;
    }
    return rc;
}

static int send(struct walk *walk, const struct bb_node *node, const struct sp_activity *record)
{
    return node->doc->rc ? pass_fault(walk, node->doc) : walk->fn(walk->ctx, record);
}

static int send_task(struct walk *walk, const struct bb_node *task, int64_t comment_id)
{
    struct bb_node author = bb_json_object(task, "author");
    struct sp_activity record = {
        .size = sizeof record,
        .id = TASK_ID(numbered(task)),
        .action = SP_ACTION_COMMENTED,
        .action_name = "COMMENTED",
        .actor = bb_record_person(&author, &walk->arena),
        .created_ms = bb_json_date(task, "createdDate"),
        .parent_comment_id = comment_id,
        .text = bb_json_string(task, "text"),
        .severity = SP_SEVERITY_BLOCKER,
        .comment_state = comment_state_of(bb_json_string(task, "state")),
    };

    return send(walk, task, &record);
}

static int send_below(struct walk *walk, const struct bb_node *comment, int64_t id);

static int send_reply(struct walk *walk, const struct bb_node *comment, int64_t parent_id)
{
    int64_t id = bb_json_int(comment, "id", 0); /* first: it is told of a faulty one too */
    struct bb_node author = bb_json_object(comment, "author");
    struct sp_activity record = {
        .size = sizeof record,
        .action = SP_ACTION_COMMENTED,
        .action_name = "COMMENTED",
        .actor = bb_record_person(&author, &walk->arena),
        .created_ms = bb_json_date(comment, "createdDate"),
        .parent_comment_id = parent_id,
    };
    int rc;

    read_comment(comment, &walk->arena, &record);
    record.id = REPLY_ID(record.comment_id);
    rc = send(walk, comment, &record);
    return rc ? rc : send_below(walk, comment, id);
}

/* The replies and tasks below the comment of that id.  Goes as deep as the text was allowed
 * to nest.  Without an id nothing below could tell where it belongs. */
static int send_below(struct walk *walk, const struct bb_node *comment, int64_t id)
{
    struct bb_node replies, tasks;
    int rc;

    if (!id)
        return SP_OK;
    replies = bb_json_array(comment, "comments");
    rc = pass_fault(walk, comment->doc);
    tasks = bb_json_array(comment, bb_fact(BB_COMMENT_TASKS)->name);
    if (!rc)
        rc = pass_fault(walk, comment->doc);
    for (size_t i = 0; !rc && i < bb_json_length(&replies); i++) {
        struct bb_node reply = bb_json_at(&replies, i);

        rc = send_reply(walk, &reply, id);
    }
    for (size_t i = 0; !rc && i < bb_json_length(&tasks); i++) {
        struct bb_node task = bb_json_at(&tasks, i);

        rc = send_task(walk, &task, id);
    }
    return rc;
}

/* Ids of an array of commits, in {"commits":[{"id":..}],"total":..}. */
static const char *const *commit_ids(const struct bb_node *node, const char *key,
                                     struct bb_arena *arena, size_t *ret_n, int64_t *ret_total)
{
    struct bb_node change = bb_json_object(node, key);
    struct bb_node array = bb_json_array(&change, "commits");
    size_t n = bb_json_length(&array);
    const char **list = bb_arena_take(arena, (n + 1) * sizeof *list);

    *ret_n = 0;
    if (!list) {
        bb_record_no_memory(node);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        struct bb_node commit = bb_json_at(&array, i);
        const char *id = bb_json_string(&commit, "id");

        if (id)
            list[(*ret_n)++] = id;
    }
    *ret_total = bb_json_int(&change, "total", (int64_t)*ret_n);
    return list;
}

static const struct sp_person *const *people(const struct bb_node *node, const char *key,
                                             struct bb_arena *arena, size_t *ret_n)
{
    struct bb_node array = bb_json_array(node, key);
    size_t n = bb_json_length(&array);
    const struct sp_person **list = bb_arena_take(arena, (n + 1) * sizeof *list);

    *ret_n = 0;
    if (!list) {
        bb_record_no_memory(node);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        struct bb_node user = bb_json_at(&array, i);
        const struct sp_person *person = bb_record_person(&user, arena);

        if (person)
            list[(*ret_n)++] = person;
    }
    return list;
}

/* The members that only some actions have; absent ones read as nothing.  Not asked of an
 * action that is unknown: what it means by these names is unknown as well. */
static void read_payload(const struct bb_node *node, struct bb_arena *arena,
                         struct sp_activity *record)
{
    struct bb_node merge_commit = bb_json_object(node, "commit");
    struct bb_node anchor = bb_json_object(node, "commentAnchor");

    record->merge_commit = bb_json_string(&merge_commit, "id");
    record->added_reviewers = people(node, "addedReviewers", arena, &record->n_added_reviewers);
    record->removed_reviewers =
        people(node, "removedReviewers", arena, &record->n_removed_reviewers);
    record->from_commit = bb_json_string(node, "fromHash");
    record->to_commit = bb_json_string(node, "toHash");
    record->previous_from_commit = bb_json_string(node, "previousFromHash");
    record->previous_to_commit = bb_json_string(node, "previousToHash");
    record->added_commits =
        commit_ids(node, "added", arena, &record->n_added_commits, &record->added_commit_total);
    record->removed_commits = commit_ids(node, "removed", arena, &record->n_removed_commits,
                                         &record->removed_commit_total);
    read_anchor(&anchor, arena, record);
}

/* An unknown action may mean something else by "comment" than a comment. */
static struct bb_node comment_of(const struct bb_node *node, uint32_t action)
{
    struct bb_node none = {.doc = node->doc, .parent = node, .key = "comment"};
    struct json_object *comment, *id;

    if (action == SP_ACTION_OTHER &&
        (!json_object_object_get_ex(node->value, "comment", &comment) ||
         !json_object_object_get_ex(comment, "id", &id) ||
         !json_object_is_type(id, json_type_int)))
        return none;
    return bb_json_object(node, "comment");
}

static int send_activity(struct walk *walk, const struct bb_node *node)
{
    const char *action = bb_json_string(node, "action");
    struct bb_node comment = comment_of(node, action_of(action));
    int64_t comment_id = bb_json_int(&comment, "id", 0);
    struct bb_node user = bb_json_object(node, "user");
    struct sp_activity record = {
        .size = sizeof record,
        .id = bb_json_int(node, "id", 0),
        .action = action_of(action),
        .action_name = action,
        .actor = bb_record_person(&user, &walk->arena),
        .created_ms = bb_json_date(node, "createdDate"),
    };
    int rc;

    if (record.id <= 0)
        bb_json_wrong(node, "id", "is missing");
    if (record.action != SP_ACTION_OTHER)
        read_payload(node, &walk->arena, &record);
    if (comment.value)
        read_comment(&comment, &walk->arena, &record);
    if (record.action == SP_ACTION_OTHER && node->value &&
        !(record.raw = bb_json_line(node->value)))
        bb_record_no_memory(node);
    rc = send(walk, node, &record);
    return rc || !comment.value ? rc : send_below(walk, &comment, comment_id);
}

int bb_record_activities(const struct bb_node *node, bb_activity_fn fn, bb_fault_fn fault,
                         void *ctx)
{
    struct walk walk = {.fn = fn, .fault = fault, .ctx = ctx};
    int rc = send_activity(&walk, node);

    bb_arena_clear(&walk.arena);
    return rc;
}
