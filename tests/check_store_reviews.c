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
    OK(sh_review_revision(&scope, 5, 2000, 5000, revision, sizeof revision, &err));
    ck_assert_str_eq(revision, "r2");
    OK(sh_review_revision(&scope, 6, 2000, 5000, revision, sizeof revision, &err));
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
    ck_assert_int_eq(sh_review_revision(&scope, 5, 1000, 5000, revision, sizeof revision, &err),
                     1);
    ck_assert_int_eq(sh_review_revision(&scope, 5, 1001, 5000, revision, sizeof revision, &err),
                     0);
    /* by a clock that was ahead */
    ck_assert_int_eq(sh_review_revision(&scope, 5, 900, 999, revision, sizeof revision, &err),
                     0);
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
    OK(sh_history_commit(&scope, &commit, true, &err));
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

START_TEST(a_commit_is_reachable_as_long_as_refs_reach_it)
{
    struct sh_git_commit commit = {.sha = "abc", .parents = "", .author_tz = "+0000"};
    const struct sh_git_ref ref = {.name = "refs/heads/main", .sha = "abc"};

    OK(sh_history_refs_begin(&scope, &err));
    OK(sh_history_ref(&scope, &ref, &err));
    OK(sh_history_begin(&scope, &err));
    OK(sh_history_commit(&scope, &commit, false, &err));
    OK(sh_history_mark(&scope, "abc", true, &err));
    OK(sh_history_flush(&scope, &err));
    ck_assert_int_eq(NUMBER("reachable FROM git_commit"), 0);
    OK(sh_history_refs_put(&scope, SH_BRANCHES_AND_TAGS, &err));
    ck_assert_int_eq(NUMBER("reachable FROM git_commit"), 1);
    OK(sh_history_refs_begin(&scope, &err));
    OK(sh_history_mark(&scope, "abc", false, &err));
    ck_assert_int_eq(NUMBER("reachable FROM git_commit"), 1);
    OK(sh_history_refs_put(&scope, SH_BRANCHES_AND_TAGS, &err));
    ck_assert_int_eq(NUMBER("reachable FROM git_commit"), 0);
}
END_TEST

enum { LINKS_MAX = 1000 };

static struct {
    char sha[LINKS_MAX][16];
    int64_t n, stop_at;
} given;

static int take_link(void *ctx, const char *sha, int64_t position)
{
    (void)ctx;
    ck_assert(position >= 0 && position < LINKS_MAX);
    ck_assert_str_eq(given.sha[position], "");
    snprintf(given.sha[position], sizeof *given.sha, "%s", sha);
    given.n++;
    return given.n == given.stop_at ? SP_ERR_CANCELLED : SP_OK;
}

static int chain(const char *from, const char *base)
{
    memset(&given, 0, sizeof given);
    return sh_history_chain(&scope, from, base, take_link, NULL, &err);
}

static void gather_commits(const struct sh_scope *of)
{
    OK(sh_history_refs_begin(of, &err));
    OK(sh_history_begin(of, &err));
}

static void gather_commit(const struct sh_scope *of, const char *sha, const char *parents)
{
    struct sh_git_commit commit = {.sha = sha, .parents = parents, .author_tz = "+0000"};

    OK(sh_history_commit(of, &commit, true, &err));
}

/* c4 - c3 - c2 - c1 - c0, where c0 is the root; m is a merge of c3 with another, on it n; on
 * c2, which is a root in another repository, l; o is on one that is not stored. */
static void store_commits(void)
{
    struct sh_scope elsewhere = scope, other_connection = scope;

    gather_commits(&scope);
    gather_commit(&scope, "c4", "c3");
    gather_commit(&scope, "c3", "c2");
    gather_commit(&scope, "c2", "c1");
    gather_commit(&scope, "c1", "c0");
    gather_commit(&scope, "c0", "");
    gather_commit(&scope, "m", "c3 x");
    gather_commit(&scope, "n", "m");
    gather_commit(&scope, "o", "lost");
    OK(sh_history_flush(&scope, &err));
    elsewhere.repository_id = 8;
    gather_commits(&elsewhere);
    gather_commit(&elsewhere, "c2", "");
    gather_commit(&elsewhere, "lost", "c3");
    OK(sh_history_flush(&elsewhere, &err));
    other_connection.connection = "beta";
    gather_commits(&other_connection);
    gather_commit(&other_connection, "lost", "c3");
    OK(sh_history_flush(&other_connection, &err));
}

