/* check_rate.c - how fast requests go: a pace, the server's bucket, what a 429 does to both */
#include "error.h"
#include "gate.h"
#include "plugin_fixture.h"

#include <string.h>

enum { LIMIT = 3 };

static struct bb_gate gate;

static void open_gate(void)
{
    bb_gate_init(&gate, LIMIT, 0, NULL);
    bb_gate_accept(&gate);
}

static void close_gate(void)
{
    bb_gate_clear(&gate);
}

enum { PER_SECOND = 20 };

static void open_paced_gate(void)
{
    bb_gate_init(&gate, LIMIT, PER_SECOND, NULL);
    bb_gate_accept(&gate);
}

/* Passes whatever may pass within that time, looking each millisecond; each is answered at
 * once.
 */
static unsigned passes(int64_t from_ms, int64_t to_ms)
{
    unsigned n = 0;

    for (int64_t now_ms = from_ms; now_ms < to_ms;) {
        struct sp_error err = no_error();
        int64_t wait_ms = 0;
        int seat, rc = bb_gate_enter(&gate, true, now_ms, &wait_ms, &seat, &err);

        ck_assert_int_ge(rc, 0);
        if (rc == 1) {
            bb_gate_leave(&gate, seat);
            n++;
        } else {
            ck_assert_int_gt(wait_ms, 0);
            now_ms++;
        }
    }
    return n;
}

START_TEST(test_pace)
{
    ck_assert_uint_eq(passes(5000, 5001),
                      1); /* whoever has not asked for long has saved none */
    ck_assert_int_eq(assert_waits(&gate, 5001), 49);
    ck_assert_uint_eq(passes(5050, 6050), PER_SECOND);
    ck_assert_uint_eq(passes(6050, 6550), PER_SECOND / 2);
    ck_assert_uint_eq(gate.in_flight, 0);
}
END_TEST

START_TEST(test_a_wait_says_how_long)
{
    assert_goes(&gate, 1000);
    ck_assert_int_eq(assert_waits(&gate, 1000), 50);
    ck_assert_int_eq(assert_waits(&gate, 1020), 30);
    assert_goes(&gate, 1050);
}
END_TEST

/* Of 60 at once and 5 a second we take 54, and a little less each second. */
START_TEST(test_budget)
{
    bb_gate_tell(&gate, 60, 5, 1);
    ck_assert_uint_eq(passes(1000, 1001), 54);
    ck_assert_uint_eq(passes(1001, 101001), 474);
    ck_assert_uint_eq(passes(200000, 200001), 54); /* full again, and no fuller */
}
END_TEST

START_TEST(test_what_was_sent_before_the_budget_was_known_is_counted)
{
    for (int i = 0; i < 30; i++) {
        assert_goes(&gate, 1000);
        bb_gate_leave(&gate, 0);
    }
    bb_gate_tell(&gate, 60, 5, 1);
    ck_assert_uint_eq(passes(1000, 1001), 54 - 30);
    bb_gate_count(&gate, 3); /* one that went by as three, after the others */
    ck_assert_uint_eq(passes(1001, 11001), 47 - 2);
}
END_TEST

START_TEST(test_a_budget_that_is_tiny_or_absurd)
{
    static const int64_t odd[][2] = {{1, 1}, {0, 1}, {-5, 1}, {INT64_MIN, 1}};

    for (size_t i = 0; i < COUNT(odd); i++) {
        bb_gate_tell(&gate, odd[i][0], odd[i][1], (int64_t)i + 1);
        ck_assert_uint_le(passes((int64_t)i * 100000, (int64_t)i * 100000 + 10000), 10);
    }
    bb_gate_tell(&gate, INT64_MAX, INT64_MAX, 100);
    ck_assert_uint_eq(passes(900000, 900001), 900000);
    bb_gate_tell(&gate, 60, 0, 101);     /* none */
    bb_rate_told(&gate.rate, 60, 5, 99); /* older, as another heard it */
    ck_assert(!bb_rate_in_force(&gate.rate).refill_us);
    bb_gate_tell(&gate, 60, 5, 99); /* it is that time now: the clock was ahead */
    ck_assert(bb_rate_in_force(&gate.rate).refill_us);
}
END_TEST

static void ease(int64_t now_ms)
{
    bb_gate_ease(&gate, now_ms, now_ms, now_ms);
}

static void recover(unsigned answers)
{
    while (answers-- > 0)
        bb_gate_recover(&gate);
}

