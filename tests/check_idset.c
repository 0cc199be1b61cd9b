/* check_idset.c - each id is new once */
#include "idset.h"
#include "plugin_fixture.h"

START_TEST(test_each_once)
{
    struct bb_idset set = {0};

    ck_assert_int_eq(bb_idset_add(&set, 5), 1);
    ck_assert_int_eq(bb_idset_add(&set, 5), 0);
    ck_assert_int_eq(bb_idset_add(&set, -5), 1);
    ck_assert_int_eq(bb_idset_add(&set, INT64_MAX), 1);
    ck_assert_int_eq(bb_idset_add(&set, INT64_MIN), 1);
    ck_assert_int_eq(bb_idset_add(&set, INT64_MAX), 0);
    ck_assert_int_eq(bb_idset_add(&set, INT64_MIN), 0);
    ck_assert_int_eq(bb_idset_add(&set, -5), 0);
    ck_assert_uint_eq(set.n, 4);
    bb_idset_clear(&set);
}
END_TEST

/* Far beyond its first size, with ids that lie close together, far apart, or in steps that
 * a weak hash would throw into one place. */
static const int64_t steps[] = {1, 7, 64, 4096, INT64_C(1) << 20, INT64_C(1) << 40};

START_TEST(test_many)
{
    struct bb_idset set = {0};
    int64_t n = 20000;

    for (int64_t i = 1; i <= n; i++)
        ck_assert_int_eq(bb_idset_add(&set, i * steps[_i]), 1);
    for (int64_t i = n; i >= 1; i--)
        ck_assert_int_eq(bb_idset_add(&set, i * steps[_i]), 0);
    ck_assert_int_eq(bb_idset_add(&set, (n + 1) * steps[_i]), 1);
    ck_assert(bb_idset_has(&set, steps[_i]));
    ck_assert(!bb_idset_has(&set, (n + 2) * steps[_i]));
    ck_assert_uint_ge(set.room, 2 * set.n - 1);
    bb_idset_clear(&set);
}
END_TEST

START_TEST(test_neighbours_take_little_room)
{
    struct bb_idset set = {0};

    for (int64_t i = 1; i <= 100000; i++)
        ck_assert_int_eq(bb_idset_add(&set, i), 1);
    ck_assert_uint_le(set.room * sizeof *set.slot, 64 * 1024);
    bb_idset_clear(&set);
}
END_TEST

START_TEST(test_clear)
{
    struct bb_idset set = {0};

    for (int64_t i = 1; i <= 100; i++)
        ck_assert_int_eq(bb_idset_add(&set, i), 1);
    bb_idset_clear(&set);
    ck_assert_uint_eq(set.n, 0);
    ck_assert_int_eq(bb_idset_add(&set, 1), 1);
    bb_idset_clear(&set);
    bb_idset_clear(&set);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("idset");
    TCase *tests = tcase_create("set");

    tcase_add_test(tests, test_each_once);
    tcase_add_loop_test(tests, test_many, 0, COUNT(steps));
    tcase_add_test(tests, test_neighbours_take_little_room);
    tcase_add_test(tests, test_clear);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
