/* check_date.c - times as servers write them */
#include "date.h"
#include "plugin_fixture.h"

#include <stdlib.h>
#include <time.h>

enum { UNTOUCHED = -77 };

static const struct {
    const char *text;
    int64_t ms;
} times[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2023-11-14T22:13:20Z", 1700000000000},
    {"2023-11-14T22:13:20.5Z", 1700000000500},
    {"2023-11-14T22:13:20.05Z", 1700000000050},
    {"2023-11-14T22:13:20.123Z", 1700000000123},
    {"2023-11-14T22:13:20.123999999Z", 1700000000123},
    {"2023-11-14T22:13:20,25Z", 1700000000250},
    {"2023-11-14T22:13:20.123+0000", 1700000000123},
    {"2023-11-15T00:13:20+0200", 1700000000000},
    {"2023-11-15T00:13:20+02:00", 1700000000000},
    {"2023-11-15T00:13:20+02", 1700000000000},
    {"2023-11-14T18:43:20.001-03:30", 1700000000001},
    {"2024-02-29T00:00:00Z", 1709164800000},
    {"1969-12-31T23:59:59.250Z", -750},
    {"9999-12-31T23:59:59.999Z", 253402300799999},
};

START_TEST(test_times)
{
    int64_t ms = UNTOUCHED;

    ck_assert(bb_date_parse(times[_i].text, &ms));
    ck_assert_int_eq(ms, times[_i].ms);
}
END_TEST

/* Neither the machine's zone nor its summer time has a say. */
START_TEST(test_zone_of_the_machine)
{
    int64_t ms = 0;

    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    ck_assert(bb_date_parse("2024-07-01T12:00:00Z", &ms));
    ck_assert_int_eq(ms, 1719835200000);
    ck_assert(bb_date_parse("2024-07-01T12:00:00-0500", &ms));
    ck_assert_int_eq(ms, 1719853200000);
    ck_assert(bb_day_parse("2024-07-01", &ms));
    ck_assert_int_eq(ms, 1719792000000);
    unsetenv("TZ");
    tzset();
}
END_TEST

static const char *const no_times[] = {
    "",
    "yesterday",
    "1700000000000",
    "2023-11-14",
    "2023-11-14T22:13Z",
    "2023-11-14T22:13:20",     /* of no zone: nobody knows when */
    "2023-11-14T22:13:20.123", /* likewise */
    "2023-11-14T22:13:20Zulu",
    "2023-11-14T22:13:20Z ",
    "2023-11-14T22:13:20+02:00x",
    "2023-11-14T25:13:20Z",
    "2023-13-14T22:13:20Z",
    "2023-11-14 22:13:20Z",
};

START_TEST(test_no_times)
{
    int64_t ms = UNTOUCHED;

    ck_assert(!bb_date_parse(no_times[_i], &ms));
    ck_assert_int_eq(ms, UNTOUCHED);
}
END_TEST

START_TEST(test_days)
{
    int64_t ms = UNTOUCHED;

    ck_assert(bb_day_parse("2024-01-31", &ms));
    ck_assert_int_eq(ms, 1706659200000);
    ck_assert(bb_day_parse("2024-02-29", &ms));
    ck_assert_int_eq(ms, 1709164800000);
    ck_assert(bb_day_parse("1969-12-31", &ms));
    ck_assert_int_eq(ms, -86400000);
}
END_TEST

static const char *const no_days[] = {
    "",
    "2024",
    "2024-01",
    "2024-01-31T00:00:00Z",
    "2024-01-31 ",
    "31.01.2024",
    "2024-13-01",
    "2024-00-10",
    "2024-01-00",
    "2024-01-32",
    "2023-02-29",
    "2024-02-30",
    "2024-04-31",
    "24-01-31",
    "2024-1-5",
    " 2024-01-31",
    "2024-01-\n1",
    "2024- 1- 1",
};

START_TEST(test_no_days)
{
    int64_t ms = UNTOUCHED;

    ck_assert_msg(!bb_day_parse(no_days[_i], &ms), "%s", no_days[_i]);
    ck_assert_int_eq(ms, UNTOUCHED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("date");
    TCase *tests = tcase_create("forms");

    tcase_add_loop_test(tests, test_times, 0, COUNT(times));
    tcase_add_test(tests, test_zone_of_the_machine);
    tcase_add_loop_test(tests, test_no_times, 0, COUNT(no_times));
    tcase_add_test(tests, test_days);
    tcase_add_loop_test(tests, test_no_days, 0, COUNT(no_days));
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
