/* check_lease.c - claims, fences, shares and places of workers
 *
 * On the empty database of PostgreSQL that SH_CHECK_STORE names; without it nothing is tested.
 */
#include "store/catalog.h"
#include "store/choice.h"
#include "store/journal.h"
#include "store/lease.h"
#include "store/listing.h"
#include "store/refusal.h"
#include "store/removal.h"
#include "store/share.h"
#include "store/split.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 10000, GRACE_MS = 60000 };

static struct sh_store *store;
static struct sp_error err;

static const struct sh_worker_row worker[] = {{1, "here", 11, "run", "p1"},
                                              {2, "here", 12, "worker", "p2"},
                                              {3, "there", 11, "run", "p3"}};

#define OK(call)         ck_assert_msg((call) == SP_OK, "%s", err.message)
#define SCOPE(id, fence) ((struct sh_scope){store, "acme", (id), (fence), 0})

static void list(int64_t id, const char *path)
{
    struct sp_organization organization = {.size = sizeof organization, .id = 1, .key = "P"};
    struct sp_repository record = {
        .size = sizeof record, .id = id, .organization_id = 1, .path = path};

    OK(sh_listing_organization(store, "acme", &organization, &err));
    OK(sh_listing_repository(store, "acme", &record, &err));
}

static void set_up(void)
{
    const char *url = getenv("SH_CHECK_STORE");

    OK(sh_postgres_open(url, &store, &err));
    OK(store->engine->script(store, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &err));
    sh_store_close(store);
    OK(sh_store_open(url, &store, &err));
    OK(sh_catalog_connection(store, "acme", "demo", "dana", &err));
    OK(sh_listing_begin(store, &err));
    list(7, "P/seven");
    list(8, "P/eight");
    OK(sh_listing_end(&SCOPE(0, 0), 1000, &err));
    OK(sh_choice_import(&SCOPE(8, 0), "import", 2000, &err));
    OK(sh_choice_import(&SCOPE(7, 0), "import", 3000, &err));
    for (size_t i = 0; i < 3; i++)
        OK(sh_worker_enter(store, &worker[i], &err));
}

static void tear_down(void)
{
    sh_store_close(store);
}

#define NUMBER(sql) number_of("SELECT " sql)

static int64_t number_of(const char *sql)
{
    int64_t number = -1;

    OK(SH_QUERY(store, &err, sh_take_number, &number, sql));
    return number;
}

static int64_t take(int64_t id, int by)
{
    return sh_lease_take(&SCOPE(id, 0), &worker[by], NOW, &err);
}

static int64_t taken_fence;

static int note_id(void *ctx, const struct sh_due *due)
{
    *(int64_t *)ctx = due->repository_id;
    taken_fence = due->fence;
    ck_assert_int_gt(due->fence, 0);
    return 0;
}

/* The repository that the worker is given; 0: none is due. */
static int64_t take_due(int by, int64_t now_ms)
{
    int64_t id = 0;

    ck_assert_int_ge(sh_lease_take_due(store, "acme", &worker[by], now_ms, note_id, &id, &err),
                     0);
    return id;
}

/* Nothing was heard of it for a millisecond too long. */
static void let_die(int which)
{
    OK(SH_RUN(store, &err, "UPDATE worker SET until_at = " SH_STORE_NOW " - 1 WHERE id = ?1",
              SH_INT(worker[which].id)));
}

START_TEST(a_job_is_claimed_once)
{
    int64_t fence = take(7, 0);

    ck_assert_int_gt(fence, 0);
    ck_assert_int_eq(take(7, 1), 0);
    ck_assert_int_gt(take(0, 1), 0); /* a listing that nobody has begun yet */
    OK(sh_lease_give(&SCOPE(7, fence), &err));
    ck_assert_int_gt(take(7, 1), fence);
    OK(sh_lease_give(&SCOPE(7, fence), &err)); /* of a claim that is not any more */
    ck_assert_int_eq(take(7, 0), 0);
}
END_TEST

START_TEST(what_is_most_overdue_is_claimed_first)
{
    ck_assert_int_eq(take_due(0, 1999), 0);
    ck_assert_int_eq(take_due(0, NOW), 8);
    ck_assert_int_eq(take_due(1, NOW), 7);
    ck_assert_int_eq(take_due(2, NOW), 0);
}
END_TEST

