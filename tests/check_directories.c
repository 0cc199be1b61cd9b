/* check_directories.c - directories are made whole, for us alone, or what fails is told whole
 */
#include "directories.h"

#include "source_provider_host.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char start[32], cwd[4096];

static void enter(void)
{
    strcpy(start, "check_directories-XXXXXX");
    ck_assert_ptr_nonnull(getcwd(cwd, sizeof cwd));
    ck_assert_ptr_nonnull(mkdtemp(start));
    ck_assert_int_eq(chdir(start), 0);
}

static void leave(void)
{
    ck_assert_int_eq(chdir(cwd), 0);
    ck_assert_int_eq(rmdir(start), 0);
}

START_TEST(all_on_the_way_are_made_for_us_alone)
{
    struct sp_error err;
    struct stat st;

    for (int i = 0; i < 2; i++) { /* the second time they are there */
        ck_assert_int_eq(sh_make_directories("a/b/", &err), SP_OK);
        ck_assert_int_eq(stat("a/b", &st), 0);
        ck_assert_uint_eq(st.st_mode & 07777, 0700);
    }
    ck_assert_int_eq(rmdir("a/b"), 0);
    ck_assert_int_eq(rmdir("a"), 0);
}
END_TEST

/* Callers hand over an error that nobody cleared. */
START_TEST(what_is_told_has_nothing_of_what_stood_there)
{
    struct sp_error err;

    memset(&err, 'x', sizeof err);
    ck_assert_int_eq(symlink("nowhere", "link"), 0);
    ck_assert_int_eq(sh_make_directories("link/b", &err), SP_ERR_HOST);
    ck_assert_int_eq(unlink("link"), 0);
    ck_assert_str_eq(err.message, "directory link/b cannot be made: No such file or directory");
    ck_assert_str_eq(err.remedy, "");
    ck_assert_str_eq(err.cause, "");
    ck_assert_int_eq(err.http_status, 0);
    ck_assert_uint_eq(err.size, sizeof err);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("directories");
    TCase *tests = tcase_create("directories");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, enter, leave);
    tcase_add_test(tests, all_on_the_way_are_made_for_us_alone);
    tcase_add_test(tests, what_is_told_has_nothing_of_what_stood_there);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 0;
}
