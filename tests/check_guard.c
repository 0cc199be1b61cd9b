/* check_guard.c - guarded calls: what a host gets, and how a broken contract ends */
#include "host_recorder.h"

#include <stdio.h>
#include <string.h>

#define NO_REPOSITORY "it sent a repository without id, path or organization"
#define NO_COMMIT     "it sent a commit without name or outside of a pull request"
#define NO_ACTIVITY   "it sent an activity without id or outside of a pull request"
#define NOT_BEGUN     "it ended a pull request that it had not begun"
#define NOT_GONE      "it said that a pull request without number is gone"
#define NO_SETTING    "it left something out without naming a setting"
#define NO_CURSOR     "it sent a cursor that is too long"
#define NOT_COMPLETE  "provider good ended its listing without saying that it is complete"

/* ---- Providers that keep the contract -------------------------------------- */

#define MANY  "organization repository progress cancelled complete"
#define WHOLE "remote known begin commit activity has begin activity end progress cancelled"
#define ALONE "held begin gone-other end gone person left-out waiting cursor longest-cursor"

static const struct {
    enum call call;
    const char *steps, *seen;
} right[] = {
    {ENUMERATE, "complete", "complete\n"},
    {ENUMERATE, MANY,
     "organization 1 PLAT\nrepository 10 PLAT/api\nprogress things\ncancelled\ncomplete\n"},
    {IMPORT, "", ""},
    {IMPORT, "remote known", "git_remote https://a/b.git\nknown_revision\n"},
    {IMPORT, WHOLE,
     "git_remote https://a/b.git\nknown_revision\nbegin 7\ncommit abc\nactivity 70\n"
     "has_commit abc\nbegin 7\nactivity 70\nend 7 has 1\nprogress things\ncancelled\n"},
    {IMPORT, ALONE,
     "held_pull_request after 0\nheld_pull_request after 1\nheld_pull_request after 2\n"
     "held_pull_request after 3\nbegin 7\ngone 8\nend 7 none\ngone 7\nperson 5\n"
     "left_out since 7\nwaiting 1000 the server is busy\ncursor here\ncursor xxxxxxxxx\n"},
    {IMPORT, "known begin end begin end",
     "known_revision\nbegin 7\nend 7 r7\nbegin 7\nend 7 r7\n"},
    {IMPORT, "begin longest-revision end", "begin 7\nend 7 xxxxxxxxx\n"},
    {IMPORT, "begin has-null end", "begin 7\nend 7 has 0\n"},
    /* what failed on the way is dropped */
    {IMPORT, "begin activity cursor", "begin 7\nactivity 70\ncursor here\n"},
    {IMPORT, "begin activity gone", "begin 7\nactivity 70\ngone 7\n"},
    {HEALTH, "", ""},
    {HEALTH, "check progress cancelled check",
     "check login\nprogress things\ncancelled\ncheck login\n"},
};

START_TEST(test_right)
{
    struct result result = {0};

    play(full_sink, right[_i].call, right[_i].steps, &result);
    ck_assert_str_eq(result.seen, right[_i].seen);
    ck_assert_int_eq(result.rc, SP_OK);
    ck_assert_str_eq(result.err.message, "");
}
END_TEST

/* A host that has no callback at all, or was built before there was any. */
START_TEST(test_without_callbacks)
{
    struct result result = {0};
    struct sp_sink empty = {.size = sizeof empty}, older = full_sink;

    older.size = offsetof(struct sp_sink, organization);
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        play(empty, right[i].call, right[i].steps, &result);
        ck_assert_int_eq(result.rc, SP_OK);
        play(older, right[i].call, right[i].steps, &result);
        ck_assert_int_eq(result.rc, SP_OK);
        ck_assert_str_eq(result.seen, "");
    }
    older.size = offsetof(struct sp_sink, repository);
    play(older, ENUMERATE, MANY, &result);
    ck_assert_str_eq(result.seen, "organization 1 PLAT\n");
}
END_TEST

/* Without a host that answers, nothing is known and the mirror has nothing. */
START_TEST(test_answers_of_nobody)
{
    struct result result = {0};
    struct sp_sink sink = full_sink;

    sink.known_revision = NULL;
    sink.has_commit = NULL;
    play(sink, IMPORT, "known begin end has begin end", &result);
    ck_assert_str_eq(result.seen, "begin 7\nend 7 \nbegin 7\nend 7 has 0\n");
}
END_TEST

/* ---- Calls that end early --------------------------------------------------- */