static void assert_passes(int64_t from_ms, unsigned least, unsigned most)
{
    unsigned n = passes(from_ms, from_ms + 10000);

    ck_assert_msg(n >= least && n <= most, "%u", n);
}

START_TEST(test_a_429_halves_the_budget_and_answers_bring_it_back)
{
    bb_gate_tell(&gate, 60, 100, 1);
    assert_passes(0, 54 + 940, 54 + 951);
    ease(10000);
    assert_passes(10000, 465, 476);
    ck_assert_uint_eq(passes(25000, 25001), 27); /* half in the same time, saved too */
    ease(30000);
    bb_gate_ease(&gate, 29999, 30001, 30001); /* was under way with the one before */
    assert_passes(30000, 230, 238);           /* what was saved is gone */
    for (int i = 0; i < 9; i++)
        ease(40000 + i);
    assert_passes(41000, 55, 60); /* no less */
    recover(7);
    ck_assert_uint_eq(gate.rate.part, 1);
    recover(1);
    ck_assert_uint_eq(gate.rate.part, 2);
    recover(1000);
    ck_assert_uint_eq(gate.rate.part, BB_RATE_WHOLE);
    assert_passes(60000, 54 + 940, 54 + 951); /* no more */
}
END_TEST

START_TEST(test_a_429_halves_the_pace)
{
    ease(0);
    ck_assert_uint_eq(passes(1000, 3000), PER_SECOND);
    recover(1000);
    ck_assert_uint_eq(passes(4000, 6000), 2 * PER_SECOND);
}
END_TEST

static unsigned at_once(void)
{
    unsigned n = 0;
    struct sp_error err = no_error();
    int64_t wait_ms;
    int seat;

    while (bb_gate_enter(&gate, true, 0, &wait_ms, &seat, &err) == 1)
        n++;
    for (unsigned i = 0; i < n; i++)
        bb_gate_leave(&gate, 0);
    return n;
}

START_TEST(test_a_429_halves_the_requests_at_once_where_no_rate_is_known)
{
    ck_assert_uint_eq(at_once(), LIMIT);
    ease(10);
    ck_assert_uint_eq(at_once(), LIMIT / 2);
    ease(20);
    ease(30);
    ck_assert_uint_eq(at_once(), 1);
    recover(1000);
    ck_assert_uint_eq(at_once(), LIMIT);
}
END_TEST

enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };

static void send_some(unsigned n)
{
    for (; n > 0; n--) {
        assert_goes(&gate, 1000);
        bb_gate_leave(&gate, 0);
    }
}

START_TEST(test_when_the_server_is_asked)
{
    gate.login = BB_LOGIN_UNKNOWN;
    send_some(30);
    ck_assert(!bb_gate_wonders(&gate, DAY)); /* the login is not proven */
    bb_gate_accept(&gate);
    gate.rate.since_told = 0;
    send_some(19);
    ck_assert(!bb_gate_wonders(&gate, DAY));
    send_some(1);
    ck_assert(bb_gate_wonders(&gate, DAY));
    ck_assert(!bb_gate_wonders(&gate, DAY)); /* somebody does */
    send_some(20);
    bb_gate_tell(&gate, 0, 0, DAY);
    ck_assert(!bb_gate_wonders(&gate, DAY));
    ck_assert(!bb_gate_wonders(&gate, 2 * DAY - 1));
    ck_assert(bb_gate_wonders(&gate, 2 * DAY));
    bb_gate_tell(&gate, 0, 0, 2 * DAY);
    send_some(20);
    ease(2 * DAY + HOUR); /* it has just said that there is no limit */
    ck_assert(!bb_gate_wonders(&gate, 2 * DAY + HOUR));
    ease(2 * DAY + HOUR + 1);
    ck_assert(bb_gate_wonders(&gate, 2 * DAY + HOUR + 1));
}
END_TEST

/* A host that has a seat for everybody, and keeps what the account may. */
enum { SEAT = 5 };
static struct {
    int answer;
    int64_t wait_ms;
    struct sp_rate asked, known;
    unsigned calls, entered, left;
    int seat;
} budget;

static int seat_enter(void *ctx, uint32_t most, int proven, struct sp_error *err)
{
    (void)most, (void)proven, (void)err;
    ck_assert_ptr_eq(ctx, &budget);
    budget.entered++;
    return SEAT;
}

static void seat_refused(void *ctx, const struct sp_error *why)
{
    (void)ctx, (void)why;
}

