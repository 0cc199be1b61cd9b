/* check_recordings.c - what real servers sent goes through the plugin's own reading */
#include "answer.h"
#include "plugin_fixture.h"
#include "recording_index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a recording gave, counted. */
struct given {
    int kind;
    const struct bb_base *base;
    size_t n;            /* elements */
    size_t n_records;    /* activities are more: replies and tasks */
    int64_t first, last; /* ids of the records */
    char text[200], path[200];
    struct sp_pull_request pull_request; /* the last; without what it points to */
};

static void note(struct given *given, int64_t id, const char *text)
{
    ck_assert_int_ne(id, 0);
    ck_assert_ptr_nonnull(text);
    ck_assert_str_ne(text, "");
    if (given->n_records++ == 0)
        given->first = id;
    given->last = id;
    snprintf(given->text, sizeof given->text, "%s", text);
}

static int note_activity(void *ctx, const struct sp_activity *record)
{
    ck_assert_int_ne(record->created_ms, 0);
    ck_assert_ptr_nonnull(record->actor);
    if (record->action == SP_ACTION_COMMENTED)
        ck_assert_ptr_nonnull(record->text);
    note(ctx, record->id, record->action_name);
    return 0;
}

static void read_repository(struct given *given, const struct bb_node *node,
                            struct bb_arena *arena)
{
    struct bb_node project = bb_json_object(node, "project");
    struct sp_organization organization;
    struct sp_repository record;

    bb_record_repository(node, given->base, arena, &record);
    bb_record_organization(&project, &organization);
    if (node->doc->rc)
        return;
    note(given, record.id, record.slug);
    snprintf(given->path, sizeof given->path, "%s", record.path);
    ck_assert_int_eq(organization.id, record.organization_id);
}

static void read_pull_request(struct given *given, const struct bb_node *node,
                              struct bb_arena *arena)
{
    struct sp_pull_request record;
    const char *revision;
    int64_t target_id;

    bb_record_pull_request(node, arena, &record, &target_id);
    revision = bb_record_revision(node, &record, arena);
    if (node->doc->rc)
        return;
    ck_assert_ptr_nonnull(revision);
    ck_assert_int_gt(target_id, 0);
    ck_assert_uint_ge(record.state, SP_OPEN);
    ck_assert_int_gt(record.created_ms, INT64_C(1000000000000));
    ck_assert_int_ge(record.updated_ms, record.created_ms);
    ck_assert_ptr_nonnull(record.author);
    note(given, record.number, record.title);
    given->pull_request = record;
}

static void read_person(struct given *given, const struct bb_node *node, struct bb_arena *arena)
{
    const struct sp_person *record = bb_record_person(node, arena);

    if (!node->doc->rc)
        note(given, record->id, record->name);
}

static void read_commit(struct given *given, const struct bb_node *node, struct bb_arena *arena)
{
    struct sp_commit record;

    bb_record_commit(node, arena, &record);
    if (node->doc->rc)
        return;
    ck_assert_uint_eq(strspn(record.sha, "0123456789abcdef"), 40);
    ck_assert_ptr_nonnull(record.author_name);
    note(given, 1, record.sha);
}

static void read_webhook(struct given *given, const struct bb_node *node,
                         struct bb_arena *arena)
{
    struct bb_node actor = bb_json_object(node, "actor");
    struct bb_node pull_request = bb_json_object(node, "pullRequest");
    struct bb_node repository = bb_json_object(node, "repository");
    struct bb_node commits = bb_json_array(node, "commits");

    if (actor.value)
        read_person(given, &actor, arena);
    if (repository.value)
        read_repository(given, &repository, arena);
    for (size_t i = 0; i < bb_json_length(&commits); i++) {
        struct bb_node commit = bb_json_at(&commits, i);

        read_commit(given, &commit, arena);
    }
    if (pull_request.value)
        read_pull_request(given, &pull_request, arena);
}

static int read_element(void *ctx, const struct bb_node *node)
{
    struct given *given = ctx;
    struct bb_arena arena = {0};
    struct sp_organization organization;
    struct bb_node user = {.doc = node->doc};

    given->n++;
    if (given->kind == ACTIVITY)
        bb_record_activities(node, note_activity, NULL, given);
    else if (given->kind == COMMIT)
        read_commit(given, node, &arena);
    else if (given->kind == REPOSITORY)
        read_repository(given, node, &arena);
    else if (given->kind == PULL_REQUEST)
        read_pull_request(given, node, &arena);
    else if (given->kind == PERSON)
        read_person(given, node, &arena);
    else if (given->kind == WEBHOOK)
        read_webhook(given, node, &arena);
    else if (given->kind == PROJECT)
        bb_record_organization(node, &organization);
    if (given->kind == PROJECT && !node->doc->rc)
        note(given, organization.id, organization.key);
    if (given->kind == USER) {
        user = bb_json_object(node, "user");
        read_person(given, &user, &arena);
    }
    bb_arena_clear(&arena);
    return node->doc->rc;
}

