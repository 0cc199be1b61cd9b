/* check_store.c - the store: schema, listings, sets, journal
 *
 * On SQLite, or on the empty database of PostgreSQL that SH_CHECK_STORE names.
 */
#include "store/catalog.h"
#include "store/listing.h"
#include "store/choice.h"
#include "store/journal.h"
#include "store/rate.h"
#include "store/review.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[256]; /* of a file, or a URL */
static struct sh_store *store;
static struct sp_error err;
static struct sh_scope scope, listing;

#define OK(call) ck_assert_msg((call) == SP_OK, "%s", err.message)

/* Each test begins with a database that is empty. */
static void empty_database(void)
{
    struct sh_store *raw;

    OK(sh_postgres_open(path, &raw, &err));
    OK(raw->engine->script(raw, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &err));
    sh_store_close(raw);
}

static void set_up(void)
{
    const char *url = getenv("SH_CHECK_STORE");

    if (url)
        snprintf(path, sizeof path, "%s", url);
    else
        snprintf(path, sizeof path, "/tmp/check_store-%d.sqlite", getpid());
    if (url)
        empty_database();
    OK(sh_store_open(path, &store, &err));
    OK(sh_catalog_connection(store, "acme", "demo", "dana", &err));
    scope = (struct sh_scope){store, "acme", 7, 0, 0};
    listing = (struct sh_scope){store, "acme", 0, 0, 0};
}

static void tear_down(void)
{
    sh_store_close(store);
    unlink(path);
}

#define NUMBER(sql) number_of("SELECT " sql, __LINE__)

static int64_t number_of(const char *sql, int line)
{
    int64_t number = -1;

    ck_assert_msg(SH_QUERY(store, &err, sh_take_number, &number, sql) == SP_OK, "line %d: %s",
                  line, err.message);
    return number;
}

static int take_text(void *ctx, const struct sh_value *column, size_t n)
{
    (void)n;
    snprintf(ctx, 200, "%s", column[0].text ? column[0].text : "(null)");
    return 0;
}

static void list_repository(int64_t id, const char *repository_path)
{
    struct sp_repository record = {.size = sizeof record,
                                   .id = id,
                                   .organization_id = 1,
                                   .path = repository_path,
                                   .state = "AVAILABLE"};

    OK(sh_listing_repository(store, "acme", &record, &err));
}

static void list_organization(void)
{
    struct sp_organization record = {.size = sizeof record, .id = 1, .key = "PLAT"};

    OK(sh_listing_organization(store, "acme", &record, &err));
}

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

