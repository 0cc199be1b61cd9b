/* check_store.c - the store: schema, opening, journal, rates */
#include "store_fixture.h"

#include "store/choice.h"
#include "store/journal.h"
#include "store/listing.h"
#include "store/rate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_store_is_opened_again_as_it_was)
{
    int64_t versions = NUMBER("count(*) FROM schema_version");

    ck_assert_int_ge(versions, 1);
    sh_store_close(store);
    OK(sh_store_open(path, &store, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM schema_version"), versions);
    ck_assert_int_eq(NUMBER("count(*) FROM connection"), 1);
}
END_TEST

/* The tables as they were before machines shared a store: what a migration adds is dropped
 * here, or opening the store fails because it is there already. */
static void make_older(void)
{
    OK(store->engine->script(
        store,
        "DROP VIEW pull_request_cycle; DROP VIEW review_load; DROP VIEW commits_per_week;"
        "DROP VIEW unreviewed_merge;"
        "DROP TABLE job_helper; DROP TABLE job_part;"
        "DROP INDEX job_split; ALTER TABLE job DROP COLUMN split;"
        "DROP INDEX pull_request_pending; DROP INDEX repository_chosen;"
        "ALTER TABLE pull_request DROP COLUMN commits_pending;"
        "DROP TABLE access_token; DROP TABLE access_key; DROP TABLE ended_session;"
        "DROP TABLE connection_check; DROP INDEX sync_run_started; DROP INDEX "
        "sync_run_finished;"
        "DROP INDEX job_due; DROP INDEX job_worker; DROP INDEX job_place;"
        "DROP TABLE worker; DROP TABLE place; DROP TABLE login_share;"
        "ALTER TABLE login_account DROP COLUMN prover;"
        "ALTER TABLE login_account DROP COLUMN limited_until;"
        "ALTER TABLE login_account DROP COLUMN rate_paced_us;"
        "ALTER TABLE login_account DROP COLUMN rate_full_us;"
        "ALTER TABLE login_account DROP COLUMN rate_capacity;"
        "ALTER TABLE login_account DROP COLUMN rate_fill;"
        "ALTER TABLE login_account DROP COLUMN rate_told_at;"
        "ALTER TABLE connection DROP COLUMN listed;"
        "CREATE INDEX repository_path ON repository (connection, path);"
        "ALTER TABLE job DROP COLUMN worker; ALTER TABLE job DROP COLUMN fence;"
        "ALTER TABLE job DROP COLUMN crashes; ALTER TABLE job DROP COLUMN place;"
        "DELETE FROM job; DELETE FROM schema_version WHERE version > 1",
        &err));
}

START_TEST(an_older_store_is_brought_up_to_date)
{
    OK(sh_listing_begin(store, &err));
    list_organization();
    list_repository(7, "PLAT/api");
    list_repository(8, "PLAT/web");
    OK(sh_listing_end(&listing, 1000, &err));
    OK(sh_choice_import(&scope, "import", 1500, &err));
    make_older();
    sh_store_close(store);
    store = NULL;
    OK(sh_store_open(path, &store, &err));
    ck_assert_int_ge(NUMBER("max(version) FROM schema_version"), 2);
    ck_assert_int_eq(NUMBER("count(*) FROM job"), 1);
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE repository_id = 7 AND next_at = 1500"
                            " AND worker IS NULL AND fence = 0"),
                     1);
}
END_TEST

START_TEST(a_store_from_the_future_is_refused)
{
    OK(SH_RUN(store, &err, "INSERT INTO schema_version (version) VALUES (1000)"));
    sh_store_close(store);
    store = NULL;
    ck_assert_int_eq(sh_store_open(path, &store, &err), SP_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(err.message, "1000"));
}
END_TEST

START_TEST(a_file_that_is_no_store_is_named)
{
    FILE *file;

    tear_down();
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", file);
    fclose(file);
    ck_assert_int_ne(sh_store_open(path, &store, &err), SP_OK);
    ck_assert_str_ne(err.message, "");
}
END_TEST

static int finish(const struct sh_run *run, int code, const char *message, int64_t now_ms)
{
    const struct sh_result result = {code, message, now_ms, now_ms + 1000};

    return sh_journal_finish(&scope, run, &result, &err);
}