static void read_page(struct given *given, const char *text, size_t length)
{
    static const char *const diff[] = {"diff", NULL}, *const links[] = {"links", NULL};
    struct bb_listing_kind kind = {"values", "?", 100, given->kind == ACTIVITY ? diff : links};
    struct sp_error err = no_error();
    struct hand_fed fed;
    int rc;

    hand_fed_open(&fed, &kind);
    given->base = &fed.instance->base;
    hand_fed_arrive(&fed, text, length, 1460);
    rc = bb_listing_each(&fed.listing, read_element, given, &err);
    if (rc && rc != SP_ERR_CANCELLED) /* there was a page after it */
        ck_abort_msg("%s", err.message);
    hand_fed_close(&fed);
}

static void read_whole(struct given *given, struct json_object *root)
{
    struct sp_error err = no_error();
    struct bb_doc doc = {"/rest/x", "", &err, 0};
    struct bb_node node = bb_json_root(&doc, root);
    struct sp_instance *instance = new_instance();

    given->base = &instance->base;
    read_element(given, &node);
    if (doc.rc)
        ck_abort_msg("%s", err.message);
    bb_close(instance);
}

static void assert_failure(const char *endpoint, const char *text, size_t length)
{
    const char *digits = endpoint + strcspn(endpoint, "45");
    struct sp_instance *instance = new_instance();
    struct sp_error err = no_error();
    struct bb_answer answer;
    int rc, expected = SP_ERR_PROTOCOL;

    bb_answer_init(&answer);
    answer.status = atol(digits);
    answer.is_json = true;
    bb_buffer_add(&answer.other_body, text, length);
    rc = bb_answer_error(instance, &answer, "https://git.example.com/bitbucket/rest/x", &err);
    if (strstr(text, "AuthenticationException"))
        expected = SP_ERR_LOGIN;
    else if (strstr(text, "AuthorisationException"))
        expected = SP_ERR_FORBIDDEN;
    else if (answer.status == 404)
        expected = SP_ERR_NOT_FOUND;
    assert_error(&err, expected, expected == SP_ERR_LOGIN ? "password" : "", "");
    ck_assert_int_eq(rc, expected);
    ck_assert(strstr(text, answer.exception));
    ck_assert_int_eq(!answer.exception[0], !strstr(text, "com.atlassian"));
    bb_answer_clear(&answer);
    bb_close(instance);
}

static struct given read_recording(const struct recording *recording)
{
    struct given given = {.kind = recording_kind(recording)};
    size_t length;
    char *text = recording_text(recording->file, &length);
    struct json_object *root = json_tokener_parse(text), *values;

    ck_assert_msg(root, "%s is no JSON", recording->file);
    if (given.kind == FAILURE)
        assert_failure(recording->endpoint, text, length);
    else if (json_object_object_get_ex(root, "values", &values))
        read_page(&given, text, length);
    else
        read_whole(&given, root);
    if (json_object_object_get_ex(root, "values", &values))
        ck_assert_uint_eq(given.n, json_object_array_length(values));
    if (given.kind >= 0 && given.kind != WEBHOOK && given.kind != FAILURE)
        ck_assert_uint_ge(given.n_records, given.n);
    json_object_put(root);
    free(text);
    return given;
}

START_TEST(test_recording)
{
    read_recording(&recordings[_i]);
}
END_TEST

/* The text that the walk keeps of an element is that of the whole page, as json-c reads it. */
START_TEST(test_elements_as_they_came)
{
    size_t length;
    char *text = recording_text(recordings[_i].file, &length);
    struct json_object *root = json_tokener_parse(text), *values, *element;
    static const struct bb_listing_kind kind = {"values", "?", 100, NULL};
    struct sp_error err = no_error();
    struct hand_fed fed;

    if (json_object_object_get_ex(root, "values", &values)) {
        hand_fed_open(&fed, &kind);
        hand_fed_arrive(&fed, text, length, 7);
        for (size_t i = 0; i < json_object_array_length(values); i++) {
            ck_assert_int_eq(bb_listing_next(&fed.listing, &element, &err), 1);
            ck_assert(json_object_equal(element, json_object_array_get_idx(values, i)));
            json_object_put(element);
        }
        hand_fed_close(&fed);
    }
    json_object_put(root);
    free(text);
}
END_TEST

static const struct {
    const char *file;
    size_t n, n_records;
    int64_t first, last;
} expected[] = {
    /* nine entries of the feed, a reply, and a task below each of two comments */
    {"sg_activities_page_all_actions.json", 9, 12, 87, 44},
    {"sg_pull_request_commits_page.json", 2, 2, 1, 1},
    {"sg_projects_page_all.json", 7, 7, 28, 30},
    {"sg_projects_page_limit1_gap.json", 1, 1, 28, 28},
    {"sg_personal_fork_repo.json", 1, 1, 24379, 24379},
    {"sg_users_limit1.json", 1, 1, 403, 403},
    {"aji_projects_page.json", 4, 4, 385, 383},
    {"aji_pull_requests_page.json", 2, 2, 97, 96},
    {"jbs_pull_requests_page.json", 2, 2, 2, 1},
    {"jbs_project_repos_page.json", 3, 3, 1, 3},
    {"cd_repos_page_empty.json", 0, 0, 0, 0},
    {"jbs_wh_pr_opened_v10_iso_dates.json", 1, 2, 2, 1},
};

