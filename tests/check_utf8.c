/* check_utf8.c - text of servers that is no UTF-8: on its own, in records and in errors */
#include "error.h"
#include "page.h"
#include "plugin_fixture.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

#define FFFD "\xEF\xBF\xBD"

static const struct {
    const char *text, *copy, *in_place;
} cases[] = {
    {"", "", ""},
    {"plain", "plain", "plain"},
    {"a\r\nb\x7F\x1B[31m", "a\r\nb\x7F\x1B[31m", "a  b  [31m"},
    {"\xC3\xB6\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xB6\xE2\x82\xAC\xF0\x9F\x98\x80",
     "\xC3\xB6\xE2\x82\xAC\xF0\x9F\x98\x80"},
    {"a\xFFz", "a" FFFD "z", "a?z"},
    {"0123456\xFF"
     "89012345",
     "0123456" FFFD "89012345", "0123456?89012345"},
    {"0123456\xC3\xB6"
     "89012345\x80",
     "0123456\xC3\xB6"
     "89012345" FFFD,
     "0123456\xC3\xB6"
     "89012345?"},
    {"\xC3", FFFD, "?"},                               /* cut */
    {"\xE2\x82z", FFFD FFFD "z", "??z"},               /* cut */
    {"\x80\x9B", FFFD FFFD, "??"},                     /* nothing before it */
    {"\xC0\xAF\xC1\x81", FFFD FFFD FFFD FFFD, "????"}, /* longer than it need be */
    {"\xE0\x9F\xBF", FFFD FFFD FFFD, "???"},           /* the same */
    {"\xF0\x8F\xBF\xBF", FFFD FFFD FFFD FFFD, "????"}, /* the same */
    {"\xED\xA0\x80", FFFD FFFD FFFD, "???"},           /* half of a pair */
    {"\xF4\x90\x80\x80", FFFD FFFD FFFD FFFD, "????"}, /* beyond Unicode */
    {"\xF5\x80\x80\x80", FFFD FFFD FFFD FFFD, "????"}, /* the same */
    {"\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF", "\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF",
     "\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"}, /* on the borders */
    {"\xE0\xA0\x80\xE0\xBF\xBF\xF0\x90\x80\x80", "\xE0\xA0\x80\xE0\xBF\xBF\xF0\x90\x80\x80",
     "\xE0\xA0\x80\xE0\xBF\xBF\xF0\x90\x80\x80"},
    /* a second byte that is none */
    {"\xC3\xC3\xB6", FFFD "\xC3\xB6", "?\xC3\xB6"},
    {"\xE0\xC3\xB6", FFFD "\xC3\xB6", "?\xC3\xB6"},
    {"\xEDz\x80", FFFD "z" FFFD, "?z?"},
    {"\xF0\xC3\xB6\xB6", FFFD "\xC3\xB6" FFFD, "?\xC3\xB6?"},
    {"\xF4z\x80\x80", FFFD "z" FFFD FFFD, "?z??"},
};

START_TEST(test_mended)
{
    const char *text = cases[_i].text;
    char *copy = bb_utf8_mended(text, strlen(text)), *in_place = strdup(text);

    bb_utf8_line(in_place);
    ck_assert_str_eq(copy, cases[_i].copy);
    ck_assert_str_eq(in_place, cases[_i].in_place);
    ck_assert_int_eq(bb_is_utf8(text, strlen(text)), strcmp(text, copy) == 0);
    free(copy);
    free(in_place);
}
END_TEST

START_TEST(test_in_an_element)
{
    static const struct bb_listing_kind kind = {"values", "?", 100, NULL};
    static const char page[] =
        "{\"values\":[{\"a\xFF\":\"\\u0000\xC3\xB6\x9B\"}],\"isLastPage\":true}";
    struct json_object *element = NULL;
    struct sp_error err = no_error();
    struct hand_fed fed;

    hand_fed_open(&fed, &kind);
    hand_fed_arrive(&fed, page, strlen(page), 3);
    ck_assert_int_eq(bb_listing_next(&fed.listing, &element, &err), 1);
    ck_assert_str_eq(json_object_to_json_string_ext(element, JSON_C_TO_STRING_PLAIN),
                     "{\"a" FFFD "\":\"" FFFD "\xC3\xB6" FFFD "\"}");
    json_object_put(element);
    hand_fed_close(&fed);
}
END_TEST

START_TEST(test_in_an_error)
{
    struct sp_error err = no_error();

    ck_assert_int_eq(bb_fail(&err, SP_ERR_PROTOCOL, "it begins: %s", "\x9B[31m\xC3\xB6"),
                     SP_ERR_PROTOCOL);
    ck_assert_str_eq(err.message, "it begins: ?[31m\xC3\xB6");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("utf8");
    TCase *tests = tcase_create("utf8");

    tcase_add_loop_test(tests, test_mended, 0, COUNT(cases));
    tcase_add_test(tests, test_in_an_element);
    tcase_add_test(tests, test_in_an_error);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
