/* check_store_reviews.c - the store: sets of pull requests, and commits */
#include "store_fixture.h"

#include "store/review.h"

#include <stdio.h>
#include <string.h>

static const struct sp_person jane = {.size = sizeof jane, .id = 3, .name = "jane"};

static const struct sh_review_size unknown_size;

static void store_set_with(const char *revision, int activities, uint32_t flags)
{
    struct sp_pull_request pr = {.size = sizeof pr,
                                 .number = 5,
                                 .title = "Title",
                                 .author = &jane,
                                 .state = SP_OPEN,
                                 .comment_count = -1,
                                 .revision = revision,
                                 .flags = flags};

    OK(sh_review_begin(&scope, &err));
    for (int i = 0; i < activities; i++) {
        struct sp_activity activity = {
            .size = sizeof activity, .id = i + 1, .action = SP_ACTION_APPROVED, .actor = &jane};

        OK(sh_review_activity(&scope, 5, &activity, &err));
    }
    if (!(flags & SP_PULL_REQUEST_COMMITS_UNKNOWN))
        OK(sh_review_commit(&scope, 5, 0, "abc", &err));
    OK(sh_review_end(&scope, &pr, &unknown_size, 1000, &err));
}

static void store_set(const char *revision, int activities)
{
    store_set_with(revision, activities, 0);
}

START_TEST(a_set_replaces_the_one_before)
{
    char revision[16];

    store_set("r1", 3);
    store_set("r2", 2);
    ck_assert_int_eq(NUMBER("count(*) FROM activity"), 2);
    ck_assert_int_eq(NUMBER("count(*) FROM pull_request_commit"), 1);
    ck_assert_int_eq(NUMBER("count(*) FROM person"), 1);
    OK(sh_review_revision(&scope, 5, 2000, revision, sizeof revision, &err));
    ck_assert_str_eq(revision, "r2");
    OK(sh_review_revision(&scope, 6, 2000, revision, sizeof revision, &err));
    ck_assert_str_eq(revision, "");
}
END_TEST

START_TEST(what_a_set_cannot_tell_stays)
{
    store_set("r1", 3);
    store_set_with(NULL, 2, SP_PULL_REQUEST_PARTIAL);
    ck_assert_int_eq(NUMBER("count(*) FROM activity"), 3);
    store_set_with("r2", 2, SP_PULL_REQUEST_COMMITS_UNKNOWN);
    ck_assert_int_eq(NUMBER("count(*) FROM activity"), 2);
    ck_assert_int_eq(NUMBER("count(*) FROM pull_request_commit"), 1);
}
END_TEST

