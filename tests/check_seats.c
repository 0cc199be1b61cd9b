/* check_seats.c - places of an account, over connections and processes */
#include "seats.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 3, ACCOUNT = 7, TRIES_MAX = 5000 };

static char path[] = "check_seats-XXXXXX";
static struct sh_seats one, other;

static void open_seats(struct sh_seats *seats, int64_t account)
{
    struct sp_error err = {.size = sizeof err};

    ck_assert_int_eq(sh_seats_open(seats, path, account, &err), SP_OK);
}

static void open_two(void)
{
    close(mkstemp(path));
    open_seats(&one, ACCOUNT);
    open_seats(&other, ACCOUNT);
}

static void close_two(void)
{
    sh_seats_close(&one);
    sh_seats_close(&other);
    unlink(path);
}

/* Its turn comes after a while; the value is the seat, or 0 when none came free. */
static int take_in_time(struct sh_seats *seats, bool is_proof)
{
    int seat = 0;

    for (int i = 0; i < TRIES_MAX && seat == 0; i++) {
        seat = sh_seats_take(seats, MOST, is_proof);
        if (seat == 0)
            usleep(1000);
    }
    return seat;
}

START_TEST(no_more_than_most_over_both)
{
    int seat = sh_seats_take(&one, MOST, false);

    ck_assert_int_gt(seat, 0);
    ck_assert_int_gt(sh_seats_take(&other, MOST, false), 0);
    ck_assert_int_gt(sh_seats_take(&other, MOST, false), 0);
    ck_assert_int_eq(sh_seats_take(&one, MOST, false), 0);
    ck_assert_int_eq(sh_seats_take(&other, MOST, false), 0);
    sh_seats_give(&one, seat);
    ck_assert_int_gt(sh_seats_take(&other, MOST, false), 0);
}
END_TEST

START_TEST(a_login_is_proved_by_one_at_a_time)
{
    int proof = sh_seats_take(&one, MOST, true);

    ck_assert_int_gt(proof, 0);
    ck_assert_int_eq(sh_seats_take(&other, MOST, true), 0);
    ck_assert_int_eq(sh_seats_take(&one, MOST, true), 0);
    sh_seats_give(&one, proof);
    ck_assert_int_gt(take_in_time(&other, true), 0);
}
END_TEST

START_TEST(who_waits_goes_before_who_has)
{
    int seat[MOST];

    for (int i = 0; i < MOST; i++)
        seat[i] = sh_seats_take(&one, MOST, false);
    ck_assert_int_eq(sh_seats_take(&other, MOST, false), 0);
    sh_seats_give(&one, seat[0]);
    ck_assert_int_eq(sh_seats_take(&one, MOST, false), 0);
    ck_assert_int_gt(take_in_time(&other, false), 0);
    sh_seats_give(&one, seat[1]);
    ck_assert_int_gt(sh_seats_take(&one, MOST, false), 0);
}
END_TEST

START_TEST(who_rests_does_not_wait)
{
    int seat[MOST];

    for (int i = 0; i < MOST; i++)
        seat[i] = sh_seats_take(&one, MOST, false);
    ck_assert_int_eq(sh_seats_take(&other, MOST, false), 0);
    sh_seats_rest(&other);
    sh_seats_give(&one, seat[0]);
    ck_assert_int_gt(sh_seats_take(&one, MOST, false), 0);
}
END_TEST

START_TEST(accounts_do_not_share)
{
    struct sh_seats stranger;

    open_seats(&stranger, ACCOUNT + 1);
    for (int i = 0; i < MOST; i++) {
        ck_assert_int_gt(sh_seats_take(&one, MOST, i == 0), 0);
        ck_assert_int_gt(sh_seats_take(&stranger, MOST, i == 0), 0);
    }
    sh_seats_close(&stranger);
}
END_TEST

START_TEST(a_deleted_file_is_noticed)
{
    ck_assert(!sh_seats_are_lost(&one));
    unlink(path);
    ck_assert(sh_seats_are_lost(&one));
    sh_seats_close(&one);
    open_seats(&one, ACCOUNT);
    ck_assert(!sh_seats_are_lost(&one) && sh_seats_are_lost(&other));
}
END_TEST

/* In a process of its own: holds all seats, says so, and stays. */
static void hold_all(int ready)
{
    open_seats(&one, ACCOUNT);
    for (int i = 0; i < MOST; i++)
        sh_seats_take(&one, MOST, i == 0);
    if (write(ready, "", 1) != 1)
        _exit(1);
    pause();
    _exit(0);
}

START_TEST(who_dies_gives_its_seats_back)
{
    int pipe_ends[2];
    pid_t child;
    char ready;

    ck_assert_int_eq(pipe(pipe_ends), 0);
    child = fork();
    if (child == 0)
        hold_all(pipe_ends[1]);
    close(pipe_ends[1]);
    ck_assert_int_eq(read(pipe_ends[0], &ready, 1), 1);
    close(pipe_ends[0]);
    ck_assert_int_eq(sh_seats_take(&other, MOST, true), 0);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_gt(take_in_time(&other, true), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seats");
    TCase *tests = tcase_create("seats");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tests, open_two, close_two);
    tcase_add_test(tests, no_more_than_most_over_both);
    tcase_add_test(tests, a_login_is_proved_by_one_at_a_time);
    tcase_add_test(tests, who_waits_goes_before_who_has);
    tcase_add_test(tests, who_rests_does_not_wait);
    tcase_add_test(tests, accounts_do_not_share);
    tcase_add_test(tests, a_deleted_file_is_noticed);
    tcase_add_test(tests, who_dies_gives_its_seats_back);
    suite_add_tcase(suite, tests);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