START_TEST(a_chain_is_given_down_to_its_base)
{
    store_commits();
    ck_assert_int_eq(chain("c4", "c1"), 0);
    ck_assert_int_eq(given.n, 3);
    ck_assert_str_eq(given.sha[0], "c4");
    ck_assert_str_eq(given.sha[1], "c3");
    ck_assert_str_eq(given.sha[2], "c2");
    ck_assert_int_eq(chain("c4", "c0"), 0); /* the base may be a root, */
    ck_assert_int_eq(given.n, 4);
    ck_assert_int_eq(chain("o", "lost"), 0); /* or not be stored */
    ck_assert_int_eq(given.n, 1);
    ck_assert_str_eq(given.sha[0], "o");
    ck_assert_int_eq(chain("c4", "c4"), 0);
    ck_assert_int_eq(given.n, 0);
    ck_assert_int_eq(chain("m", "m"), 0); /* whatever it is */
    ck_assert_int_eq(given.n, 0);
}
END_TEST

static void assert_no_chain(const char *from, const char *base)
{
    int rc = chain(from, base);

    ck_assert_msg(rc == 1, "from %s to %s: %d", from, base, rc);
    ck_assert_int_eq(given.n, 0);
}

START_TEST(what_is_no_chain_gives_nothing)
{
    store_commits();
    assert_no_chain("n", "c3");     /* a merge in between */
    assert_no_chain("m", "c3");     /* a merge at the beginning */
    assert_no_chain("m", "c3 x");   /* no commit */
    assert_no_chain("o", "c3");     /* one that is not stored, in this repository */
    assert_no_chain("gone", "c3");  /* of which nothing is stored */
    assert_no_chain("c3", "other"); /* a root before the base */
    assert_no_chain("c1", "c4");    /* the other way round */
    assert_no_chain("c0", "");
}
END_TEST

START_TEST(a_chain_that_is_too_long_gives_nothing)
{
    char sha[16], parent[16];

    gather_commits(&scope);
    for (int i = 0; i <= LINKS_MAX; i++) {
        snprintf(sha, sizeof sha, "l%d", i);
        snprintf(parent, sizeof parent, "l%d", i + 1);
        gather_commit(&scope, sha, parent);
    }
    OK(sh_history_flush(&scope, &err));
    ck_assert_int_eq(chain("l0", "l1000"), 0);
    ck_assert_int_eq(given.n, LINKS_MAX);
    ck_assert_str_eq(given.sha[LINKS_MAX - 1], "l999");
    assert_no_chain("l0", "l1001");
    ck_assert_int_eq(chain("l1", "l1001"), 0);
    ck_assert_int_eq(given.n, LINKS_MAX);
}
END_TEST

START_TEST(who_takes_a_chain_can_end_it)
{
    store_commits();
    memset(&given, 0, sizeof given);
    given.stop_at = 2;
    ck_assert_int_eq(sh_history_chain(&scope, "c4", "c0", take_link, NULL, &err),
                     SP_ERR_CANCELLED);
    ck_assert_int_eq(given.n, 2);
}
END_TEST

/* Commits as "position sha", the newest first. */
static void assert_commits(const char *wanted)
{
    ck_assert_str_eq(sh_store_is_shared(path)
                         ? TEXT("coalesce(string_agg(position || ' ' || sha, ', '"
                                " ORDER BY position), '') FROM pull_request_commit"
                                " WHERE pull_request_number = 5")
                         : TEXT("coalesce(group_concat(position || ' ' || sha, ', '), '') FROM"
                                " (SELECT * FROM pull_request_commit"
                                " WHERE pull_request_number = 5 ORDER BY position)"),
                     wanted);
}

/* A pull request of the commits old0 and old1, and one beside it that is not to be touched,
 * are stored; then it is read again, with its commits still to be told by the mirror. */
static void store_pending(void)
{
    static const struct sh_review_size pending = {.is_pending = true};
    struct sp_pull_request pr = {.size = sizeof pr,
                                 .number = 6,
                                 .state = SP_MERGED,
                                 .from_commit = "c4",
                                 .to_commit = "c1"};

    for (; pr.number >= 5; pr.number--) {
        OK(sh_review_begin(&scope, &err));
        OK(sh_review_commit(&scope, pr.number, 0, "old0", &err));
        OK(sh_review_commit(&scope, pr.number, 1, "old1", &err));
        OK(sh_review_end(&scope, &pr, &unknown_size, 1000, &err));
    }
    pr.number = 5;
    pr.merge_commit = "m";
    pr.flags = SP_PULL_REQUEST_COMMITS_UNKNOWN;
    OK(sh_review_begin(&scope, &err));
    OK(sh_review_end(&scope, &pr, &pending, 2000, &err));
}

/* How many of both were left as they were. */
static int64_t beside(void)
{
    return NUMBER("count(*) FROM pull_request_commit WHERE pull_request_number = 6"
                  " AND sha LIKE 'old%'");
}

static int take_commit(void *ctx, const char *sha, int64_t position)
{
    (void)ctx;
    return sh_review_commit(&scope, 5, position, sha, &err);
}

