/* check_faults.c - records that are left out: which faults are theirs, and what is kept of them
 */
#include "error.h"
#include "faults.h"
#include "plugin_fixture.h"

#include <string.h>

static struct sp_instance *instance;
static struct bb_faults faults;
static struct sp_error err;

static void begin(void)
{
    instance = new_instance();
    memset(&faults, 0, sizeof faults);
    err = no_error();
}

static void end(void)
{
    bb_close(instance);
}

/* Notes a fault of that code, as a request leaves it that was tried often enough. */
static int note(int64_t number, int code, uint32_t flags)
{
    bb_fail(&err, code, "fault of %d", (int)number);
    err.flags = flags;
    return bb_faults_note(&faults, instance, number, code, &err);
}

/* Whether an import can go on without the record. */
static const struct {
    int code;
    bool goes_on;
} codes[] = {
    {SP_ERR_PROTOCOL, true},     {SP_ERR_NOT_FOUND, true}, {SP_ERR_FORBIDDEN, true},
    {SP_ERR_UNAVAILABLE, true},  {SP_ERR_NETWORK, true},   {SP_ERR_LOGIN, false},
    {SP_ERR_RATE_LIMIT, false},  {SP_ERR_TLS, false},      {SP_ERR_NOMEM, false},
    {SP_ERR_CANCELLED, false},   {SP_ERR_INTERNAL, false}, {SP_ERR_INVALID, false},
    {SP_ERR_UNSUPPORTED, false}, {SP_ERR_HOST, false},
};

START_TEST(test_whose_fault_it_is)
{
    int code = codes[_i].code;

    ck_assert_int_eq(note(7, code, 0), codes[_i].goes_on ? SP_OK : code);
    ck_assert_uint_eq(faults.n, codes[_i].goes_on);
    ck_assert_int_eq(bb_faults_has(&faults, 7), codes[_i].goes_on);
    ck_assert_str_eq(err.message, codes[_i].goes_on ? "" : "fault of 7");
    ck_assert_int_eq(err.code, codes[_i].goes_on ? 0 : code);
    ck_assert_uint_eq(err.size, sizeof err);
}
END_TEST

/* What a callback of the host returns is no fault of a record, whatever its number means. */
START_TEST(test_of_the_host)
{
    ck_assert_int_eq(bb_faults_note(&faults, instance, 7, SP_ERR_NETWORK, &err),
                     SP_ERR_NETWORK);
    ck_assert_uint_eq(faults.n, 0);
    ck_assert(!bb_faults_has(&faults, 7));
}
END_TEST

START_TEST(test_told)
{
    ck_assert_int_eq(bb_faults_tell(&faults, &err), SP_OK);
    ck_assert_int_eq(note(7, SP_ERR_PROTOCOL, 0), SP_OK);
    ck_assert_int_eq(bb_faults_tell(&faults, &err), SP_ERR_PARTIAL);
    ck_assert_str_eq(err.message, "1 record skipped, pull request 7, fault of 7");
    ck_assert_int_eq(note(8, SP_ERR_NOT_FOUND, 0), SP_OK);
    ck_assert_int_eq(bb_faults_tell(&faults, &err), SP_ERR_PARTIAL);
    ck_assert_str_eq(err.message, "2 records skipped, the first: pull request 7, fault of 7");
}
END_TEST

START_TEST(test_numbers)
{
    for (int i = 0; i < 2; i++) /* twice of one is one number */
        ck_assert_int_eq(note(7, SP_ERR_PROTOCOL, 0), SP_OK);
    ck_assert_uint_eq(faults.n, 2);
    ck_assert_uint_eq(faults.n_numbers, 1);
    ck_assert(!faults.is_untold);
    for (int64_t number = 8; faults.n_numbers < BB_LEFT_OUT_MAX; number++)
        ck_assert_int_eq(note(number, SP_ERR_PROTOCOL, 0), SP_OK);
    ck_assert(!faults.is_untold);
    ck_assert(bb_faults_has(&faults, 6 + BB_LEFT_OUT_MAX));
    ck_assert_int_eq(note(9999, SP_ERR_PROTOCOL, 0), SP_OK);
    ck_assert(faults.is_untold);
    ck_assert(!bb_faults_has(&faults, 9999));
}
END_TEST

START_TEST(test_without_number)
{
    ck_assert_int_eq(note(0, SP_ERR_PROTOCOL, 0), SP_OK);
    ck_assert(faults.is_untold);
    ck_assert_uint_eq(faults.n_numbers, 0);
    ck_assert_int_eq(bb_faults_tell(&faults, &err), SP_ERR_PARTIAL);
    ck_assert_str_eq(err.message, "1 record skipped, fault of 0");
}
END_TEST

/* A server that answers nothing ends the import, unless something comes through meanwhile. */
START_TEST(test_in_vain)
{
    for (int i = 1; i <= 10; i++)
        ck_assert_int_eq(note(i, SP_ERR_UNAVAILABLE, SP_ERROR_RETRY), SP_OK);
    bb_faults_relax(&faults);
    for (int i = 11; i <= 20; i++)
        ck_assert_int_eq(note(i, SP_ERR_UNAVAILABLE, SP_ERROR_RETRY), SP_OK);
    ck_assert_int_eq(note(21, SP_ERR_PROTOCOL, 0), SP_OK); /* that one was answered */
    ck_assert_int_eq(note(22, SP_ERR_UNAVAILABLE, SP_ERROR_RETRY), SP_ERR_UNAVAILABLE);
    ck_assert_str_eq(err.message, "fault of 22");
    ck_assert_uint_eq(faults.n, 21);
    ck_assert(!bb_faults_has(&faults, 22));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults");
    TCase *tests = tcase_create("faults");

    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_loop_test(tests, test_whose_fault_it_is, 0, COUNT(codes));
    tcase_add_test(tests, test_of_the_host);
    tcase_add_test(tests, test_told);
    tcase_add_test(tests, test_numbers);
    tcase_add_test(tests, test_without_number);
    tcase_add_test(tests, test_in_vain);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
