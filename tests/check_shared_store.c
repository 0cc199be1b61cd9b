/* check_shared_store.c - what workers hold in a store that machines share
 *
 * On the empty database of PostgreSQL that SH_CHECK_STORE names, else not at all.
 */
#include "presence.h"
#include "store/choice.h"
#include "store/history.h"
#include "store/journal.h"
#include "store/lease.h"
#include "store/removal.h"
#include "store/review.h"
#include "store/share.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct sh_store *store;
static struct sp_error err;
static struct sh_scope scope;
static const struct sh_worker_row one = {1, "here", 10, "run", "place"};
static const struct sh_worker_row two = {2, "there", 20, "worker", "other"};

#define OK(call) ck_assert_msg((call) == SP_OK, "%s", err.message)

static void set_up(void)
{
    const char *url = getenv("SH_CHECK_STORE");

    OK(sh_postgres_open(url, &store, &err));
    OK(store->engine->script(store, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &err));
    sh_store_close(store);
    OK(sh_store_open(url, &store, &err));
    scope = (struct sh_scope){store, "acme", 7, 0, 0};
    OK(sh_worker_enter(store, &one, &err));
    OK(sh_worker_enter(store, &two, &err));
    OK(store->engine->script(store, "INSERT INTO login_account VALUES (1, 'us', 'salt')",
                             &err));
}

static void tear_down(void)
{
    sh_store_close(store);
}

static int take_number(void *ctx, const struct sh_value *column, size_t n)
{
    (void)n;
    *(int64_t *)ctx = column[0].is_null ? -1 : column[0].number;
    return 0;
}

#define NUMBER(sql) number_of("SELECT " sql, __LINE__)

static int64_t number_of(const char *sql, int line)
{
    int64_t number = -2;

    ck_assert_msg(SH_QUERY(store, &err, take_number, &number, sql) == SP_OK, "line %d: %s",
                  line, err.message);
    return number;
}

/* Claims the job as the worker, into the scope. */
static int64_t claim(const struct sh_worker_row *worker)
{
    scope.fence = sh_lease_take(&scope, worker, 1000, &err);
    ck_assert_msg(scope.fence >= 0, "%s", err.message);
    return scope.fence;
}

static void crash(const struct sh_worker_row *worker)
{
    OK(store->engine->script(store, "UPDATE worker SET until_at = 0 WHERE id = 1", &err));
    OK(sh_workers_bury(store, 1000, &err));
    OK(sh_worker_enter(store, worker, &err));
}

static void import_until_here(void)
{
    struct sh_run run = {.started_ms = 1000};

    ck_assert_int_gt(claim(&one), 0);
    OK(sh_journal_start(&scope, &run, &err));
}

START_TEST(what_crashes_again_and_again_is_set_aside)
{
    for (int i = 1; i <= SH_CRASHES_MAX; i++) {
        import_until_here();
        crash(&one);
        ck_assert_int_eq(NUMBER("crashes FROM job"), i);
    }
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE state = 'failing' AND next_at > 1000"), 1);
}
END_TEST

START_TEST(what_gets_on_is_not_what_crashes)
{
    struct sp_pull_request pr = {.size = sizeof pr, .number = 1, .state = SP_OPEN};
    struct sh_review_size unknown = {0};
    struct sh_run run = {.started_ms = 1000};
    struct sh_result result = {.message = "no way", .code = SP_ERR_NETWORK};

    import_until_here();
    crash(&one);
    import_until_here();
    OK(sh_review_begin(&scope, &err));
    OK(sh_review_end(&scope, &pr, &unknown, 1000, &err));
    ck_assert_int_eq(NUMBER("crashes FROM job"), 0);
    crash(&one);
    import_until_here();
    OK(sh_journal_finish(&scope, &run, &result, &err));
    ck_assert_int_eq(NUMBER("crashes FROM job"), 0);
}
END_TEST

START_TEST(who_was_given_up_takes_nothing_more)
{
    OK(sh_worker_leave(store, one.id, 1000, &err));
    ck_assert_int_eq(claim(&one), 0);
    ck_assert_int_eq(sh_share_prove(store, 1, one.id, &err), 0);
    ck_assert_int_eq(NUMBER("prover FROM login_account"), -1);
    ck_assert_int_gt(claim(&two), 0);
    ck_assert_int_eq(sh_share_prove(store, 1, two.id, &err), 1);
}
END_TEST

