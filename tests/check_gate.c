/* check_gate.c - the first request alone, then a few at once, and none after a refusal */
#include "error.h"
#include "gate.h"
#include "plugin_fixture.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT = 3 };

static struct bb_gate gate;

static void open_gate(void)
{
    bb_gate_init(&gate, LIMIT, 0, NULL);
}

static void close_gate(void)
{
    bb_gate_clear(&gate);
}

START_TEST(test_first_goes_alone)
{
    assert_goes(&gate, 1000);
    assert_waits(&gate, 1000);
    assert_waits(&gate, 5000);
    bb_gate_leave(&gate, 0);
    assert_goes(&gate, 5000); /* it said nothing about the login: again alone */
    assert_waits(&gate, 5000);
    bb_gate_accept(&gate);
    assert_goes(&gate, 5000);
}
END_TEST

START_TEST(test_limit)
{
    bb_gate_accept(&gate);
    for (int i = 0; i < LIMIT; i++)
        assert_goes(&gate, 0);
    ck_assert_int_le(assert_waits(&gate, 0), 1000);
    bb_gate_leave(&gate, 0);
    assert_goes(&gate, 0);
    assert_waits(&gate, 0);
    for (int i = 0; i < LIMIT; i++)
        bb_gate_leave(&gate, 0);
    ck_assert_uint_eq(gate.in_flight, 0);
}
END_TEST

static void assert_refused(const char *message)
{
    struct sp_error err;
    int64_t wait_ms = NOT_TOLD;
    int seat;

    memset(&err, 0x55, sizeof err);
    err.size = 4711; /* the caller's, not the one that was kept */
    ck_assert_int_eq(bb_gate_enter(&gate, true, INT64_MAX, &wait_ms, &seat, &err),
                     SP_ERR_LOGIN);
    ck_assert_uint_eq(err.size, 4711);
    ck_assert_int_eq(err.code, SP_ERR_LOGIN);
    ck_assert_int_eq(err.http_status, 401);
    ck_assert_str_eq(err.setting, "password");
    ck_assert_str_eq(err.message, message);
}

static void refuse(const char *message)
{
    struct sp_error why = no_error();

    bb_fail(&why, SP_ERR_LOGIN, "%s", message);
    bb_blame(&why, "password");
    why.http_status = 401;
    bb_gate_refuse(&gate, &why);
}

START_TEST(test_refusal_sticks)
{
    assert_goes(&gate, 0);
    refuse("no entry");
    assert_refused("no entry");
    bb_gate_leave(&gate, 0);
    assert_refused("no entry");
    bb_gate_accept(&gate); /* an answer that was under way */
    assert_refused("no entry");
    refuse("a later one"); /* the first tells the cause */
    assert_refused("no entry");
    bb_gate_pause(&gate, INT64_MAX);
    assert_refused("no entry");
}
END_TEST

START_TEST(test_refusal_after_acceptance)
{
    bb_gate_accept(&gate);
    assert_goes(&gate, 0);
    refuse("expired");
    assert_refused("expired");
}
END_TEST

START_TEST(test_pause)
{
    bb_gate_accept(&gate);
    bb_gate_pause(&gate, 5000);
    ck_assert_int_eq(assert_waits(&gate, 1000), 4000);
    ck_assert_int_eq(assert_waits(&gate, 4999), 1);
    bb_gate_pause(&gate, 3000); /* a shorter one ends no longer one */
    ck_assert_int_eq(assert_waits(&gate, 1000), 4000);
    bb_gate_pause(&gate, 6000);
    ck_assert_int_eq(assert_waits(&gate, 1000), 5000);
    assert_goes(&gate, 6000);
    ck_assert_uint_eq(gate.in_flight, 1);
}
END_TEST

START_TEST(test_pause_before_login)
{
    bb_gate_pause(&gate, 100);
    ck_assert_int_eq(assert_waits(&gate, 0), 100);
    assert_goes(&gate, 100);
    assert_waits(&gate, 100);
}
END_TEST

/* A host that keeps the account's logins, as far as the gate sees it. */
static struct {
    int answer; /* of login_enter */
    unsigned entered, left, refused;
    bool was_proven, was_uncertain;
} keeper;

static int keeper_enter(void *ctx, uint32_t most, int proven, struct sp_error *err)
{
    ck_assert_ptr_eq(ctx, &keeper);
    ck_assert_uint_eq(most, LIMIT);
    keeper.entered++;
    keeper.was_proven = proven;
    return keeper.answer < 0 ? bb_fail(err, keeper.answer, "kept") : keeper.answer;
}

static void keeper_refused(void *ctx, const struct sp_error *why)
{
    ck_assert_ptr_eq(ctx, &keeper);
    keeper.refused++;
    keeper.was_uncertain = why->flags & SP_ERROR_RETRY;
}

static void keeper_leave(void *ctx, int seat)
{
    ck_assert_ptr_eq(ctx, &keeper);
    ck_assert_int_eq(seat, keeper.answer);
    keeper.left++;
}

static const struct sp_host host = {
    .size = sizeof host,
    .ctx = &keeper,
    .login_enter = keeper_enter,
    .login_refused = keeper_refused,
    .login_leave = keeper_leave,
};

static void open_kept_gate(void)
{
    memset(&keeper, 0, sizeof keeper);
    keeper.answer = 5;
    bb_gate_init(&gate, LIMIT, 0, &host);
}

static int enter(bool with_login, int *seat)
{
    struct sp_error err = no_error();
    int64_t wait_ms = 0;

    return bb_gate_enter(&gate, with_login, 0, &wait_ms, seat, &err);
}