static void seat_leave(void *ctx, int seat)
{
    (void)ctx;
    ck_assert_int_eq(seat, SEAT);
    budget.left++;
}

static int budget_enter(void *ctx, int seat, struct sp_rate *rate, int64_t *ret_wait_ms,
                        struct sp_error *err)
{
    ck_assert_ptr_eq(ctx, &budget);
    budget.asked = *rate;
    budget.seat = seat;
    budget.calls++;
    if (budget.known.told_ms > rate->told_ms) {
        rate->capacity = budget.known.capacity;
        rate->fill_rate = budget.known.fill_rate;
        rate->told_ms = budget.known.told_ms;
    }
    *ret_wait_ms = budget.wait_ms;
    return budget.answer < 0 ? bb_fail(err, budget.answer, "kept") : budget.answer;
}

static const struct sp_host host = {
    .size = sizeof host,
    .ctx = &budget,
    .login_enter = seat_enter,
    .login_refused = seat_refused,
    .login_leave = seat_leave,
    .rate_enter = budget_enter,
};

static void open_shared_gate(void)
{
    memset(&budget, 0, sizeof budget);
    budget.answer = 1;
    bb_gate_init(&gate, LIMIT, 0, &host);
    bb_gate_accept(&gate);
}

static int enter(void)
{
    struct sp_error err = no_error();
    int64_t wait_ms = 0;
    int seat;

    return bb_gate_enter(&gate, true, 0, &wait_ms, &seat, &err);
}

START_TEST(test_a_host_keeps_the_rate)
{
    struct sp_error err = no_error();
    int64_t wait_ms = NOT_TOLD;
    int seat;

    bb_gate_tell(&gate, 60, 5, 1000);
    ck_assert_int_eq(budget.asked.requests, 0);
    ck_assert_int_eq(budget.asked.told_ms, 1000);
    budget.answer = 0;
    budget.wait_ms = 300;
    ck_assert_int_eq(bb_gate_enter(&gate, true, 100, &wait_ms, &seat, &err), 0);
    ck_assert_int_eq(wait_ms, 300);
    ck_assert_int_eq(budget.seat, 5);
    ck_assert_uint_eq(gate.in_flight, 0);
    ck_assert_uint_eq(budget.left, 0); /* the host has taken it back */
    ck_assert_int_eq(bb_gate_enter(&gate, true, 399, &wait_ms, &seat, &err), 0);
    ck_assert_int_eq(wait_ms, 1);
    ck_assert_uint_eq(budget.entered, 1); /* before it is of use nobody asks */
    budget.answer = SP_ERR_HOST;
    ck_assert_int_eq(bb_gate_enter(&gate, true, 400, &wait_ms, &seat, &err), SP_ERR_HOST);
    ck_assert_uint_eq(gate.in_flight, 0);
    budget.answer = 1;
    ck_assert_int_eq(bb_gate_enter(&gate, true, 401, &wait_ms, &seat, &err), 1);
    ck_assert_int_eq(seat, 5);
    bb_gate_leave(&gate, seat);
}
END_TEST

START_TEST(test_a_host_is_asked_only_where_there_may_be_a_limit)
{
    ck_assert_int_eq(enter(), 1);
    ck_assert_uint_eq(budget.calls, 1);
    budget.known = (struct sp_rate){.told_ms = 5}; /* others know that there is none */
    ck_assert_int_eq(enter(), 1);
    ck_assert_int_eq(enter(), 1);
    ck_assert_uint_eq(budget.calls, 2);
    bb_gate_tell(&gate, 60, 5, 6);
    bb_gate_leave(&gate, SEAT);
    ck_assert_int_eq(enter(), 1);
    ck_assert_uint_eq(budget.calls, 4);
    ck_assert_int_eq(budget.asked.requests, 1 + 3);
}
END_TEST

/* A host that has seats, but no rate: that is kept here, and whom it stops gives the seat back.
 */