static const struct {
    enum call call;
    const char *steps, *refused;
} ended[] = {
    {ENUMERATE, "organization complete", "organization"},
    {ENUMERATE, "organization repository complete", "repository"},
    {ENUMERATE, "complete", "complete"},
    {IMPORT, "remote known", "git_remote"},
    {IMPORT, "remote known begin end", "known_revision"},
    {IMPORT, "begin end", "begin"},
    {IMPORT, "begin commit end", "commit"},
    {IMPORT, "begin activity end", "activity"},
    {IMPORT, "begin end remote", "end"},
    {IMPORT, "held remote", "held_pull_request"},
    {IMPORT, "begin has end", "has_commit"},
    {IMPORT, "gone remote", "gone"},
    {IMPORT, "person remote", "person"},
    {IMPORT, "left-out cursor", "left_out"},
    {IMPORT, "cursor", "cursor"},
    {HEALTH, "check check", "check"},
};

START_TEST(test_negative_value_comes_back)
{
    struct result result = {.refused = ended[_i].refused};

    play(full_sink, ended[_i].call, ended[_i].steps, &result);
    ck_assert_int_eq(result.rc, -123);
    ck_assert_str_eq(result.err.message, "the host ended the call (failed in the host)");
}
END_TEST

START_TEST(test_negative_value_is_not_heard)
{
    struct result result = {.refused = ended[_i].refused};
    char steps[128];

    snprintf(steps, sizeof steps, "deaf %s%s", ended[_i].steps, " cancelled");
    play(full_sink, ended[_i].call, steps, &result);
    ck_assert_int_eq(result.rc, SP_ERR_INTERNAL);
    ck_assert_str_eq(result.err.message, "provider good breaks the contract: it returned 0 "
                                         "though the host had ended the call with -123");
}
END_TEST

START_TEST(test_failures)
{
    struct result result = {.refused = "cancelled"};

    play(full_sink, IMPORT, "remote cancelled known", &result);
    ck_assert_int_eq(result.rc, SP_ERR_CANCELLED);
    ck_assert_str_eq(result.err.message, "cancelled");
    play(full_sink, ENUMERATE, "organization fail complete", &result);
    ck_assert_int_eq(result.rc, SP_ERR_NETWORK);
    ck_assert_str_eq(result.err.message, "the cable is cut");
    play(full_sink, IMPORT, "begin activity fail", &result); /* half a set is no fault */
    ck_assert_int_eq(result.rc, SP_ERR_NETWORK);
    play(full_sink, HEALTH, "silent", &result);
    ck_assert_int_eq(result.rc, SP_ERR_NETWORK);
    ck_assert_str_eq(result.err.message,
                     "provider good failed (network error) and did not say why");
}
END_TEST

/* ---- Providers that break the contract ------------------------------------- */