START_TEST(an_interrupted_round_goes_on)
{
    struct sh_run run = {.started_ms = 100};

    OK(sh_journal_start(&scope, &run, &err));
    ck_assert_int_eq(run.round_ms, 100);
    ck_assert(!run.has_cursor);
    run = (struct sh_run){.started_ms = 200};
    OK(sh_journal_start(&scope, &run, &err));
    ck_assert_int_eq(run.round_ms, 100);
    strcpy(run.cursor, "c1");
    run.has_cursor = true;
    OK(finish(&run, SP_ERR_NETWORK, "no way", 250));
    run = (struct sh_run){.started_ms = 300};
    OK(sh_journal_start(&scope, &run, &err));
    ck_assert_int_eq(run.round_ms, 100);
    ck_assert(!run.has_cursor);
    strcpy(run.cursor, "c2");
    run.has_cursor = true;
    OK(finish(&run, SP_ERR_PARTIAL, "one left out", 350));
    run = (struct sh_run){.started_ms = 400};
    OK(sh_journal_start(&scope, &run, &err));
    ck_assert_int_eq(run.round_ms, 400);
    ck_assert_str_eq(run.cursor, "c2");
    run = (struct sh_run){.started_ms = 390}; /* the clock was ahead */
    OK(sh_journal_start(&scope, &run, &err));
    ck_assert_int_eq(run.round_ms, 390);
}
END_TEST

START_TEST(what_a_clock_that_was_ahead_put_off_is_due)
{
    const int64_t now = 1000, longest = UINT32_MAX;

    OK(store->engine->script(
        store,
        "INSERT INTO job (connection, repository_id, state, since, next_at)"
        " VALUES ('acme', 1, 'done', 1, 2000), ('acme', 2, 'done', 1, 2001),"
        " ('acme', 3, 'limited', 1, 4294968295),"
        " ('acme', 4, 'limited', 1, 4294968296), ('acme', 5, 'blocked', 1, NULL);"
        "INSERT INTO login_account (id, name, salt, limited_until)"
        " VALUES (1, 'us', '', 4294968295), (2, 'they', '', 4294968296)",
        &err));
    OK(sh_jobs_recall(store, now, 2000, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE next_at = 1000"), 2);
    ck_assert_int_eq(NUMBER("next_at FROM job WHERE repository_id = 1"), 2000);
    ck_assert_int_eq(NUMBER("next_at FROM job WHERE repository_id = 3"), now + longest);
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE next_at IS NULL"), 1);
    ck_assert_int_eq(NUMBER("id FROM login_account WHERE limited_until IS NOT NULL"), 1);
}
END_TEST

START_TEST(the_journal_tells_since_when_it_fails)
{
    struct sh_run run = {.started_ms = 100};

    OK(sh_journal_start(&scope, &run, &err));
    OK(finish(&run, SP_ERR_NETWORK, "no way", 110));
    run.started_ms = 200;
    OK(sh_journal_start(&scope, &run, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE state = 'fetching'"), 1);
    OK(finish(&run, SP_ERR_NETWORK, "no way", 210));
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE state = 'failing' AND failures = 2"
                            " AND failing_since = 110 AND reason = 'no way'"),
                     1);
    run.started_ms = 300;
    OK(sh_journal_start(&scope, &run, &err));
    OK(finish(&run, SP_OK, "", 310));
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE state = 'done' AND failures = 0"
                            " AND failing_since IS NULL AND succeeded_at = 310"),
                     1);
    ck_assert_int_eq(NUMBER("count(*) FROM sync_run WHERE result = 'network error'"), 2);
}
END_TEST

/* A rate of so many at once, and one more each minute. */
static struct sp_rate rate_of(int64_t at_once, int64_t pace_us)
{
    enum { MINUTE_US = 60 * 1000 * 1000 };

    return (struct sp_rate){.size = sizeof(struct sp_rate),
                            .pace_us = pace_us,
                            .refill_us = at_once ? MINUTE_US : 0,
                            .room_us = at_once * MINUTE_US,
                            .requests = 1};
}

static int enter_rate(struct sp_rate rate, int64_t *wait_ms)
{
    int rc = sh_rate_enter(store, 1, &rate, wait_ms, &err);

    ck_assert_msg(rc >= 0, "%s", err.message);
    return rc;
}

