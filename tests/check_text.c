/* check_text.c - text from strangers */
#include "text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *text, *mended;
} cases[] = {
    {"plain", "plain"},
    {"", ""},
    {"Gr\xC3\xB6\xC3\x9F"
     "e \xE2\x82\xAC \xF0\x9F\x98\x80",
     "Gr\xC3\xB6\xC3\x9F"
     "e \xE2\x82\xAC \xF0\x9F\x98\x80"},
    {"Gr\xF6\xDF"
     "e",
     "Gr\xEF\xBF\xBD\xEF\xBF\xBD"
     "e"},
    {"\xC3", "\xEF\xBF\xBD"},                                                 /* cut */
    {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},                                 /* cut */
    {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},                                 /* overlong */
    {"\xE0\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},                 /* overlong */
    {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},                 /* surrogate */
    {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"}, /* too high */
    {"a\x80z", "a\xEF\xBF\xBDz"},
};

START_TEST(mends_what_is_no_utf8)
{
    const char *text = cases[_i].text, *mended = cases[_i].mended;
    char *got = sh_utf8_mend(text, strlen(text));

    ck_assert_str_eq(got, mended);
    ck_assert_uint_eq(sh_utf8_length(got, strlen(got)), strlen(got));
    ck_assert_int_eq(sh_utf8_length(text, strlen(text)) == strlen(text),
                     strcmp(text, mended) == 0);
    free(got);
}
END_TEST

START_TEST(defuses_what_a_terminal_obeys)
{
    char text[] = "a\033[31mb\tc\r\n\x7F \xC2\x9B"
                  "d \xC2\xA0 \xC3\xB6 \x9B"
                  "e \xC3";
    char bidi[] = "\xE2\x80\xAE"
                  "a\xE2\x81\xA6 \xE2\x81\xAA \xE2\x80\xA8"
                  "b\xE2\x80\xA7 \xE2\x82\xAC \xE2\x81\xA9\xE2\x80\xAF\xE2\x81\xA5 \xE2\x80";

    sh_text_defuse(text);
    ck_assert_str_eq(text, "a?[31mb?c??? ??d \xC2\xA0 \xC3\xB6 ?e ?");
    sh_text_defuse(bidi);
    ck_assert_str_eq(
        bidi,
        "???a??? \xE2\x81\xAA ???b\xE2\x80\xA7 \xE2\x82\xAC ???\xE2\x80\xAF\xE2\x81\xA5 ??");
}
END_TEST

START_TEST(counts_characters_as_columns)
{
    ck_assert_uint_eq(sh_text_width(""), 0);
    ck_assert_uint_eq(sh_text_width("Gr\xC3\xB6\xC3\x9F"
                                    "e"),
                      5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    SRunner *runner = srunner_create(suite);

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, mends_what_is_no_utf8, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tests, defuses_what_a_terminal_obeys);
    tcase_add_test(tests, counts_characters_as_columns);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 0;
}