START_TEST(a_set_that_did_not_end_is_not_to_be_seen)
{
    struct sp_activity activity = {.size = sizeof activity, .id = 99, .actor = &jane};

    store_set("r1", 3);
    OK(sh_review_begin(&scope, &err));
    OK(sh_review_activity(&scope, 5, &activity, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM activity WHERE id = 99"), 0);
    store_set("r2", 1);
    ck_assert_int_eq(NUMBER("count(*) FROM activity"), 1);
}
END_TEST

/* A number that changes when another connection has written to the store. */
static int64_t written(void)
{
    struct sh_store *other = other_store();
    int64_t version = 0;

    if (sh_store_is_shared(path))
        OK(SH_QUERY(other, &err, sh_take_number, &version,
                    "SELECT sum(xmin::text::bigint) FROM (SELECT xmin FROM pull_request"
                    " UNION ALL SELECT xmin FROM activity UNION ALL SELECT xmin FROM person"
                    " UNION ALL SELECT xmin FROM pull_request_reviewer"
                    " UNION ALL SELECT xmin FROM git_commit) AS rows"));
    else
        OK(SH_QUERY(other, &err, sh_take_number, &version, "PRAGMA data_version"));
    return version;
}

START_TEST(a_set_that_has_not_changed_is_not_written)
{
    int64_t before;

    store_set("r1", 3);
    before = written();
    store_set("r1", 3);
    ck_assert_int_eq(written(), before);
    store_set("r1", 4);
    ck_assert_int_ne(written(), before);
    ck_assert_int_eq(NUMBER("count(*) FROM activity"), 4);
}
END_TEST

START_TEST(a_set_is_known_to_be_read_in_this_round)
{
    char revision[16];

    store_set("r1", 1);
    ck_assert_int_eq(sh_review_revision(&scope, 5, 1000, revision, sizeof revision, &err), 1);
    ck_assert_int_eq(sh_review_revision(&scope, 5, 1001, revision, sizeof revision, &err), 0);
}
END_TEST

START_TEST(what_is_held_is_found_by_state_and_date)
{
    struct sp_pull_request pr = {.size = sizeof pr, .revision = "r"};
    int64_t number = 0;

    for (pr.number = 1; pr.number <= 4; pr.number++) {
        pr.state = pr.number == 3 ? SP_OPEN : SP_MERGED;
        pr.updated_ms = pr.number * 100;
        OK(sh_review_begin(&scope, &err));
        OK(sh_review_end(&scope, &pr, &unknown_size, 1000, &err));
    }
    ck_assert_int_eq(sh_review_held(&scope, 0, INT64_MAX, &number, &err), 1);
    ck_assert_int_eq(number, 3);
    ck_assert_int_eq(sh_review_held(&scope, 3, INT64_MAX, &number, &err), 0);
    ck_assert_int_eq(sh_review_held(&scope, 3, 400, &number, &err), 1);
    ck_assert_int_eq(number, 4);
    ck_assert_int_eq(sh_review_held(&scope, 0, INT64_MIN, &number, &err), 1);
    ck_assert_int_eq(number, 1);
}
END_TEST

START_TEST(a_pull_request_is_dropped_with_all_that_is_its)
{
    store_set("r1", 3);
    OK(sh_review_drop(&scope, 5, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM pull_request"), 0);
    ck_assert_int_eq(NUMBER("count(*) FROM activity"), 0);
    ck_assert_int_eq(NUMBER("count(*) FROM pull_request_commit"), 0);
    ck_assert_int_eq(NUMBER("count(*) FROM person"), 1);
}
END_TEST

START_TEST(text_that_is_no_utf8_is_mended)
{
    struct sp_pull_request pr = {
        .size = sizeof pr, .number = 1, .title = "Gr\xF6sse", .state = SP_OPEN};

    OK(sh_review_begin(&scope, &err));
    OK(sh_review_end(&scope, &pr, &unknown_size, 1000, &err));
    ck_assert_str_eq(TEXT("title FROM pull_request"), "Gr\xEF\xBF\xBDsse");
}
END_TEST

static void store_commit(const char *sha)
{
    struct sh_git_commit commit = {.sha = sha, .parents = "", .author_tz = "+0000"};

    OK(sh_history_refs_begin(&scope, &err));
    OK(sh_history_begin(&scope, &err));
    OK(sh_history_commit(&scope, &commit, SH_BRANCHES_AND_TAGS, &err));
    ck_assert_int_eq(sh_history_has(&scope, sha, &err), 0);
    OK(sh_history_flush(&scope, &err));
}

START_TEST(a_commit_of_a_pull_request_becomes_reachable)
{
    struct sp_commit facts = {.size = sizeof facts, .sha = "abc", .message = "one\n\ntwo"};
    struct sp_pull_request pr = {.size = sizeof pr, .number = 1, .state = SP_OPEN};

    OK(sh_review_begin(&scope, &err));
    OK(sh_review_commit_facts(&scope, &facts, &err));
    OK(sh_review_end(&scope, &pr, &unknown_size, 1000, &err));
    ck_assert_str_eq(TEXT("subject FROM git_commit"), "one");
    ck_assert_int_eq(sh_history_has(&scope, "abc", &err), 0);
    store_commit("abc");
    ck_assert_int_eq(sh_history_has(&scope, "abc", &err), 1);
    ck_assert_int_eq(NUMBER("count(*) FROM git_commit"), 1);
    OK(sh_history_renew(&scope, "m", &err));
    ck_assert_int_eq(sh_history_has(&scope, "abc", &err), 0);
    store_commit("abc");
    ck_assert_int_eq(sh_history_has(&scope, "abc", &err), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store_reviews");
    TCase *tests = tcase_create("store_reviews");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_set_replaces_the_one_before);
    tcase_add_test(tests, what_a_set_cannot_tell_stays);
    tcase_add_test(tests, a_set_that_did_not_end_is_not_to_be_seen);
    tcase_add_test(tests, a_set_that_has_not_changed_is_not_written);
    tcase_add_test(tests, a_set_is_known_to_be_read_in_this_round);
    tcase_add_test(tests, what_is_held_is_found_by_state_and_date);
    tcase_add_test(tests, a_pull_request_is_dropped_with_all_that_is_its);
    tcase_add_test(tests, text_that_is_no_utf8_is_mended);
    tcase_add_test(tests, a_commit_of_a_pull_request_becomes_reachable);
    return run_all(suite);
}