START_TEST(an_account_has_one_rate_for_all)
{
    int64_t wait_ms = 0;

    OK(SH_RUN(store, &err, "INSERT INTO login_account (id, name, salt) VALUES (1, 'us', 's')"));
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(enter_rate(rate_of(3, 0), &wait_ms), 1);
    sh_store_close(store); /* others see it as we do */
    OK(sh_store_open(path, &store, &err));
    ck_assert_int_eq(enter_rate(rate_of(3, 0), &wait_ms), 0);
    ck_assert(wait_ms > 50000 && wait_ms <= 60000);
    ck_assert_int_eq(enter_rate(rate_of(0, 30 * 1000 * 1000), &wait_ms),
                     1); /* has a pace only */
    ck_assert_int_eq(enter_rate(rate_of(0, 30 * 1000 * 1000), &wait_ms), 0);
    ck_assert(wait_ms > 20000 && wait_ms <= 30000);
    ck_assert_int_eq(enter_rate(rate_of(0, 0), &wait_ms), 1);
    /* The machine was started anew, or the database's clock was set back. */
    OK(SH_RUN(store, &err, "UPDATE login_account SET rate_full_us = ?1, rate_paced_us = ?1",
              SH_INT(INT64_MAX)));
    ck_assert_int_eq(enter_rate(rate_of(3, 1000), &wait_ms), 1);
}
END_TEST

START_TEST(what_the_server_said_of_its_limit_is_known_to_all)
{
    struct sp_rate rate = rate_of(0, 0);
    int64_t wait_ms, version, again;

    OK(SH_RUN(store, &err, "INSERT INTO login_account (id, name, salt) VALUES (1, 'us', 's')"));
    rate.requests = 0;
    rate.capacity = 60, rate.fill_rate = 5, rate.told_ms = 2000;
    ck_assert_int_eq(sh_rate_enter(store, 1, &rate, &wait_ms, &err), 1);
    rate = rate_of(0, 0);
    OK(sh_store_version(store, &version, &err));
    ck_assert_int_eq(sh_rate_enter(store, 1, &rate, &wait_ms, &err), 1);
    ck_assert(rate.capacity == 60 && rate.fill_rate == 5 && rate.told_ms == 2000);
    rate.capacity = 0, rate.fill_rate = 0, rate.told_ms = 1000; /* older */
    ck_assert_int_eq(sh_rate_enter(store, 1, &rate, &wait_ms, &err), 1);
    ck_assert(rate.capacity == 60 && rate.told_ms == 2000);
    OK(sh_store_version(store, &again, &err));
    ck_assert_int_eq(version, again);
    ck_assert_int_eq(NUMBER("rate_full_us + rate_paced_us FROM login_account"), 0);
}
END_TEST

/* From another connection, which waits for nobody. */
static void others_can_write(int64_t version)
{
    struct sh_store *other = other_store();

    ck_assert_msg(SH_RUN(other, &err, "UPDATE connection SET problem_since = ?1",
                         SH_INT(version)) == SP_OK,
                  "%s", err.message);
    ck_assert_int_eq(NUMBER("problem_since FROM connection"), version);
}

static void what_we_write_is_seen(int64_t version)
{
    OK(SH_RUN(store, &err, "UPDATE connection SET listed_at = ?1", SH_INT(version)));
    ck_assert_int_eq(number_of(other_store(), "SELECT listed_at FROM connection", __LINE__),
                     version);
}

START_TEST(what_is_gathered_keeps_nobody_waiting)
{
    other_store();
    OK(sh_listing_begin(store, &err));
    list_organization();
    list_repository(7, "PLAT/api"); /* looks into the stored ones */
    OK(SH_RUN(other_store(), &err, "UPDATE connection SET problem_since = 1"));
    list_repository(8, "PLAT/web");
    what_we_write_is_seen(2);
    list_repository(9, "PLAT/app");
    others_can_write(3);
    OK(sh_listing_end(&listing, 1000, &err));
    ck_assert_int_eq(number_of(other_store(), "SELECT count(*) FROM repository", __LINE__), 3);
}
END_TEST

static int send_row(int64_t id)
{
    return SH_SEND(store, &err,
                   "INSERT INTO staged_repository (connection, id) VALUES ('acme', ?1)",
                   SH_INT(id));
}