/* The tables as they were before machines shared a store. */
static void make_older(void)
{
    OK(store->engine->script(
        store,
        "DROP TABLE job_helper; DROP TABLE job_part;"
        "DROP INDEX job_split; ALTER TABLE job DROP COLUMN split;"
        "DROP INDEX pull_request_pending;"
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
    store = NULL;
    file = fopen(path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", file);
    fclose(file);
    ck_assert_int_ne(sh_store_open(path, &store, &err), SP_OK);
    ck_assert_str_ne(err.message, "");
}
END_TEST

START_TEST(a_listing_takes_effect_at_its_end)
{
    OK(sh_listing_begin(store, &err));
    list_organization();
    list_repository(7, "PLAT/api");
    list_repository(8, "PLAT/web");
    ck_assert_int_eq(NUMBER("count(*) FROM repository"), 0);
    OK(sh_listing_end(&listing, 1000, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM repository WHERE listed = 1"), 2);
    ck_assert_int_eq(NUMBER("listed_at FROM connection"), 1000);
}
END_TEST

START_TEST(what_is_not_listed_any_more_is_kept)
{
    OK(sh_listing_begin(store, &err));
    list_organization();
    list_repository(7, "PLAT/api");
    list_repository(8, "PLAT/web");
    OK(sh_listing_end(&listing, 1000, &err));
    OK(sh_choice_import(&scope, "import", 1500, &err));
    OK(sh_listing_begin(store, &err));
    list_organization();
    list_repository(7, "PLAT/renamed");
    OK(sh_listing_end(&listing, 2000, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM repository"), 2);
    ck_assert_int_eq(NUMBER("count(*) FROM repository WHERE id = 8 AND listed = 0"
                            " AND state = 'AVAILABLE' AND unlisted_since = 2000"),
                     1);
    ck_assert_int_eq(NUMBER("count(*) FROM repository WHERE id = 7 AND path = 'PLAT/renamed'"
                            " AND imported = 1 AND imported_at = 1500"),
                     1);
}
END_TEST

START_TEST(a_listing_that_did_not_end_is_forgotten)
{
    OK(sh_listing_begin(store, &err));
    list_organization();
    list_repository(7, "PLAT/api");
    OK(sh_listing_begin(store, &err));
    list_organization();
    OK(sh_listing_end(&listing, 1000, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM repository"), 0);
}
END_TEST

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
    static struct sh_store *other;
    int64_t version = 0;

    if (!other)
        OK(sh_store_open(path, &other, &err));
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

static int note_move(void *ctx, const char *old_path, const char *new_path)
{
    snprintf(ctx, 200, "%s > %s", old_path, new_path);
    return 0;
}

START_TEST(a_repository_that_moved_is_told_once_and_its_old_path_kept)
{
    char moved[200] = "";

    for (int ms = 1000; ms <= 3000; ms += 1000) {
        OK(sh_listing_begin(store, &err));
        list_organization();
        list_repository(7, ms == 1000 ? "PLAT/api" : "PLAT/interface");
        OK(sh_listing_end(&listing, ms, &err));
    }
    OK(sh_listing_moves(store, "acme", 3000, note_move, moved, &err));
    ck_assert_str_eq(moved, "");
    OK(sh_listing_moves(store, "acme", 2000, note_move, moved, &err));
    ck_assert_str_eq(moved, "PLAT/api > PLAT/interface");
}
END_TEST

/* From here on no row of it can be changed. */
static void freeze_repositories(void)
{
    OK(store->engine->script(store,
                             sh_store_is_shared(path)
                                 ? "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
                                   " AS 'BEGIN RAISE ''written''; END';"
                                   "CREATE TRIGGER quiet BEFORE UPDATE ON repository"
                                   " FOR EACH ROW EXECUTE FUNCTION refuse()"
                                 : "CREATE TRIGGER quiet BEFORE UPDATE ON repository"
                                   " BEGIN SELECT RAISE(ABORT, 'written'); END",
                             &err));
}

START_TEST(a_listing_that_brings_nothing_new_writes_only_its_time)
{
    OK(sh_catalog_connection(store, "acme", "p", NULL, &err));
    for (int i = 0; i < 2; i++) {
        OK(sh_listing_begin(store, &err));
        list_organization();
        list_repository(7, "PLAT/api");
        OK(sh_listing_end(&listing, 1000, &err));
        if (i == 0)
            freeze_repositories();
    }
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
}
END_TEST

START_TEST(text_that_is_no_utf8_is_mended)
{
    char title[200];
    struct sp_pull_request pr = {
        .size = sizeof pr, .number = 1, .title = "Gr\xF6sse", .state = SP_OPEN};

    OK(sh_review_begin(&scope, &err));
    OK(sh_review_end(&scope, &pr, &unknown_size, 1000, &err));
    OK(SH_QUERY(store, &err, take_text, title, "SELECT title FROM pull_request"));
    ck_assert_str_eq(title, "Gr\xEF\xBF\xBDsse");
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
    char subject[200];

    OK(sh_review_begin(&scope, &err));
    OK(sh_review_commit_facts(&scope, &facts, &err));
    OK(sh_review_end(&scope, &pr, &unknown_size, 1000, &err));
    OK(SH_QUERY(store, &err, take_text, subject, "SELECT subject FROM git_commit"));
    ck_assert_str_eq(subject, "one");
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

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *tests = tcase_create("store");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_store_is_opened_again_as_it_was);
    tcase_add_test(tests, an_older_store_is_brought_up_to_date);
    tcase_add_test(tests, a_store_from_the_future_is_refused);
    if (!getenv("SH_CHECK_STORE"))
        tcase_add_test(tests, a_file_that_is_no_store_is_named);
    tcase_add_test(tests, a_listing_takes_effect_at_its_end);
    tcase_add_test(tests, what_is_not_listed_any_more_is_kept);
    tcase_add_test(tests, a_listing_that_did_not_end_is_forgotten);
    tcase_add_test(tests, a_set_replaces_the_one_before);
    tcase_add_test(tests, what_a_set_cannot_tell_stays);
    tcase_add_test(tests, a_set_that_did_not_end_is_not_to_be_seen);
    tcase_add_test(tests, an_interrupted_round_goes_on);
    tcase_add_test(tests, a_listing_that_brings_nothing_new_writes_only_its_time);
    tcase_add_test(tests, a_repository_that_moved_is_told_once_and_its_old_path_kept);
    tcase_add_test(tests, a_pull_request_is_dropped_with_all_that_is_its);
    tcase_add_test(tests, what_is_held_is_found_by_state_and_date);
    tcase_add_test(tests, a_set_is_known_to_be_read_in_this_round);
    tcase_add_test(tests, a_set_that_has_not_changed_is_not_written);
    tcase_add_test(tests, text_that_is_no_utf8_is_mended);
    tcase_add_test(tests, a_commit_of_a_pull_request_becomes_reachable);
    tcase_add_test(tests, the_journal_tells_since_when_it_fails);
    tcase_add_test(tests, an_account_has_one_rate_for_all);
    tcase_add_test(tests, what_the_server_said_of_its_limit_is_known_to_all);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 0;
}