START_TEST(test_a_host_that_keeps_no_rate)
{
    struct sp_error err = no_error();
    struct sp_host older = host;
    int64_t wait_ms = NOT_TOLD;
    int seat;

    older.size = offsetof(struct sp_host, rate_enter);
    bb_gate_clear(&gate);
    bb_gate_init(&gate, LIMIT, PER_SECOND, &older);
    bb_gate_accept(&gate);
    ck_assert_int_eq(bb_gate_enter(&gate, true, 5000, &wait_ms, &seat, &err), 1);
    ck_assert_int_eq(seat, SEAT);
    bb_gate_leave(&gate, seat);
    ck_assert_uint_eq(budget.left, 1);
    ck_assert_int_eq(bb_gate_enter(&gate, true, 5001, &wait_ms, &seat, &err), 0);
    ck_assert_int_eq(wait_ms, 49);
    ck_assert_int_eq(seat, 0);
    ck_assert_uint_eq(budget.entered, 2);
    ck_assert_uint_eq(budget.left, 2);
    ck_assert_uint_eq(gate.in_flight, 0);
    ck_assert_uint_eq(budget.calls, 0);
}
END_TEST

#define S   INT64_C(1000000)
#define NOW (1000 * S)

/* What one more request has to wait with a state that is in the store, and how it is left. */
static int64_t take(struct sp_rate rate, int64_t paced_us, int64_t full_us,
                    struct sp_rate_state *left)
{
    *left = (struct sp_rate_state){paced_us, full_us};
    return sp_rate_take(&rate, left, NOW);
}

/* The clock was set back, or the machine has restarted. */
START_TEST(test_moments_that_are_lost)
{
    struct sp_rate pace = {.pace_us = 2 * S, .requests = 1};
    struct sp_rate bucket = {.refill_us = 1 * S, .room_us = 10 * S, .requests = 1};
    struct sp_rate_state left;

    ck_assert_int_eq(take(pace, NOW + 62 * S, 0, &left), 62 * S);
    ck_assert_int_eq(left.paced_us, NOW + 62 * S);
    ck_assert_int_eq(take(pace, NOW + 62 * S + 1, 0, &left), 0);
    ck_assert_int_eq(left.paced_us, NOW + 2 * S);
    ck_assert_int_eq(take(bucket, 0, NOW + 70 * S, &left), 61 * S);
    ck_assert_int_eq(left.full_us, NOW + 70 * S);
    ck_assert_int_eq(take(bucket, 0, NOW + 70 * S + 1, &left), 0);
    ck_assert_int_eq(left.full_us, NOW + 1 * S);
}
END_TEST

/* What is counted late overdraws by an eighth, but never so far that it would seem lost. */
START_TEST(test_how_far_is_overdrawn)
{
    struct sp_rate small = {.refill_us = 1 * S, .room_us = 80 * S, .requests = 1000};
    struct sp_rate large = {.refill_us = 1 * S, .room_us = 480 * S, .requests = 1000};
    struct sp_rate_state left;

    ck_assert_int_eq(take(small, 0, 0, &left), 0);
    ck_assert_int_eq(left.full_us, NOW + 90 * S);
    ck_assert_int_eq(take(large, 0, 0, &left), 0);
    ck_assert_int_eq(left.full_us, NOW + 510 * S);
    small.requests = 0; /* nothing goes */
    ck_assert_int_eq(take(small, 0, NOW + 90 * S, &left), 0);
    ck_assert_int_eq(left.full_us, NOW + 90 * S);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rate");
    TCase *tests;

    tests = tcase_create("budget");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, open_gate, close_gate);
    tcase_add_test(tests, test_budget);
    tcase_add_test(tests, test_what_was_sent_before_the_budget_was_known_is_counted);
    tcase_add_test(tests, test_a_budget_that_is_tiny_or_absurd);
    tcase_add_test(tests, test_a_429_halves_the_budget_and_answers_bring_it_back);
    tcase_add_test(tests, test_a_429_halves_the_requests_at_once_where_no_rate_is_known);
    tcase_add_test(tests, test_when_the_server_is_asked);
    suite_add_tcase(suite, tests);
    tests = tcase_create("pace");
    tcase_add_checked_fixture(tests, open_paced_gate, close_gate);
    tcase_add_test(tests, test_pace);
    tcase_add_test(tests, test_a_wait_says_how_long);
    tcase_add_test(tests, test_a_429_halves_the_pace);
    suite_add_tcase(suite, tests);
    tests = tcase_create("shared");
    tcase_add_checked_fixture(tests, open_shared_gate, close_gate);
    tcase_add_test(tests, test_a_host_keeps_the_rate);
    tcase_add_test(tests, test_a_host_is_asked_only_where_there_may_be_a_limit);
    tcase_add_test(tests, test_a_host_that_keeps_no_rate);
    suite_add_tcase(suite, tests);
    tests = tcase_create("moments");
    tcase_add_test(tests, test_moments_that_are_lost);
    tcase_add_test(tests, test_how_far_is_overdrawn);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