static const struct recording *recording_of(const char *file)
{
    for (size_t i = 0; i < n_recordings; i++)
        if (strcmp(recordings[i].file, file) == 0)
            return &recordings[i];
    ck_abort_msg("%s is not in the index", file);
    return NULL;
}

START_TEST(test_expected)
{
    struct given given = read_recording(recording_of(expected[_i].file));

    ck_assert_uint_eq(given.n, expected[_i].n);
    ck_assert_uint_eq(given.n_records, expected[_i].n_records);
    ck_assert_int_eq(given.first, expected[_i].first);
    ck_assert_int_eq(given.last, expected[_i].last);
}
END_TEST

static int note_reply(void *ctx, const struct sp_activity *record)
{
    struct sp_activity *found = ctx;

    if (record->id < 0 && record->comment_id)
        found[0] = *record;
    else if (record->id < 0 && record->parent_comment_id == 8)
        found[1] = *record;
    else if (record->action == SP_ACTION_MERGED)
        ck_assert_str_eq(record->merge_commit, "be4d84e9c4b0a15e59c5f52900e6d55c7525b8d3");
    else if (record->action == SP_ACTION_UPDATED)
        ck_assert_uint_eq(record->n_added_reviewers, 1);
    return 0;
}

static int read_replies(void *ctx, const struct bb_node *node)
{
    return bb_record_activities(node, note_reply, NULL, ctx);
}

START_TEST(test_replies)
{
    static const struct bb_listing_kind kind = {"values", "?", 100, NULL};
    struct sp_activity found[2] = {0};
    struct sp_error err = no_error();
    struct hand_fed fed;
    size_t length;
    char *text = recording_text("sg_activities_page_all_actions.json", &length);

    hand_fed_open(&fed, &kind);
    hand_fed_arrive(&fed, text, length, length);
    ck_assert_int_eq(bb_listing_each(&fed.listing, read_replies, found, &err), 0);
    ck_assert_int_eq(found[0].comment_id, 9);
    ck_assert_int_eq(found[0].parent_comment_id, 8);
    ck_assert_int_eq(found[0].created_ms, 1572432558954);
    ck_assert_uint_eq(found[0].severity, SP_SEVERITY_NORMAL);
    ck_assert_int_eq(found[1].comment_id, 0);
    ck_assert_uint_eq(found[1].severity, SP_SEVERITY_BLOCKER);
    ck_assert_uint_eq(found[1].comment_state, SP_COMMENT_OPEN);
    ck_assert_int_eq(found[1].created_ms, 1572432578000);
    hand_fed_close(&fed);
    free(text);
}
END_TEST

static const char *const iso_dates[] = {"jbs_wh_pr_opened_v10_iso_dates.json",
                                        "jbs_wh_pr_deleted_v10_iso_dates.json"};

START_TEST(test_iso_dates)
{
    struct given given = read_recording(recording_of(iso_dates[_i]));

    ck_assert_int_eq(given.pull_request.number, 1);
    ck_assert_int_eq(given.pull_request.created_ms, 1787160475266);
    ck_assert_int_eq(given.pull_request.updated_ms, 1787160475266);
    ck_assert_int_eq(given.pull_request.closed_ms, 0);
    ck_assert_uint_eq(given.pull_request.state, SP_OPEN);
}
END_TEST

START_TEST(test_personal_fork)
{
    struct given given = read_recording(recording_of("sg_personal_fork_repo.json"));

    ck_assert(strncmp(given.path, "~MILTON/", 8) == 0);
    ck_assert_str_eq(given.path + 8, given.text);
}
END_TEST

/* So that no glob above stops matching without notice. */
START_TEST(test_all_kinds_are_there)
{
    size_t n[PROJECT + 1] = {0}, others = 0;

    for (size_t i = 0; i < n_recordings; i++) {
        int kind = recording_kind(&recordings[i]);

        if (kind < 0)
            others++;
        else
            n[kind]++;
    }
    for (size_t kind = 0; kind < COUNT(n); kind++)
        ck_assert_uint_ge(n[kind], 1);
    ck_assert_uint_lt(others, n_recordings / 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recordings");
    TCase *tests = tcase_create("reading");
    const char *folder = recording_index();

    if (n_recordings == 0) {
        printf("1..0 # SKIP no recordings of real servers at %s\n", folder);
        return 0;
    }
    tcase_add_loop_test(tests, test_recording, 0, (int)n_recordings);
    tcase_add_loop_test(tests, test_elements_as_they_came, 0, (int)n_recordings);
    tcase_add_loop_test(tests, test_expected, 0, COUNT(expected));
    tcase_add_test(tests, test_replies);
    tcase_add_loop_test(tests, test_iso_dates, 0, COUNT(iso_dates));
    tcase_add_test(tests, test_personal_fork);
    tcase_add_test(tests, test_all_kinds_are_there);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