static void *leave(void *ctx)
{
    struct sh_store *own;
    struct sp_error own_err;
    int *rc = ctx;

    *rc = sh_postgres_open(getenv("SH_CHECK_STORE"), &own, &own_err);
    if (!*rc) {
        *rc = sh_worker_leave(own, one.id, 1000, &own_err);
        sh_store_close(own);
    }
    return NULL;
}

START_TEST(what_is_claimed_by_who_leaves_at_that_moment_is_taken_back)
{
    pthread_t thread;
    int64_t waits = 0;
    int rc = -1;

    OK(sh_postgres_open(getenv("SH_CHECK_STORE"), &scope.store, &err));
    OK(sh_store_begin(scope.store, &err));
    ck_assert_int_gt(claim(&one), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, leave, &rc), 0);
    while (!waits)
        waits = NUMBER("count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    OK(sh_store_end(scope.store, SP_OK, &err));
    pthread_join(thread, NULL);
    sh_store_close(scope.store);
    ck_assert_int_eq(rc, SP_OK);
    ck_assert_int_eq(NUMBER("count(*) FROM worker WHERE id = 1"), 0);
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE worker IS NULL"), 1);
}
END_TEST

START_TEST(one_at_a_time_has_a_job_and_proves_a_login)
{
    ck_assert_int_gt(claim(&one), 0);
    ck_assert_int_eq(claim(&two), 0);
    ck_assert_int_eq(sh_share_prove(store, 1, one.id, &err), 1);
    ck_assert_int_eq(sh_share_prove(store, 1, two.id, &err), 0);
    OK(sh_worker_leave(store, one.id, 1000, &err));
    ck_assert_int_gt(claim(&two), 0);
    ck_assert_int_eq(sh_share_prove(store, 1, two.id, &err), 1);
}
END_TEST

START_TEST(a_fence_is_not_used_again_after_its_job_was_removed)
{
    struct sh_scope before;

    claim(&one);
    before = scope;
    OK(store->engine->script(store, "DELETE FROM job", &err));
    ck_assert_int_gt(claim(&two), before.fence);
    ck_assert_int_eq(sh_scope_begin(&before, &err), SP_ERR_CANCELLED);
    OK(sh_scope_begin(&scope, &err));
    OK(sh_store_end(store, SP_OK, &err));
}
END_TEST

static void gather_a_ref(void)
{
    const struct sh_git_ref ref = {.name = "main", .sha = "abc"};

    OK(sh_history_refs_begin(&scope, &err));
    OK(sh_history_ref(&scope, &ref, &err));
}