/* It fails at once, or the next that waits for it does. */
static int what_was_sent_fails(int sent)
{
    int64_t one;

    return sent ? sent : SH_QUERY(store, &err, sh_take_number, &one, "SELECT 1");
}

static void nothing_is_left_open(void)
{
    struct sp_error other_err;

    what_we_write_is_seen(11);
    others_can_write(12);
    ck_assert_int_ne(sh_store_whole(store, &other_err), SP_OK);
    ck_assert_int_ne(send_row(5), SP_OK);
    ck_assert_int_ne(sh_listing_end(&listing, 1000, &err), SP_OK);
    what_we_write_is_seen(13);
    others_can_write(14);
    OK(sh_listing_begin(store, &err));
    list_repository(8, "PLAT/web");
    OK(sh_listing_end(&listing, 1000, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM repository"), 1);
    others_can_write(15);
}

START_TEST(a_sent_row_that_fails_takes_nothing_with_it)
{
    int sent;

    OK(sh_listing_begin(store, &err));
    list_repository(7, "PLAT/api");
    sent = send_row(7);
    ck_assert_int_ne(what_was_sent_fails(sent), SP_OK);
    nothing_is_left_open();
}
END_TEST

START_TEST(a_statement_that_is_none_takes_nothing_with_it)
{
    int sent;

    OK(sh_listing_begin(store, &err));
    list_repository(7, "PLAT/api");
    sent = SH_SEND(store, &err, "INSERT INTO nowhere (id) VALUES (1)");
    ck_assert_int_ne(what_was_sent_fails(sent), SP_OK);
    nothing_is_left_open();
}
END_TEST

/* As it does when the disk is full. */
START_TEST(a_transaction_that_sqlite_ends_takes_nothing_with_it)
{
    OK(sh_listing_begin(store, &err));
    OK(store->engine->script(store,
                             "CREATE TEMP TRIGGER full BEFORE INSERT ON staged_repository"
                             " WHEN NEW.id = 66 BEGIN SELECT RAISE(ROLLBACK, 'full'); END",
                             &err));
    list_repository(7, "PLAT/api");
    ck_assert_int_ne(what_was_sent_fails(send_row(66)), SP_OK);
    nothing_is_left_open();
}
END_TEST

START_TEST(gathered_rows_that_cannot_be_committed_take_nothing_with_them)
{
    OK(store->engine->script(store,
                             "PRAGMA foreign_keys = ON;"
                             "CREATE TEMP TABLE parent (id INTEGER PRIMARY KEY);"
                             "CREATE TEMP TABLE child (id BIGINT REFERENCES parent"
                             " DEFERRABLE INITIALLY DEFERRED)",
                             &err));
    OK(sh_listing_begin(store, &err));
    list_repository(7, "PLAT/api");
    OK(SH_SEND(store, &err, "INSERT INTO child (id) VALUES (1)"));
    ck_assert_int_ne(what_was_sent_fails(SP_OK), SP_OK);
    nothing_is_left_open();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *tests = tcase_create("store");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_store_is_opened_again_as_it_was);
    tcase_add_test(tests, an_older_store_is_brought_up_to_date);
    tcase_add_test(tests, a_store_from_the_future_is_refused);
    tcase_add_test(tests, an_interrupted_round_goes_on);
    tcase_add_test(tests, what_a_clock_that_was_ahead_put_off_is_due);
    tcase_add_test(tests, the_journal_tells_since_when_it_fails);
    tcase_add_test(tests, an_account_has_one_rate_for_all);
    tcase_add_test(tests, what_the_server_said_of_its_limit_is_known_to_all);
    tcase_add_test(tests, what_is_gathered_keeps_nobody_waiting);
    tcase_add_test(tests, a_sent_row_that_fails_takes_nothing_with_it);
    tcase_add_test(tests, a_statement_that_is_none_takes_nothing_with_it);
    if (!getenv("SH_CHECK_STORE")) {
        tcase_add_test(tests, a_file_that_is_no_store_is_named);
        tcase_add_test(tests, a_transaction_that_sqlite_ends_takes_nothing_with_it);
        tcase_add_test(tests, gathered_rows_that_cannot_be_committed_take_nothing_with_them);
    }
    return run_all(suite);
}
