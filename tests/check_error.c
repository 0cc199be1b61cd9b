/* check_error.c - struct sp_error, and the words for codes and enums */
#include "host_api_fixture.h"

#include <limits.h>
#include <string.h>

START_TEST(test_set_and_clear)
{
    struct sp_error err;

    memset(&err, 'x', sizeof err);
    ck_assert_int_eq(sp_error_set(&err, SP_ERR_TLS, "%s %d", "certificate", 3), SP_ERR_TLS);
    ck_assert_uint_eq(err.size, sizeof err);
    ck_assert_int_eq(err.code, SP_ERR_TLS);
    ck_assert_str_eq(err.message, "certificate 3");
    ck_assert_str_eq(err.setting, "");
    ck_assert_int_eq(err.http_status, 0);
    ck_assert_uint_eq(err.flags, 0);
    ck_assert_uint_eq(err.retry_after_ms, 0);
    sp_error_clear(&err);
    ck_assert_uint_eq(err.size, sizeof err);
    ck_assert_int_eq(err.code, 0);
    ck_assert_str_eq(err.message, "");
    ck_assert_int_eq(sp_error_set(NULL, -77, "%s", "nobody listens"), -77);
}
END_TEST

/* _i ASCII bytes before many two-byte characters: one of both lengths cuts one in half. */
START_TEST(test_cut_between_characters)
{
    struct sp_error err;
    char text[1200] = "";
    size_t length;

    memset(text, 'a', (size_t)_i);
    while (strlen(text) < 1100)
        strcat(text, "\303\266");
    sp_error_set(&err, -1, "%s", text);
    length = strlen(err.message);
    ck_assert_uint_ge(length, sizeof err.message - 3);
    ck_assert_uint_lt(length, sizeof err.message);
    ck_assert_uint_eq((length - (size_t)_i) % 2, 0);
    ck_assert_int_eq(memcmp(err.message, text, length), 0);
}
END_TEST

START_TEST(test_longest_text_is_whole)
{
    struct sp_error err;
    char text[sizeof err.message];

    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    sp_error_set(&err, -1, "%s", text);
    ck_assert_str_eq(err.message, text);
}
END_TEST

START_TEST(test_names_of_codes)
{
    ck_assert_str_eq(sp_code_name(SP_OK), "done");
    ck_assert_str_eq(sp_code_name(SP_ERR_INTERNAL), "internal error");
    ck_assert_str_eq(sp_code_name(SP_ERR_LOGIN), "login refused");
    ck_assert_str_eq(sp_code_name(SP_ERR_PROTOCOL), "protocol error");
    ck_assert_str_eq(sp_code_name(SP_ERR_PARTIAL - 1), "internal error");
    ck_assert_str_eq(sp_code_name(SP_ERR_HOST + 1), "internal error");
    ck_assert_str_eq(sp_code_name(SP_ERR_HOST), "failed in the host");
    ck_assert_str_eq(sp_code_name(INT_MIN), "failed in the host");
    ck_assert_str_eq(sp_code_name(1), "internal error");
    ck_assert_str_eq(sp_code_name(INT_MAX), "internal error");
}
END_TEST

/* First, last, and past the last of each enum: words of stores, which must never change. */
START_TEST(test_names_of_enums)
{
    ck_assert_str_eq(sp_setting_type_name(SP_SETTING_STRING), "string");
    ck_assert_str_eq(sp_setting_type_name(SP_SETTING_LIST), "list");
    ck_assert_str_eq(sp_setting_type_name(SP_SETTING_LIST + 1), "string");
    ck_assert_str_eq(sp_action_name(SP_ACTION_OTHER), "OTHER");
    ck_assert_str_eq(sp_action_name(SP_ACTION_OPENED), "OPENED");
    ck_assert_str_eq(sp_action_name(SP_ACTION_REVIEWED), "REVIEWED");
    ck_assert_str_eq(sp_action_name(SP_ACTION_MERGED), "MERGED");
    ck_assert_str_eq(sp_action_name(SP_ACTION_AUTO_MERGE_CANCELLED), "AUTO_MERGE_CANCELLED");
    ck_assert_str_eq(sp_action_name(SP_ACTION_AUTO_MERGE_CANCELLED + 1), "OTHER");
    ck_assert_str_eq(sp_action_name(UINT32_MAX), "OTHER");
    ck_assert_str_eq(sp_review_state_name(SP_REVIEW_NONE), "UNAPPROVED");
    ck_assert_str_eq(sp_review_state_name(SP_REVIEW_NEEDS_WORK), "NEEDS_WORK");
    ck_assert_str_eq(sp_review_state_name(3), "UNAPPROVED");
    ck_assert_str_eq(sp_pull_request_state_name(0), "UNKNOWN");
    ck_assert_str_eq(sp_pull_request_state_name(SP_OPEN), "OPEN");
    ck_assert_str_eq(sp_pull_request_state_name(SP_DECLINED), "DECLINED");
    ck_assert_str_eq(sp_pull_request_state_name(SP_DECLINED + 1), "UNKNOWN");
    ck_assert_str_eq(sp_severity_name(SP_SEVERITY_BLOCKER), "BLOCKER");
    ck_assert_str_eq(sp_severity_name(2), "NORMAL");
    ck_assert_ptr_null(sp_comment_state_name(SP_COMMENT_STATE_UNKNOWN));
    ck_assert_str_eq(sp_comment_state_name(SP_COMMENT_RESOLVED), "RESOLVED");
    ck_assert_ptr_null(sp_comment_state_name(SP_COMMENT_RESOLVED + 1));
    ck_assert_str_eq(sp_check_status_name(SP_CHECK_PASS), "pass");
    ck_assert_str_eq(sp_check_status_name(SP_CHECK_SKIP), "skip");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error");
    TCase *tests = tcase_create("error");

    tcase_add_test(tests, test_set_and_clear);
    tcase_add_loop_test(tests, test_cut_between_characters, 0, 2);
    tcase_add_test(tests, test_longest_text_is_whole);
    tcase_add_test(tests, test_names_of_codes);
    tcase_add_test(tests, test_names_of_enums);
    suite_add_tcase(suite, tests);
    return run_in_folder(suite);
}