START_TEST(a_mirror_draws_its_repository_to_its_place)
{
    ck_assert_int_eq(take_due(0, NOW), 8);
    OK(sh_lease_give(&SCOPE(8, taken_fence), &err));
    ck_assert_int_eq(take_due(1, NOW), 7);
    ck_assert_int_eq(take_due(1, NOW), 0);
    ck_assert_int_eq(take_due(0, NOW), 8);
}
END_TEST

START_TEST(who_has_enough_to_do_takes_what_has_waited_longer)
{
    ck_assert_int_eq(take_due(0, NOW), 8);
    OK(SH_RUN(store, &err, "UPDATE job SET next_at = 5000 WHERE repository_id = 8"));
    OK(sh_lease_give(&SCOPE(8, taken_fence), &err));
    ck_assert_int_eq(take_due(0, NOW), 7); /* since 3000 */
    ck_assert_int_eq(take_due(0, NOW), 8);
}
END_TEST

START_TEST(a_place_that_is_gone_for_long_is_left)
{
    ck_assert_int_eq(take_due(0, NOW), 8);
    OK(sh_lease_give(&SCOPE(8, taken_fence), &err));
    OK(SH_RUN(store, &err, "UPDATE place SET seen_at = seen_at - ?1 WHERE id = 'p1'",
              SH_INT(GRACE_MS / 2)));
    OK(sh_places_leave(store, GRACE_MS, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE place = 'p1'"), 1);
    OK(SH_RUN(store, &err, "UPDATE place SET seen_at = seen_at - ?1 WHERE id = 'p1'",
              SH_INT(GRACE_MS / 2 + 1000)));
    OK(sh_places_leave(store, GRACE_MS, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE place = 'p1'"), 0);
    ck_assert_int_eq(NUMBER("count(*) FROM place WHERE id = 'p1'"), 0);
    ck_assert_int_eq(take_due(1, NOW), 8);
}
END_TEST

START_TEST(who_has_lost_its_claim_writes_nothing)
{
    const struct sh_scope past = SCOPE(7, take(7, 0));
    int64_t fence;

    OK(sh_job_advance(&past, "fetching", "commits", 1, 0, &err));
    let_die(0);
    OK(sh_workers_bury(store, NOW, &err));
    ck_assert_int_eq(sh_job_advance(&past, "importing", "commits", 2, 0, &err),
                     SP_ERR_CANCELLED);
    fence = take(7, 1);
    ck_assert_int_gt(fence, past.fence);
    ck_assert_int_eq(sh_job_advance(&past, "importing", "commits", 2, 0, &err),
                     SP_ERR_CANCELLED);
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE state = 'importing'"), 0);
    OK(sh_job_advance(&SCOPE(7, fence), "importing", "commits", 2, 0, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM job WHERE state = 'importing'"), 1);
    OK(sh_lease_give(&SCOPE(7, fence), &err)); /* nobody has taken it yet */
    ck_assert_int_eq(sh_job_advance(&SCOPE(7, fence), "listing", "commits", 3, 0, &err),
                     SP_ERR_CANCELLED);
}
END_TEST

START_TEST(who_is_given_up_is_told)
{
    ck_assert_int_eq(sh_worker_beat(store, &worker[0], &err), 1);
    let_die(0);
    ck_assert_int_eq(sh_worker_beat(store, &worker[0], &err), 0);
}
END_TEST

static int64_t make_account(void)
{
    struct sh_account_row row;

    OK(sh_account_row(store, "http://there flow-service", &row, &err));
    return row.number;
}

static void check_sum(const struct sh_share *share, int64_t most)
{
    ck_assert_int_le(share[0].seats + share[1].seats + share[2].seats, most);
}

/* The fence under which the worker joins; 0: there is nothing to join. */
static int64_t join(int by)
{
    int64_t id = 0;
    int rc = sh_split_join(store, "acme", worker[by].id, note_id, &id, &err);

    ck_assert_int_ge(rc, 0);
    ck_assert_int_eq(rc, id == 7);
    return rc ? taken_fence : 0;
}

static int64_t helpers_of(const struct sh_scope *scope)
{
    int64_t n = -1;

    OK(sh_split_helpers(scope, &n, &err));
    return n;
}

START_TEST(who_helps_joins_an_open_import_once)
{
    struct sh_scope owner = SCOPE(7, take(7, 0));

    ck_assert_int_eq(join(1), 0);
    OK(sh_split_open(&owner, &err));
    ck_assert_int_eq(join(0), 0); /* it is its own */
    ck_assert_int_eq(join(1), owner.fence);
    ck_assert_int_eq(join(1), 0);
    ck_assert_int_eq(helpers_of(&owner), 1);
    OK(sh_split_close(&owner, &err));
    ck_assert_int_eq(join(2), 0);
    owner.helper = worker[1].id;
    OK(sh_split_leave(&owner, &err));
    ck_assert_int_eq(helpers_of(&owner), 0);
}
END_TEST

START_TEST(a_part_is_one_workers_as_long_as_that_is_there)
{
    struct sh_scope owner = SCOPE(7, take(7, 0)), helper = owner;

    helper.helper = worker[1].id;
    OK(sh_split_open(&owner, &err));
    ck_assert_int_eq(join(1), owner.fence);
    ck_assert_int_eq(sh_split_take(&helper, worker[1].id, 3, &err), 1);
    ck_assert_int_eq(sh_split_take(&owner, worker[0].id, 3, &err), 0);
    ck_assert_int_eq(sh_split_take(&helper, worker[1].id, 3, &err), 1);
    let_die(1);
    OK(sh_workers_bury(store, NOW, &err));
    ck_assert_int_eq(helpers_of(&owner), 0);
    ck_assert_int_eq(sh_split_take(&owner, worker[0].id, 3, &err), 1);
    /* It comes back, and nobody waits for it. */
    ck_assert_int_eq(sh_split_take(&helper, worker[1].id, 4, &err), SP_ERR_CANCELLED);
    ck_assert_int_eq(SH_WRITE(&helper, &err,
                              "UPDATE job SET what = ?3 WHERE connection = ?1"
                              " AND repository_id = ?2",
                              SH_TEXT("x")),
                     SP_ERR_CANCELLED);
}
END_TEST

START_TEST(parts_of_an_earlier_claim_are_free)
{
    struct sh_scope owner = SCOPE(7, take(7, 0)), helper = owner, next;

    helper.helper = worker[1].id;
    OK(sh_split_open(&owner, &err));
    ck_assert_int_eq(join(1), owner.fence);
    ck_assert_int_eq(sh_split_take(&helper, worker[1].id, 3, &err), 1);
    OK(sh_lease_give(&owner, &err));
    next = SCOPE(7, take(7, 2));
    ck_assert_int_eq(join(1), 0); /* not opened yet */
    ck_assert_int_eq(helpers_of(&next), 0);
    ck_assert_int_eq(sh_split_take(&next, worker[2].id, 3, &err), 1);
    ck_assert_int_eq(sh_split_take(&helper, worker[1].id, 5, &err), SP_ERR_CANCELLED);
}
END_TEST

START_TEST(parts_of_who_leaves_are_free)
{
    struct sh_scope owner = SCOPE(7, take(7, 0)), helper = owner;

    helper.helper = worker[1].id;
    OK(sh_split_open(&owner, &err));
    ck_assert_int_eq(join(1), owner.fence);
    ck_assert_int_eq(sh_split_take(&helper, worker[1].id, 3, &err), 1);
    OK(sh_split_leave(&helper, &err));
    ck_assert_int_eq(sh_split_take(&owner, worker[0].id, 3, &err), 1);
}
END_TEST

START_TEST(what_was_split_is_known_until_it_is_forgotten)
{
    const struct sh_scope owner = SCOPE(7, take(7, 0));
    struct sh_run run = {.started_ms = NOW};

    OK(sh_journal_start(&owner, &run, &err));
    ck_assert(!run.was_split);
    OK(sh_split_open(&owner, &err));
    ck_assert_int_eq(join(1), owner.fence);
    OK(sh_split_close(&owner, &err));
    OK(sh_journal_start(&owner, &run, &err));
    ck_assert(run.was_split);
    OK(sh_split_forget(&owner, &err));
    OK(sh_journal_start(&owner, &run, &err));
    ck_assert(!run.was_split);
    ck_assert_int_eq(NUMBER("count(*) FROM job_helper"), 0);
}
END_TEST

START_TEST(who_begin_to_help_at_once_are_both_noted)
{
    const struct sh_scope owner = SCOPE(7, take(7, 0));
    const struct sh_run run = {.started_ms = NOW, .pull_requests = 3, .requests = 5};
    const struct sh_result result = {.message = "", .now_ms = NOW};

    OK(sh_journal_helped(&owner, &run, &result, &err));
    OK(sh_journal_helped(&owner, &run, &result, &err));
    ck_assert_int_eq(NUMBER("pull_requests FROM sync_run WHERE result = 'helped'"), 6);
    ck_assert_int_eq(NUMBER("requests FROM sync_run WHERE result = 'helped'"), 10);
}
END_TEST

START_TEST(who_helped_with_what_is_removed_is_not_noted)
{
    const struct sh_scope owner = SCOPE(7, take(7, 0));
    const struct sh_run run = {.started_ms = NOW};
    const struct sh_result result = {.message = "", .now_ms = NOW};

    OK(sh_removal_begin(&owner, "P/seven", NOW, &err));
    OK(sh_journal_helped(&owner, &run, &result, &err));
    ck_assert_int_eq(NUMBER("count(*) FROM sync_run"), 0);
}
END_TEST

START_TEST(shares_are_never_more_than_the_seats)
{
    enum { MOST = 8 };
    int64_t account = make_account();
    struct sh_share share[3] = {0};

    for (int round = 0; round < 4; round++)
        for (int i = 0; i < 3; i++) {
            share[i].account = account;
            share[i].worker = worker[i].id;
            share[i].most = MOST;
            /* the first is slow to give up what it uses */
            share[i].in_use = i == 0 && round < 2 ? share[0].seats : 0;
            OK(sh_share_renew(store, &share[i], &err));
            check_sum(share, MOST);
        }
    ck_assert_int_eq(share[0].seats, 3);
    ck_assert_int_eq(share[1].seats, 3);
    ck_assert_int_eq(share[2].seats, 2);
    let_die(0);
    OK(sh_workers_bury(store, NOW, &err));
    OK(sh_share_renew(store, &share[1], &err));
    OK(sh_share_renew(store, &share[2], &err));
    ck_assert_int_eq(share[1].seats, 4);
    ck_assert_int_eq(share[2].seats, 4);
}
END_TEST

START_TEST(one_worker_proves_a_login)
{
    int64_t account = make_account();

    ck_assert_int_eq(sh_share_prove(store, account, worker[0].id, &err), 1);
    ck_assert_int_eq(sh_share_prove(store, account, worker[0].id, &err), 1);
    ck_assert_int_eq(sh_share_prove(store, account, worker[1].id, &err), 0);
    OK(sh_share_proven(store, account, worker[1].id, &err));
    ck_assert_int_eq(sh_share_prove(store, account, worker[1].id, &err), 0);
    let_die(0);
    OK(sh_workers_bury(store, NOW, &err));
    ck_assert_int_eq(sh_share_prove(store, account, worker[1].id, &err), 1);
}
END_TEST

START_TEST(a_limit_is_told_to_all_and_grows)
{
    struct sh_share share = {.account = make_account(), .worker = 2, .most = 4};

    OK(sh_share_limited(store, share.account, 5000, &err));
    OK(sh_share_limited(store, share.account, 4000, &err));
    OK(sh_share_renew(store, &share, &err));
    ck_assert_int_eq(share.limited_until_ms, 5000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lease");
    TCase *tests = tcase_create("lease");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    if (getenv("SH_CHECK_STORE")) {
        tcase_add_test(tests, a_job_is_claimed_once);
        tcase_add_test(tests, what_is_most_overdue_is_claimed_first);
        tcase_add_test(tests, a_mirror_draws_its_repository_to_its_place);
        tcase_add_test(tests, who_has_enough_to_do_takes_what_has_waited_longer);
        tcase_add_test(tests, a_place_that_is_gone_for_long_is_left);
        tcase_add_test(tests, who_has_lost_its_claim_writes_nothing);
        tcase_add_test(tests, who_is_given_up_is_told);
        tcase_add_test(tests, who_helps_joins_an_open_import_once);
        tcase_add_test(tests, a_part_is_one_workers_as_long_as_that_is_there);
        tcase_add_test(tests, parts_of_an_earlier_claim_are_free);
        tcase_add_test(tests, parts_of_who_leaves_are_free);
        tcase_add_test(tests, what_was_split_is_known_until_it_is_forgotten);
        tcase_add_test(tests, who_begin_to_help_at_once_are_both_noted);
        tcase_add_test(tests, who_helped_with_what_is_removed_is_not_noted);
        tcase_add_test(tests, shares_are_never_more_than_the_seats);
        tcase_add_test(tests, one_worker_proves_a_login);
        tcase_add_test(tests, a_limit_is_told_to_all_and_grows);
    }
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 0;
}
