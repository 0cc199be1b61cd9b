/* check_name.c - user names of any letters: the same in upper and lower case, however they come
 */
#include "instance.h"
#include "name.h"
#include "plugin_fixture.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *one, *other;
    bool is_same;
} pairs[] = {
    {"flow-service", "Flow-Service", true},
    {"\303\234SER@example.com", "\303\274ser@example.com", true},   /* Ü, ü */
    {"\320\226\320\220\320\235", "\320\266\320\260\320\275", true}, /* ЖАН, жан */
    {"\303\205sa", "\303\245sa", true},                             /* Å, å */
    {"\360\220\220\200", "\360\220\220\250", true},                 /* of four bytes */
    {"user", "user2", false},
    {"user2", "user", false},
    {"user", "\303\274ser", false},
    {"\303\274ser", "\303\266ser", false}, /* ü, ö */
    {"", "user", false},
    {"\374SER", "\374ser", true}, /* no UTF-8 */
    {"\374ser", "\334ser", false},
};

START_TEST(test_same)
{
    ck_assert_int_eq(bb_same_name(pairs[_i].one, pairs[_i].other), pairs[_i].is_same);
    ck_assert_int_eq(bb_same_name(pairs[_i].other, pairs[_i].one), pairs[_i].is_same);
    ck_assert_int_eq(bb_same_name(pairs[_i].one, pairs[_i].one), 1);
    ck_assert_str_eq(setlocale(LC_CTYPE, NULL), "C");
    ck_assert_int_eq((int)MB_CUR_MAX, 1); /* the locale of the thread is what it was */
}
END_TEST

static const struct {
    const char *value, *name;
} headers[] = {
    {"flow-service", "flow-service"},
    {"%C3%BCser%40example.com", "\303\274ser@example.com"},
    {"\303\274ser", "\303\274ser"},
    {"\374ser", "\303\274ser"},
    {"%FCser", "\303\274ser"},
    {"100%", "100%"},
    {"a%zz", "a%zz"},
    {"\370\221\221\221\221", "\303\270\302\221\302\221\302\221\302\221"}, /* once UTF-8 */
    {"\377\377\377\377", "\303\277\303\277\303\277\303\277"},
};

START_TEST(test_header)
{
    char *name = bb_name_of_header(headers[_i].value);

    ck_assert_str_eq(name, headers[_i].name);
    free(name);
}
END_TEST

static struct sp_instance *instance_of(const char *user)
{
    const struct sp_pair settings[] = {{"base_url", "https://Git.Example.com/bitbucket"},
                                       {"username", user},
                                       {"password", "p"}};
    struct sp_instance *instance = NULL;
    struct sp_error err = no_error();

    ck_assert_int_eq(bb_configure(NULL, settings, COUNT(settings), &instance, &err), 0);
    return instance;
}

START_TEST(test_account)
{
    static const char *const users[] = {"\303\234SER", "\303\274ser"};
    struct sp_error err = no_error();
    char account[2][256];

    for (int i = 0; i < 2; i++) {
        struct sp_instance *instance = instance_of(users[i]);

        ck_assert_int_eq(bb_account(instance, account[i], sizeof account[i], &err), 0);
        ck_assert_int_eq(bb_account(instance, (char[8]){0}, 8, &err), SP_ERR_INVALID);
        bb_close(instance);
    }
    ck_assert_str_eq(account[0], "https://git.example.com:443 \303\274ser");
    ck_assert_str_eq(account[1], account[0]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("name");
    TCase *tests = tcase_create("names");

    tcase_add_loop_test(tests, test_same, 0, COUNT(pairs));
    tcase_add_loop_test(tests, test_header, 0, COUNT(headers));
    tcase_add_test(tests, test_account);
    suite_add_tcase(suite, tests);
    return run_all(suite);
}