/* What such a call ends with, and what the host has seen until then. */
static const struct {
    enum call call;
    const char *steps, *what, *seen;
} broken[] = {
    {ENUMERATE, "organization-null complete", "it sent a record that is NULL", ""},
    {ENUMERATE, "organization-small complete",
     "it sent a record that is smaller than its ABI says", ""},
    {ENUMERATE, "organization-no-id complete", "it sent an organization without id or key", ""},
    {ENUMERATE, "organization-no-key complete", "it sent an organization without id or key",
     ""},
    {ENUMERATE, "complete organization", "it sent an organization after the end", "complete\n"},
    {ENUMERATE, "repository-null complete", "it sent a record that is NULL", ""},
    {ENUMERATE, "repository-small complete",
     "it sent a record that is smaller than its ABI says", ""},
    {ENUMERATE, "repository-no-id complete", NO_REPOSITORY, ""},
    {ENUMERATE, "repository-no-path complete", NO_REPOSITORY, ""},
    {ENUMERATE, "repository-alone complete", NO_REPOSITORY, ""},
    {ENUMERATE, "complete repository", "it sent a repository after the end", "complete\n"},
    {ENUMERATE, "complete complete", "it ended its listing twice", "complete\n"},
    {ENUMERATE, "progress-null complete", "it sent a record that is NULL", "complete\n"},
    {IMPORT, "remote-null", "it sent a record that is NULL", ""},
    {IMPORT, "remote-small", "it sent a record that is smaller than its ABI says", ""},
    {IMPORT, "remote-no-url", "it sent a git remote without URL", ""},
    {IMPORT, "known-null", "it asked for a revision without room for it", ""},
    {IMPORT, "known-no-room", "it asked for a revision without room for it", ""},
    {IMPORT, "held-null", "it asked for a held pull request without room for it", ""},
    {IMPORT, "begin-zero end", "it began a pull request without number", ""},
    {IMPORT, "begin-negative end", "it began a pull request without number", ""},
    {IMPORT, "commit", NO_COMMIT, ""},
    {IMPORT, "begin commit-null", "it sent a record that is NULL", "begin 7\n"},
    {IMPORT, "begin commit-small", "it sent a record that is smaller than its ABI says",
     "begin 7\n"},
    {IMPORT, "begin commit-no-sha end", NO_COMMIT, "begin 7\n"},
    {IMPORT, "begin end commit", NO_COMMIT, "begin 7\nend 7 none\n"},
    {IMPORT, "activity", NO_ACTIVITY, ""},
    {IMPORT, "begin activity-null", "it sent a record that is NULL", "begin 7\n"},
    {IMPORT, "begin activity-small", "it sent a record that is smaller than its ABI says",
     "begin 7\n"},
    {IMPORT, "begin activity-no-id end", NO_ACTIVITY, "begin 7\n"},
    {IMPORT, "begin end activity", NO_ACTIVITY, "begin 7\nend 7 none\n"},
    {IMPORT, "end", NOT_BEGUN, ""},
    {IMPORT, "begin end-null", "it sent a record that is NULL", "begin 7\n"},
    {IMPORT, "begin end-small", "it sent a record that is smaller than its ABI says",
     "begin 7\n"},
    {IMPORT, "begin end-other", NOT_BEGUN, "begin 7\n"},
    {IMPORT, "begin begin-other end", NOT_BEGUN, "begin 7\nbegin 8\n"},
    {IMPORT, "begin end end", NOT_BEGUN, "begin 7\nend 7 none\n"},
    {IMPORT, "begin long-revision end",
     "it sent a revision that is longer than SP_REVISION_MAX", "begin 7\n"},
    {IMPORT, "gone-zero", NOT_GONE, ""},
    {IMPORT, "begin gone end", NOT_BEGUN, "begin 7\ngone 7\n"},
    {IMPORT, "person-null", "it sent a record that is NULL", ""},
    {IMPORT, "person-small", "it sent a record that is smaller than its ABI says", ""},
    {IMPORT, "person-no-id", "it sent a person without id", ""},
    {IMPORT, "left-out-null", NO_SETTING, ""},
    {IMPORT, "left-out-negative", NO_SETTING, ""},
    {IMPORT, "cursor-null", NO_CURSOR, ""},
    {IMPORT, "begin cursor end", NOT_BEGUN, "begin 7\ncursor here\n"},
    {IMPORT, "long-cursor", NO_CURSOR, ""},
    {IMPORT, "waiting-null remote", "it sent a record that is NULL",
     "git_remote https://a/b.git\n"},
    {HEALTH, "waiting-small check", "it sent a record that is smaller than its ABI says",
     "check login\n"},
    {HEALTH, "check-null", "it sent a record that is NULL", ""},
    {HEALTH, "check-small", "it sent a record that is smaller than its ABI says", ""},
    {HEALTH, "check-no-id", "it sent a check without id or with an unknown status", ""},
    {HEALTH, "check-status", "it sent a check without id or with an unknown status", ""},
    {HEALTH, "progress-small check", "it sent a record that is smaller than its ABI says",
     "check login\n"},
};

static void assert_broken(const struct result *result, const char *what, const char *seen)
{
    char message[512];

    snprintf(message, sizeof message, "provider good breaks the contract: %s", what);
    ck_assert_int_eq(result->rc, SP_ERR_INTERNAL);
    ck_assert_str_eq(result->err.message, message);
    ck_assert_str_eq(result->seen, seen);
}

START_TEST(test_broken)
{
    struct result result = {0};

    play(full_sink, broken[_i].call, broken[_i].steps, &result);
    assert_broken(&result, broken[_i].what, broken[_i].seen);
}
END_TEST

/* The fault is remembered, whatever else the provider does and returns. */
START_TEST(test_broken_and_deaf)
{
    struct result result = {0};

    play(full_sink, ENUMERATE, "deaf organization-no-id organization complete", &result);
    assert_broken(&result, "it sent an organization without id or key",
                  "organization 1 PLAT\ncomplete\n");
    memset(&result, 0, sizeof result);
    play(full_sink, IMPORT, "deaf activity remote-no-url fail", &result);
    assert_broken(&result, NO_ACTIVITY, "");
}
END_TEST