/* Who can do without what it asked for hears of it first. */
START_TEST(what_was_gathered_and_got_lost_is_not_put_in_its_place)
{
    struct sp_error unheard;

    claim(&one);
    gather_a_ref();
    OK(SH_SEND(store, &err, "INSERT INTO staged_git_ref (name) SELECT CAST(1 / ?1 AS TEXT)",
               SH_INT(0)));
    ck_assert_int_ne(sh_job_advance(&scope, "importing", "refs", 1, 2, &unheard), SP_OK);
    OK(sh_job_advance(&scope, "importing", "refs", 1, 2, &err));
    ck_assert_int_ne(sh_history_refs_put(&scope, SH_BRANCHES_AND_TAGS, &err), SP_OK);
    ck_assert_ptr_nonnull(strstr(err.message, "division by zero"));
    gather_a_ref();
    OK(sh_history_refs_put(&scope, SH_BRANCHES_AND_TAGS, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM git_ref"), 1);
}
END_TEST

/* As a server that is restarted does, or a fail-over. */
static void cut_connections(void)
{
    struct sh_store *other;
    int64_t left = 1;

    OK(sh_postgres_open(getenv("SH_CHECK_STORE"), &other, &err));
    OK(other->engine->script(other,
                             "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                             " WHERE datname = current_database() AND pid <> pg_backend_pid()",
                             &err));
    while (left)
        OK(SH_QUERY(other, &err, take_number, &left,
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    " AND backend_type = 'client backend'"));
    sh_store_close(other);
}

START_TEST(a_connection_that_was_cut_while_nothing_went_on_is_opened_again)
{
    for (int i = 0; i < 3; i++) {
        cut_connections();
        ck_assert_int_eq(NUMBER("count(*) FROM worker"), 2);
        cut_connections();
        OK(sh_store_begin(store, &err));
        OK(sh_store_end(store, SP_OK, &err));
    }
}
END_TEST

START_TEST(a_transaction_that_was_cut_is_over_with_its_end)
{
    OK(sh_store_begin(store, &err));
    cut_connections();
    ck_assert_int_eq(sh_store_end(store, SP_ERR_CANCELLED, &err), SP_ERR_CANCELLED);
    ck_assert_int_eq(NUMBER("count(*) FROM worker"), 2);
    OK(sh_store_begin(store, &err));
    cut_connections();
    ck_assert_int_ne(SH_RUN(store, &err, "DELETE FROM worker"), SP_OK);
    ck_assert_int_ne(SH_RUN(store, &err, "DELETE FROM worker"), SP_OK);
    ck_assert_int_ne(sh_store_end(store, SP_OK, &err), SP_OK);
    ck_assert_int_eq(NUMBER("count(*) FROM worker"), 2);
}
END_TEST

START_TEST(what_was_gathered_is_gone_with_its_connection)
{
    claim(&one);
    gather_a_ref();
    OK(sh_history_refs_put(&scope, SH_BRANCHES_AND_TAGS, &err));
    gather_a_ref();
    ck_assert_int_eq(NUMBER("count(*) FROM staged_git_ref"), 1);
    cut_connections();
    OK(sh_job_advance(&scope, "importing", "refs", 1, 2, &err));
    ck_assert_int_ne(sh_history_begin(&scope, &err), SP_OK);
    ck_assert_int_ne(sh_history_refs_put(&scope, SH_BRANCHES_AND_TAGS, &err), SP_OK);
    ck_assert_int_eq(NUMBER("count(*) FROM git_ref"), 1);
}
END_TEST

static void hold_a_repository(void)
{
    OK(store->engine->script(
        store,
        "INSERT INTO repository (connection, id, organization_id, path, archived, fork,"
        " offline, listed, imported, imported_at) VALUES ('acme', 7, 1, 'K/s', 0, 0, 0, 1, 1,"
        " 900);"
        "INSERT INTO git_ref VALUES ('acme', 7, 'main', 'abc')",
        &err));
}

START_TEST(a_removal_is_claimed_until_its_end)
{
    hold_a_repository();
    OK(sh_removal_begin(&scope, "K/s", 1000, &err));
    ck_assert_int_gt(claim(&one), 0);
    OK(sh_removal_delete_rows(&scope, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE worker = 1"), 1);
    OK(sh_removal_end(&scope, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM job"), 0);
    ck_assert_int_eq(NUMBER("count(*) FROM removal"), 0);
}
END_TEST

START_TEST(a_removal_whose_claim_is_lost_removes_nothing)
{
    struct sh_scope before;

    hold_a_repository();
    OK(sh_removal_begin(&scope, "K/s", 1000, &err));
    ck_assert_int_gt(claim(&one), 0);
    before = scope;
    crash(&one);
    ck_assert_int_gt(claim(&two), 0);
    ck_assert_int_eq(sh_removal_delete_rows(&before, &err), SP_ERR_CANCELLED);
    ck_assert_int_eq(sh_removal_end(&before, &err), SP_ERR_CANCELLED);
    ck_assert_int_eq(NUMBER("count(*) FROM git_ref"), 1);
    ck_assert_int_eq(NUMBER("count(*) FROM removal"), 1);
}
END_TEST

START_TEST(what_is_asked_for_while_it_is_removed_is_due_afterwards)
{
    hold_a_repository();
    OK(sh_removal_begin(&scope, "K/s", 1000, &err));
    ck_assert_int_gt(claim(&one), 0);
    OK(sh_choice_import(&scope, "import", 1100, &err));
    OK(sh_removal_delete_rows(&scope, &err));
    OK(sh_removal_end(&scope, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE next_at = 1100 AND worker IS NULL"), 1);
}
END_TEST

static struct sh_presence *begin_presence(char *data)
{
    struct sh_presence *presence;

    ck_assert_ptr_nonnull(mkdtemp(data));
    OK(sh_presence_begin(getenv("SH_CHECK_STORE"), data, "run", 1000, &presence, &err));
    return presence;
}

static void end_presence(struct sh_presence *presence, const char *data)
{
    char file[64];

    sh_presence_end(presence);
    snprintf(file, sizeof file, "%s/place", data);
    unlink(file);
    rmdir(data);
}

static void take_seat(struct sh_presence *presence)
{
    while (!sh_presence_take_seat(presence, 1, 4))
        usleep(1000);
}

/* Others come and want their part while it has one seat in use of the four that are all its. */
START_TEST(a_share_is_never_smaller_than_what_is_in_use)
{
    char data[] = "/tmp/check_shared_store-XXXXXX";
    struct sh_presence *presence = begin_presence(data);
    struct sh_store *other;
    int64_t waits = 0;

    take_seat(presence);
    OK(sh_postgres_open(getenv("SH_CHECK_STORE"), &other, &err));
    OK(sh_store_begin(other, &err));
    OK(other->engine->script(other, "SELECT 1 FROM login_account FOR UPDATE", &err));
    /* It is there however long this takes. */
    OK(store->engine->script(store,
                             "UPDATE worker SET until_at = 4102444800000 WHERE id = 1;"
                             "INSERT INTO login_share VALUES (1, 1, 0)",
                             &err));
    while (!waits)
        waits = NUMBER("count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
    for (int i = 0; i < 3; i++)
        take_seat(presence);
    OK(sh_store_end(other, SP_OK, &err));
    sh_store_close(other);
    for (int i = 0; i < 300; i++, usleep(10000))
        ck_assert_int_eq(NUMBER("seats FROM login_share WHERE worker > 2"), 4);
    for (int i = 0; i < 3; i++)
        sh_presence_give_seat(presence, 1);
    while (NUMBER("seats FROM login_share WHERE worker > 2") > 2)
        usleep(10000);
    end_presence(presence, data);
}
END_TEST

START_TEST(who_enters_anew_keeps_the_seats_that_are_in_use)
{
    char data[] = "/tmp/check_shared_store-XXXXXX";
    struct sh_presence *presence = begin_presence(data);
    int64_t before;

    take_seat(presence);
    take_seat(presence);
    before = sh_presence_worker(presence).id;
    sh_presence_renew(presence);
    while (sh_presence_worker(presence).id == before)
        ck_assert_int_ge(NUMBER("coalesce(max(seats), 0) FROM login_share"), 2);
    for (int i = 0; i < 100; i++, usleep(10000))
        ck_assert_int_ge(NUMBER("coalesce(max(seats), 0) FROM login_share"), 2);
    take_seat(presence);
    end_presence(presence, data);
}
END_TEST

/* Each token that was rotated is one more. */
START_TEST(a_process_may_have_any_number_of_accounts)
{
    char data[] = "/tmp/check_shared_store-XXXXXX";
    struct sh_presence *presence = begin_presence(data);
    unsigned seats = 0;

    OK(store->engine->script(
        store,
        "INSERT INTO login_account (id, name, salt)"
        " SELECT n, 'account ' || n, 'salt' FROM generate_series(2, 300) AS n",
        &err));
    for (int64_t account = 2; account < 300; account++)
        sh_presence_take_seat(presence, account, 4);
    for (int i = 0; i < 3000 && !seats; i++, usleep(10000))
        seats = sh_presence_take_seat(presence, 300, 4);
    ck_assert_uint_gt(seats, 0);
    sh_presence_give_seat(presence, 300);
    end_presence(presence, data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shared store");
    TCase *tests = tcase_create("shared store");
    SRunner *runner = srunner_create(suite);

    if (!getenv("SH_CHECK_STORE")) {
        puts("1..0 # SKIP test-store-postgres.py runs this");
        return 0;
    }
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_crashes_again_and_again_is_set_aside);
    tcase_add_test(tests, what_gets_on_is_not_what_crashes);
    tcase_add_test(tests, who_was_given_up_takes_nothing_more);
    tcase_add_test(tests, what_is_claimed_by_who_leaves_at_that_moment_is_taken_back);
    tcase_add_test(tests, one_at_a_time_has_a_job_and_proves_a_login);
    tcase_add_test(tests, a_fence_is_not_used_again_after_its_job_was_removed);
    tcase_add_test(tests, what_was_gathered_and_got_lost_is_not_put_in_its_place);
    tcase_add_test(tests, a_connection_that_was_cut_while_nothing_went_on_is_opened_again);
    tcase_add_test(tests, a_transaction_that_was_cut_is_over_with_its_end);
    tcase_add_test(tests, what_was_gathered_is_gone_with_its_connection);
    tcase_add_test(tests, a_removal_is_claimed_until_its_end);
    tcase_add_test(tests, a_removal_whose_claim_is_lost_removes_nothing);
    tcase_add_test(tests, what_is_asked_for_while_it_is_removed_is_due_afterwards);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_share_is_never_smaller_than_what_is_in_use);
    tcase_add_test(tests, who_enters_anew_keeps_the_seats_that_are_in_use);
    tcase_add_test(tests, a_process_may_have_any_number_of_accounts);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 0;
}
