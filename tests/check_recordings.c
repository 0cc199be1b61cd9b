/* check_recordings.c - what real servers sent goes through the plugin's own reading */
#include "answer.h"
#include "plugin_fixture.h"
#include "record_text.h"
#include "recording_index.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a recording gave: a line for each record. */
struct given {
    int kind;
    const struct bb_base *base;
    size_t n; /* elements */
    struct record_text text;
};

static int give_activity(void *ctx, const struct sp_activity *record)
{
    record_text_activity(ctx, record);
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
    record_text_organization(&given->text, &organization);
    record_text_repository(&given->text, &record, given->base->url);
}

static void read_pull_request(struct given *given, const struct bb_node *node,
                              struct bb_arena *arena)
{
    struct sp_pull_request record;
    int64_t target_id;

    bb_record_pull_request(node, arena, &record, &target_id);
    if (node->doc->rc)
        return;
    ck_assert_ptr_nonnull(bb_record_revision(node, &record, arena));
    record_text_pull_request(&given->text, &record, target_id);
}

static void read_person(struct given *given, const struct bb_node *node, struct bb_arena *arena)
{
    record_text_person(&given->text, bb_record_person(node, arena));
}

static void read_commit(struct given *given, const struct bb_node *node, struct bb_arena *arena)
{
    struct sp_commit record;

    bb_record_commit(node, arena, &record);
    if (!node->doc->rc)
        record_text_commit(&given->text, &record);
}

static void read_project(struct given *given, const struct bb_node *node)
{
    struct sp_organization record;

    bb_record_organization(node, &record);
    if (!node->doc->rc)
        record_text_organization(&given->text, &record);
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

static void read_properties(struct given *given, const struct bb_node *node)
{
    fprintf(given->text.to, "version number=%u build=%s\n",
            bb_version_parse(bb_json_string(node, "version")),
            bb_json_string(node, "buildNumber"));
}

static int read_element(void *ctx, const struct bb_node *node)
{
    struct given *given = ctx;
    struct bb_arena arena = {0};
    struct bb_node user = {.doc = node->doc};

    given->n++;
    if (given->kind == ACTIVITY)
        bb_record_activities(node, give_activity, NULL, &given->text);
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
        read_project(given, node);
    else if (given->kind == PROPERTIES)
        read_properties(given, node);
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
    struct bb_doc doc = {"/rest/x", "", 0, &err, 0};
    struct bb_node node = bb_json_root(&doc, root);
    struct sp_instance *instance = new_instance();

    given->base = &instance->base;
    read_element(given, &node);
    if (doc.rc)
        ck_abort_msg("%s", err.message);
    bb_close(instance);
}

static const char *code_name(int code)
{
    return code == SP_ERR_LOGIN       ? "login"
           : code == SP_ERR_FORBIDDEN ? "forbidden"
           : code == SP_ERR_NOT_FOUND ? "not found"
           : code == SP_ERR_PROTOCOL  ? "protocol"
                                      : "?";
}

static void read_failure(struct given *given, const char *endpoint, const char *text,
                         size_t length)
{
    struct sp_instance *instance = new_instance();
    struct sp_error err = no_error();
    struct bb_answer answer;

    bb_answer_init(&answer);
    answer.status = atol(endpoint + strcspn(endpoint, "45"));
    answer.is_json = true;
    bb_buffer_add(&answer.other_body, text, length);
    bb_answer_error(instance, &answer, "https://git.example.com/bitbucket/rest/x", &err);
    ck_assert_ptr_null(strchr(err.message, '\n'));
    fprintf(given->text.to, "error status=%ld exception=%s is=\"%s\" setting=%s\n",
            answer.status, answer.exception, code_name(err.code), err.setting);
    bb_answer_clear(&answer);
    bb_close(instance);
}

/* The lines; the caller frees. */
static char *read_recording(const struct recording *recording)
{
    struct given given = {.kind = recording_kind(recording)};
    size_t length, size;
    char *text = recording_text(recording->file, &length), *lines = NULL;
    struct json_object *root = json_tokener_parse(text), *values;

    ck_assert_msg(root, "%s is no JSON", recording->file);
    given.text.to = open_memstream(&lines, &size);
    ck_assert_ptr_nonnull(given.text.to);
    if (given.kind == FAILURE)
        read_failure(&given, recording->endpoint, text, length);
    else if (json_object_object_get_ex(root, "values", &values))
        read_page(&given, text, length);
    else
        read_whole(&given, root);
    if (json_object_object_get_ex(root, "values", &values))
        ck_assert_uint_eq(given.n, json_object_array_length(values));
    fclose(given.text.to);
    bb_idset_clear(&given.text.people);
    json_object_put(root);
    free(text);
    return lines;
}

/* The lines below "[file]" in recorded_rows.txt, which were written by reading the recordings
 * and the API's documents, not by this program; NULL: there is no such section. */
static char *expected_rows(const char *rows, const char *file)
{
    char *head = text_of("\n[%s]\n", file);
    const char *begin = strstr(rows, head), *end;

    if (begin) {
        begin += strlen(head);
        end = strstr(begin, "\n[");
        begin = strndup(begin, end ? (size_t)(end - begin) : strlen(begin));
    }
    free(head);
    return (char *)begin;
}

START_TEST(test_recording)
{
    const struct recording *recording = &recordings[_i];
    char *lines = read_recording(recording), *rows = recorded_rows();
    char *expected = expected_rows(rows, recording->file);

    if (recording_kind(recording) < 0)
        ck_assert_str_eq(lines, "");
    else if (!expected)
        ck_abort_msg("%s has no expected rows", recording->file);
    else if (strcmp(lines, expected) != 0)
        ck_abort_msg("%s gives\n%sand not\n%s", recording->file, lines, expected);
    free(expected);
    free(lines);
    free(rows);
}
END_TEST

/* So that a section whose recording was renamed is not forgotten. */
START_TEST(test_rows_are_of_recordings)
{
    char *rows = recorded_rows();
    size_t sections = 0, read = 0;

    for (const char *at = rows; (at = strstr(at, "\n[")); at++)
        sections++;
    for (size_t i = 0; i < n_recordings; i++)
        read += recording_kind(&recordings[i]) >= 0;
    ck_assert_uint_eq(sections, read);
    free(rows);
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

/* So that no glob above stops matching without notice. */
START_TEST(test_all_kinds_are_there)
{
    size_t n[PROPERTIES + 1] = {0}, others = 0;

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
    const char *folder = recording_index();
    Suite *suite;
    TCase *tests;

    if (n_recordings == 0) {
        printf("1..0 # SKIP no recordings of real servers at %s\n", folder);
        return 0;
    }
    suite = suite_create("recordings");
    tests = tcase_create("reading");
    tcase_add_loop_test(tests, test_recording, 0, (int)n_recordings);
    tcase_add_loop_test(tests, test_elements_as_they_came, 0, (int)n_recordings);
    tcase_add_test(tests, test_rows_are_of_recordings);
    tcase_add_test(tests, test_all_kinds_are_there);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
