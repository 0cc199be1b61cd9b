/* check_nearest.c - which names are suggested for one that is not there */
#include "nearest.h"

#include <check.h>
#include <string.h>

static const char *const names[] = {"PLAT/api", "PLAT/web",    "PLAT/docs", "MOB/ios",
                                    "MOB/web",  "PLAT/web-ui", "~JDOE/api", "GROE/uber-uns"};

static const char *suggested(const char *wanted)
{
    static char text[512];
    struct sh_nearest nearest = {.wanted = wanted};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        sh_nearest_try(&nearest, names[i]);
    sh_nearest_text(&nearest, text, sizeof text);
    return text;
}

START_TEST(the_nearest_come_first)
{
    ck_assert_str_eq(suggested("PLAT/weB"), "; did you mean PLAT/web, MOB/web or PLAT/api?");
    ck_assert_str_eq(suggested("MOB/isos"), "; did you mean MOB/ios?");
    ck_assert_str_eq(suggested("plat/dcos"), "; did you mean PLAT/docs?");
}
END_TEST

START_TEST(a_slug_alone_or_of_another_organization_is_near)
{
    ck_assert_str_eq(suggested("ios"), "; did you mean MOB/ios?");
    ck_assert_str_eq(suggested("SALES/docs"), "; did you mean PLAT/docs?");
}
END_TEST

START_TEST(what_is_far_is_not_suggested)
{
    ck_assert_str_eq(suggested("QQQQ/zzzzzz"), "");
    ck_assert_str_eq(suggested(""), "");
}
END_TEST

START_TEST(a_name_beyond_all_measure_is_left_out)
{
    char name[2 * SH_NEAREST_NAME_MAX];
    struct sh_nearest nearest = {.wanted = name};
    char text[512];

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    sh_nearest_try(&nearest, "x");
    ck_assert_uint_eq(nearest.n, 0);
    nearest.wanted = "x";
    sh_nearest_try(&nearest, name);
    ck_assert_uint_eq(nearest.n, 0);
    name[SH_NEAREST_NAME_MAX - 1] = '\0';
    nearest.wanted = name;
    sh_nearest_try(&nearest, name);
    sh_nearest_text(&nearest, text, 20);
    ck_assert_uint_eq(strlen(text), 19);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nearest");
    TCase *tests = tcase_create("nearest");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, the_nearest_come_first);
    tcase_add_test(tests, a_slug_alone_or_of_another_organization_is_near);
    tcase_add_test(tests, what_is_far_is_not_suggested);
    tcase_add_test(tests, a_name_beyond_all_measure_is_left_out);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 0;
}