static const struct {
    enum call call;
    const char *steps, *message;
} half[] = {
    {ENUMERATE, "", NOT_COMPLETE},
    {ENUMERATE, "organization repository", NOT_COMPLETE},
    {IMPORT, "begin", "provider good left pull request 7 without its end"},
    {IMPORT, "begin end begin activity", "provider good left pull request 7 without its end"},
    {ENUMERATE, "complete positive", "provider good returned the positive code 42"},
    {IMPORT, "positive", "provider good returned the positive code 42"},
    {HEALTH, "check positive", "provider good returned the positive code 42"},
};

START_TEST(test_half_done)
{
    struct result result = {0};

    play(full_sink, half[_i].call, half[_i].steps, &result);
    ck_assert_int_eq(result.rc, SP_ERR_INTERNAL);
    ck_assert_str_eq(result.err.message, half[_i].message);
}
END_TEST

START_TEST(test_configure)
{
    static const struct {
        const char *how, *message;
        int code;
    } ways[] = {
        {"positive", "provider good: configure returned the positive code 1", SP_ERR_INTERNAL},
        {"empty", "provider good: configure succeeded without an instance", SP_ERR_INTERNAL},
        {"silent", "provider good refuses the settings and does not say why", SP_ERR_INVALID},
        {"refuse", "steps: they are not liked", SP_ERR_INVALID},
    };
    struct sp_connection *connection = (void *)&connection; /* must stay as it is */
    struct sp_error err;
    int rc;

    memset(&err, 'x', sizeof err);
    rc = open_with(good(), NULL, "configure", ways[_i].how, &connection, &err);
    ck_assert_int_eq(rc, ways[_i].code);
    ck_assert_int_eq(err.code, rc);
    ck_assert_str_eq(err.message, ways[_i].message);
    ck_assert_str_eq(err.setting, strcmp(ways[_i].how, "refuse") == 0 ? "steps" : "");
    ck_assert_ptr_eq(connection, (void *)&connection);
}
END_TEST

static int account_of(const char *steps, char account[8], struct sp_error *err)
{
    struct sp_connection *connection;
    int rc;

    ck_assert_int_eq(open_with(good(), NULL, "steps", steps, &connection, err), SP_OK);
    memset(account, 'y', 8);
    rc = sp_connection_account(connection, account, 8, err);
    sp_connection_close(connection);
    return rc;
}

START_TEST(test_account)
{
    struct sp_error err;
    char account[8];

    ck_assert_int_eq(account_of("", account, &err), SP_OK);
    ck_assert_str_eq(account, "https:/");
    ck_assert_int_eq(account_of("account-endless", account, &err), SP_OK);
    ck_assert_str_eq(account, "xxxxxxx");
    ck_assert_int_eq(account_of("account-positive", account, &err), SP_ERR_INTERNAL);
    ck_assert_str_eq(account, "");
    ck_assert_str_eq(err.message, "provider good: account returned 1");
}
END_TEST

static void on_log(void *ctx, uint32_t level, const char *line)
{
    ck_assert_uint_eq(level, SP_LOG_INFO);
    strcat(ctx, line);
}

START_TEST(test_host_is_handed_on)
{
    char log[64] = "";
    struct sp_host host = {.size = sizeof host, .ctx = log, .log = on_log};
    struct sp_connection *connection;
    struct sp_error err;

    ck_assert_int_eq(open_with(good(), &host, "steps", "", &connection, &err), SP_OK);
    ck_assert_str_eq(err.message, "");
    ck_assert_str_eq(log, "configure");
    sp_connection_close(connection);
    sp_connection_close(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guard");
    TCase *tests = tcase_create("guard");

    tcase_add_unchecked_fixture(tests, NULL, modules_end);
    tcase_add_loop_test(tests, test_right, 0, sizeof right / sizeof *right);
    tcase_add_test(tests, test_without_callbacks);
    tcase_add_test(tests, test_answers_of_nobody);
    tcase_add_loop_test(tests, test_negative_value_comes_back, 0, sizeof ended / sizeof *ended);
    tcase_add_loop_test(tests, test_negative_value_is_not_heard, 0,
                        sizeof ended / sizeof *ended);
    tcase_add_test(tests, test_failures);
    tcase_add_loop_test(tests, test_broken, 0, sizeof broken / sizeof *broken);
    tcase_add_test(tests, test_broken_and_deaf);
    tcase_add_loop_test(tests, test_half_done, 0, sizeof half / sizeof *half);
    tcase_add_loop_test(tests, test_configure, 0, 4);
    tcase_add_test(tests, test_account);
    tcase_add_test(tests, test_host_is_handed_on);
    suite_add_tcase(suite, tests);
    return run_in_folder(suite);
}
