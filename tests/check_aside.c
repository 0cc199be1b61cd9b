/* check_aside.c - statements that a thread of its own obeys */
#include "store/aside.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 20000, ROW = 100, LONG = 200 * 1024 };

/* What was obeyed, written by the thread and read once all is finished. */
static struct {
    int64_t n, out_of_order, mangled;
    int64_t fails_at; /* this one, and all after it; 0: none */
    size_t longest;
    pthread_t thread;
} seen;

static struct sh_aside *aside;
static struct sp_error err;

static int obey(void *ctx, const char *sql, const struct sh_value *parameters, size_t n,
                struct sp_error *ret)
{
    size_t length = parameters[1].is_null ? 0 : strlen(parameters[1].text);

    ck_assert_ptr_eq(ctx, &seen);
    seen.out_of_order += parameters[0].number != seen.n;
    seen.mangled += n != 3 || strcmp(sql, "insert") != 0 || !parameters[2].is_null ||
                    (length && parameters[1].text[length - 1] != 'z');
    seen.longest = length > seen.longest ? length : seen.longest;
    seen.thread = pthread_self();
    if (++seen.n < seen.fails_at || !seen.fails_at)
        return SP_OK;
    return sp_error_set(ret, SP_ERR_HOST, "number %lld failed", (long long)seen.n);
}

static int put(int64_t number, size_t length)
{
    char *text = malloc(length + 1);
    int rc;

    ck_assert_ptr_nonnull(text);
    memset(text, 'a', length);
    text[length - 1] = 'z';
    text[length] = '\0';
    rc = sh_aside_put(aside, "insert",
                      (struct sh_value[]){SH_INT(number), SH_TEXT(text), SH_TEXT(NULL)}, 3,
                      &err);
    free(text);
    return rc;
}

static void set_up(void)
{
    memset(&seen, 0, sizeof seen);
    aside = sh_aside_new(obey, &seen);
    ck_assert_ptr_nonnull(aside);
}

static void tear_down(void)
{
    sh_aside_free(aside);
}

START_TEST(all_are_obeyed_in_their_order)
{
    for (int64_t i = 0; i < MANY; i++)
        ck_assert_int_eq(put(i, 1 + (size_t)i % ROW), SP_OK);
    ck_assert_int_eq(sh_aside_finish(aside, &err), SP_OK);
    ck_assert_int_eq(seen.n, MANY);
    ck_assert_int_eq(seen.out_of_order + seen.mangled, 0);
    ck_assert_int_eq(seen.longest, ROW);
    ck_assert(!pthread_equal(seen.thread, pthread_self()));
}
END_TEST

START_TEST(one_that_is_longer_than_a_block_keeps_its_place)
{
    for (int64_t i = 0; i < 9; i++)
        ck_assert_int_eq(put(i, i % 3 == 1 ? LONG : ROW), SP_OK);
    ck_assert_int_eq(sh_aside_finish(aside, &err), SP_OK);
    ck_assert_int_eq(seen.n, 9);
    ck_assert_int_eq(seen.out_of_order + seen.mangled, 0);
    ck_assert_int_eq(seen.longest, LONG);
}
END_TEST

START_TEST(after_one_that_failed_none_is_obeyed_until_that_was_told)
{
    int rc = SP_OK;

    seen.fails_at = 5;
    for (int64_t i = 0; i < MANY && !rc; i++)
        rc = put(i, ROW);
    ck_assert_int_eq(rc, SP_ERR_HOST);
    ck_assert_str_eq(err.message, "number 5 failed");
    ck_assert_int_eq(sh_aside_finish(aside, &err), SP_OK);
    ck_assert_int_eq(seen.n, 5);
    seen.fails_at = 0;
    ck_assert_int_eq(put(5, ROW), SP_OK);
    ck_assert_int_eq(sh_aside_finish(aside, &err), SP_OK);
    ck_assert_int_eq(seen.n, 6);
}
END_TEST

START_TEST(who_finishes_hears_of_one_that_failed_once)
{
    seen.fails_at = 2;
    for (int64_t i = 0; i < 3; i++)
        ck_assert_int_eq(put(i, ROW), SP_OK);
    ck_assert_int_eq(sh_aside_finish(aside, &err), SP_ERR_HOST);
    ck_assert_str_eq(err.message, "number 2 failed");
    ck_assert_int_eq(seen.n, 2);
    ck_assert_int_eq(sh_aside_finish(aside, &err), SP_OK);
}
END_TEST

START_TEST(what_is_not_finished_ends_with_it)
{
    for (int64_t i = 0; i < MANY; i++)
        ck_assert_int_eq(put(i, ROW), SP_OK);
    sh_aside_free(aside);
    aside = NULL;
    ck_assert_int_lt(seen.n, MANY);
    ck_assert_int_eq(seen.out_of_order + seen.mangled, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("aside");
    TCase *tests = tcase_create("aside");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, all_are_obeyed_in_their_order);
    tcase_add_test(tests, one_that_is_longer_than_a_block_keeps_its_place);
    tcase_add_test(tests, after_one_that_failed_none_is_obeyed_until_that_was_told);
    tcase_add_test(tests, who_finishes_hears_of_one_that_failed_once);
    tcase_add_test(tests, what_is_not_finished_ends_with_it);
    suite_add_tcase(suite, tests);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
