/* check_due.c - when something is due again */
#include "ingest/due.h"
#include "source_provider.h"

#include <check.h>
#include <stdlib.h>

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static const struct sh_pace pace = {.list_ms = 15 * MINUTE, .sync_ms = HOUR};
static const int64_t now = 1000 * DAY;

/* Within a tenth of the interval that is meant. */
static void assert_about(int64_t due, int64_t interval)
{
    ck_assert_int_ge(due - now, interval - interval / 10 - 1);
    ck_assert_int_le(due - now, interval + interval / 10 + 1);
}

START_TEST(what_is_quiet_waits_longer)
{
    static const struct {
        int64_t quiet, interval;
    } cases[] = {
        {0, 15 * MINUTE},        {12 * HOUR, 15 * MINUTE}, {DAY, 30 * MINUTE},
        {2 * DAY, HOUR},         {10 * DAY, 5 * HOUR},     {48 * DAY, DAY},
        {900 * DAY, DAY},        {1000 * DAY, DAY}, /* nothing ever happened */
        {-5 * DAY, 15 * MINUTE},                    /* a clock that is ahead */
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (uint64_t spread = 0; spread < 100; spread += 7)
            assert_about(sh_due_sync(&pace, 0, now - cases[i].quiet, spread * 99991, now),
                         cases[i].interval);
}
END_TEST

START_TEST(a_long_interval_is_kept)
{
    const struct sh_pace slow = {HOUR, 7 * DAY};

    assert_about(sh_due_sync(&slow, 0, 0, 0, now), 7 * DAY);
    ck_assert_int_eq(sh_due_listing(&slow, 0, now), now + HOUR);
}
END_TEST

START_TEST(those_due_together_part)
{
    int64_t one = sh_due_sync(&pace, 0, now - 2 * DAY, 1, now);

    ck_assert_int_ne(one, sh_due_sync(&pace, 0, now - 2 * DAY, 7920, now));
}
END_TEST

START_TEST(failures_double_the_wait)
{
    int64_t wait = MINUTE;

    for (int64_t failures = 1; failures < 9; failures++, wait *= 2) {
        ck_assert_int_eq(sh_due_sync(&pace, failures, 0, 5, now), now + wait);
        ck_assert_int_eq(sh_due_listing(&pace, failures, now),
                         now + (wait < HOUR ? wait : HOUR));
    }
    ck_assert_int_eq(sh_due_sync(&pace, 10, 0, 5, now), now + 6 * HOUR);
    ck_assert_int_eq(sh_due_sync(&pace, INT64_MAX, 0, 5, now), now + 6 * HOUR);
}
END_TEST

START_TEST(nothing_is_put_off_for_longer_than_the_latest)
{
    static const struct sh_pace paces[] = {
        {15 * MINUTE, HOUR}, {15 * MINUTE, 7 * DAY}, {30 * DAY, HOUR}};

    for (size_t i = 0; i < sizeof paces / sizeof *paces; i++) {
        int64_t latest = sh_due_latest(&paces[i], now);

        ck_assert_int_le(sh_due_listing(&paces[i], 0, now), latest);
        ck_assert_int_le(sh_due_listing(&paces[i], 99, now), latest);
        ck_assert_int_le(sh_due_sync(&paces[i], 99, 0, 0, now), latest);
        for (uint64_t spread = 0; spread < 100; spread++)
            ck_assert_int_le(sh_due_sync(&paces[i], 0, 0, spread * 99999989, now), latest);
    }
}
END_TEST

START_TEST(the_connection_is_to_blame_for_the_way_there)
{
    ck_assert(sh_concerns_connection(SP_ERR_LOGIN));
    ck_assert(sh_concerns_connection(SP_ERR_NETWORK));
    ck_assert(sh_concerns_connection(SP_ERR_UNAVAILABLE));
    ck_assert(!sh_concerns_connection(SP_OK));
    ck_assert(!sh_concerns_connection(SP_ERR_PROTOCOL));
    ck_assert(!sh_concerns_connection(SP_ERR_NOT_FOUND));
    ck_assert(!sh_concerns_connection(SP_ERR_HOST));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("due");
    TCase *tests = tcase_create("due");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tests, what_is_quiet_waits_longer);
    tcase_add_test(tests, a_long_interval_is_kept);
    tcase_add_test(tests, those_due_together_part);
    tcase_add_test(tests, failures_double_the_wait);
    tcase_add_test(tests, nothing_is_put_off_for_longer_than_the_latest);
    tcase_add_test(tests, the_connection_is_to_blame_for_the_way_there);
    suite_add_tcase(suite, tests);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