START_TEST(commits_stay_until_the_mirror_has_told_them)
{
    static const struct sh_review_size told = {
        .known = true, .files = 3, .insertions = 2, .deletions = 1};
    struct sh_review_pending pending;

    store_commits();
    store_pending();
    assert_commits("0 old0, 1 old1");
    ck_assert_int_eq(sh_review_next_pending(&scope, 0, &pending, &err), 1);
    ck_assert(pending.number == 5 && pending.is_merged);
    ck_assert_str_eq(pending.from_commit, "c4");
    ck_assert_str_eq(pending.to_commit, "c1");
    ck_assert_str_eq(pending.merge_commit, "m");
    ck_assert_int_eq(sh_review_next_pending(&scope, 5, &pending, &err), 0);
    OK(sh_review_begin(&scope, &err));
    OK(sh_history_chain(&scope, "c4", "c1", take_commit, NULL, &err));
    assert_commits("0 old0, 1 old1");
    OK(sh_review_put_pending(&scope, &pending, &told, &err));
    assert_commits("0 c4, 1 c3, 2 c2");
    ck_assert_int_eq(beside(), 2);
    ck_assert_int_eq(NUMBER("count(*) FROM pull_request WHERE number = 5 AND files = 3"
                            " AND insertions = 2 AND deletions = 1 AND commits_pending = 0"),
                     1);
    ck_assert_int_eq(sh_review_next_pending(&scope, 0, &pending, &err), 0);
}
END_TEST

START_TEST(commits_that_the_mirror_has_lost_stay)
{
    static const struct sh_review_size lost = {.is_lost = true}, none = {0};
    struct sh_review_pending pending;

    store_pending();
    ck_assert_int_eq(sh_review_next_pending(&scope, 0, &pending, &err), 1);
    OK(sh_review_begin(&scope, &err));
    OK(sh_review_put_pending(&scope, &pending, &lost, &err));
    assert_commits("0 old0, 1 old1");
    ck_assert_int_eq(NUMBER("count(*) FROM pull_request WHERE number = 5 AND files IS NULL"
                            " AND insertions IS NULL AND deletions IS NULL"),
                     1);
    ck_assert_int_eq(sh_review_next_pending(&scope, 0, &pending, &err), 0);
    store_pending();
    ck_assert_int_eq(sh_review_next_pending(&scope, 0, &pending, &err), 1);
    OK(sh_review_begin(&scope, &err));
    OK(sh_review_put_pending(&scope, &pending, &none, &err)); /* it tells that there are none */
    assert_commits("");
    ck_assert_int_eq(beside(), 2);
}
END_TEST

/* Meanwhile it was read once more: who pushes does not wait for us. */
START_TEST(commits_of_another_state_are_not_put)
{
    static const struct sh_review_size told = {.known = true, .files = 3};
    struct sh_review_pending pending;

    store_pending();
    ck_assert_int_eq(sh_review_next_pending(&scope, 0, &pending, &err), 1);
    snprintf(pending.from_commit, sizeof pending.from_commit, "c3");
    OK(sh_review_begin(&scope, &err));
    OK(sh_review_commit(&scope, 5, 0, "c3", &err));
    OK(sh_review_put_pending(&scope, &pending, &told, &err));
    assert_commits("0 old0, 1 old1");
    ck_assert_int_eq(NUMBER("count(*) FROM pull_request WHERE commits_pending = 1"), 1);
}
END_TEST

START_TEST(commits_of_which_one_got_lost_are_not_put)
{
    static const struct sh_review_size told = {.known = true};
    struct sh_review_pending pending;

    store_pending();
    ck_assert_int_eq(sh_review_next_pending(&scope, 0, &pending, &err), 1);
    OK(sh_review_begin(&scope, &err));
    OK(sh_review_commit(&scope, 5, 0, "c4", &err));
    SH_SEND(store, &err, "INSERT INTO nowhere (id) VALUES (1)");
    ck_assert_int_ne(sh_review_put_pending(&scope, &pending, &told, &err), SP_OK);
    assert_commits("0 old0, 1 old1");
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
    tcase_add_test(tests, a_commit_is_reachable_as_long_as_refs_reach_it);
    tcase_add_test(tests, a_chain_is_given_down_to_its_base);
    tcase_add_test(tests, what_is_no_chain_gives_nothing);
    tcase_add_test(tests, a_chain_that_is_too_long_gives_nothing);
    tcase_add_test(tests, who_takes_a_chain_can_end_it);
    tcase_add_test(tests, commits_stay_until_the_mirror_has_told_them);
    tcase_add_test(tests, commits_that_the_mirror_has_lost_stay);
    tcase_add_test(tests, commits_of_which_one_got_lost_are_not_put);
    tcase_add_test(tests, commits_of_another_state_are_not_put);
    return run_all(suite);
}