START_TEST(test_host_has_a_word)
{
    int seat;

    ck_assert_int_eq(enter(true, &seat), 1);
    ck_assert_int_eq(seat, 5);
    ck_assert(!keeper.was_proven);
    bb_gate_leave(&gate, seat);
    ck_assert_uint_eq(keeper.left, 1);
    bb_gate_accept(&gate);
    keeper.answer = 0;
    ck_assert_int_eq(enter(true, &seat), 0);
    ck_assert(keeper.was_proven);
    keeper.answer = SP_ERR_LOGIN;
    ck_assert_int_eq(enter(true, &seat), SP_ERR_LOGIN);
    ck_assert_uint_eq(gate.in_flight, 0);
    ck_assert_int_eq(enter(false, &seat), 1); /* without a login it is not asked */
    ck_assert_uint_eq(keeper.entered, 3);
    bb_gate_leave(&gate, seat);
    ck_assert_uint_eq(keeper.left, 1);
}
END_TEST

START_TEST(test_host_decides_over_calls)
{
    int seat;

    refuse("wrong");
    refuse("again");
    ck_assert_uint_eq(keeper.refused, 1);
    ck_assert(!keeper.was_uncertain);
    assert_refused("wrong");
    bb_gate_begin(&gate);
    ck_assert_int_eq(enter(true, &seat), 1);
    ck_assert(!keeper.was_proven);
}
END_TEST

static bool doubt_between(int64_t began_ms, int64_t ended_ms, int code)
{
    struct sp_error err = no_error();
    bool changed;

    bb_fail(&err, SP_ERR_PROTOCOL, "a page");
    changed = bb_gate_doubt(&gate, began_ms, ended_ms, &err);
    ck_assert_int_eq(err.code, code);
    return changed;
}

static bool doubt(int code)
{
    return doubt_between(10, 10, code);
}

START_TEST(test_doubt_of_an_accepted_login)
{
    bb_gate_accept(&gate);
    ck_assert(!doubt(SP_ERR_PROTOCOL));
    ck_assert_int_eq(bb_gate_login(&gate), BB_LOGIN_UNKNOWN);
    bb_gate_accept(&gate);
    ck_assert(!doubt(SP_ERR_PROTOCOL)); /* the first in a row again */
    ck_assert_uint_eq(keeper.refused, 0);
    ck_assert(doubt(SP_ERR_LOGIN));
    ck_assert_uint_eq(keeper.refused, 1);
    ck_assert(!keeper.was_uncertain);
}
END_TEST

/* Several were on their way when a page stood before the server for a moment. */
START_TEST(test_doubt_by_what_was_under_way)
{
    bb_gate_accept(&gate);
    ck_assert(!doubt_between(1, 10, SP_ERR_PROTOCOL));
    ck_assert(!doubt_between(2, 11, SP_ERR_PROTOCOL));
    ck_assert_int_eq(bb_gate_login(&gate), BB_LOGIN_UNKNOWN);
    bb_gate_accept(&gate); /* by the one that went alone */
    ck_assert(!doubt_between(3, 13, SP_ERR_PROTOCOL));
    ck_assert_int_eq(bb_gate_login(&gate), BB_LOGIN_ACCEPTED);
    ck_assert(!doubt_between(14, 15, SP_ERR_PROTOCOL));
    ck_assert_uint_eq(keeper.refused, 0);
    ck_assert(doubt_between(15, 16, SP_ERR_LOGIN));
}
END_TEST

START_TEST(test_doubt_of_a_login_that_nobody_accepted)
{
    ck_assert(!doubt(SP_ERR_PROTOCOL));
    ck_assert_int_eq(bb_gate_login(&gate), BB_LOGIN_REFUSED);
    ck_assert_uint_eq(keeper.refused, 1);
    ck_assert(keeper.was_uncertain);
}
END_TEST

static void *pass_often(void *too_many)
{
    for (int passed = 0; passed < 2000;) {
        struct sp_error err = no_error();
        int64_t wait_ms;
        int seat;

        if (bb_gate_enter(&gate, true, 0, &wait_ms, &seat, &err) == 1) {
            unsigned in_flight;

            pthread_mutex_lock(&gate.lock);
            in_flight = gate.in_flight;
            pthread_mutex_unlock(&gate.lock);
            if (in_flight < 1 || in_flight > LIMIT)
                return too_many;
            bb_gate_leave(&gate, 0);
            passed++;
        }
        sched_yield();
    }
    return NULL;
}

START_TEST(test_threads)
{
    pthread_t threads[LIMIT + 2];
    void *result;

    bb_gate_accept(&gate);
    for (size_t i = 0; i < COUNT(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, pass_often, &gate), 0);
    for (size_t i = 0; i < COUNT(threads); i++) {
        ck_assert_int_eq(pthread_join(threads[i], &result), 0);
        ck_assert_ptr_null(result);
    }
    ck_assert_uint_eq(gate.in_flight, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gate");
    TCase *tests = tcase_create("gate");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, open_gate, close_gate);
    tcase_add_test(tests, test_first_goes_alone);
    tcase_add_test(tests, test_limit);
    tcase_add_test(tests, test_refusal_sticks);
    tcase_add_test(tests, test_refusal_after_acceptance);
    tcase_add_test(tests, test_pause);
    tcase_add_test(tests, test_pause_before_login);
    tcase_add_test(tests, test_threads);
    suite_add_tcase(suite, tests);
    tests = tcase_create("kept");
    tcase_add_checked_fixture(tests, open_kept_gate, close_gate);
    tcase_add_test(tests, test_host_has_a_word);
    tcase_add_test(tests, test_host_decides_over_calls);
    tcase_add_test(tests, test_doubt_of_an_accepted_login);
    tcase_add_test(tests, test_doubt_by_what_was_under_way);
    tcase_add_test(tests, test_doubt_of_a_login_that_nobody_accepted);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
