/* check_settings.c - settings against the table that a provider declares */
#include "host_api_fixture.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define START "[connection]\nprovider = table\n[settings]\n"
#define NEED  "need = x\n" /* line 4 */

static const struct sp_setting settings[] = {
    {.key = "need",
     .help = "What cannot be done without.",
     .type = SP_SETTING_STRING,
     .flags = SP_SETTING_REQUIRED},
    {.key = "url", .type = SP_SETTING_URL},
    {.key = "number", .type = SP_SETTING_INTEGER, .minimum = -5, .maximum = 10},
    {.key = "any_number", .type = SP_SETTING_INTEGER, .fallback = "12"},
    {.key = "yes", .type = SP_SETTING_BOOLEAN, .fallback = "true"},
    {.key = "path", .type = SP_SETTING_FILE},
    {.key = "pem", .type = SP_SETTING_FILE, .flags = SP_SETTING_PEM},
    {.key = "day", .type = SP_SETTING_DATE},
    {.key = "words", .type = SP_SETTING_LIST},
    {.key = "password", .type = SP_SETTING_STRING, .flags = SP_SETTING_SECRET},
    {.key = "pin",
     .type = SP_SETTING_INTEGER,
     .flags = SP_SETTING_SECRET,
     .minimum = 1000,
     .maximum = 9999},
    {.key = "flag", .type = SP_SETTING_BOOLEAN, .flags = SP_SETTING_SECRET},
    {.key = "born", .type = SP_SETTING_DATE, .flags = SP_SETTING_SECRET},
    {.key = "place", .type = SP_SETTING_FILE, .flags = SP_SETTING_SECRET},
};

/* The pairs that configure got, as "key=value\n". */
static char configured[20000];

static int configure(const struct sp_host *host, const struct sp_pair *pairs, size_t n,
                     struct sp_instance **out, struct sp_error *err)
{
    size_t length = 0;

    (void)host, (void)err;
    configured[0] = '\0';
    for (size_t i = 0; i < n; i++)
        length += (size_t)snprintf(configured + length, sizeof configured - length, "%s=%s\n",
                                   pairs[i].key, pairs[i].value);
    *out = (struct sp_instance *)configured;
    return SP_OK;
}

static void close_it(struct sp_instance *instance)
{
    (void)instance;
}

static const struct source_provider provider = {
    .size = sizeof provider,
    .abi = SP_ABI_VERSION,
    .name = "table",
    SP_SETTINGS(settings),
    .configure = configure,
    .close = close_it,
};

static void assert_configured(const struct sp_values *values, const char *expected)
{
    struct sp_connection *connection;
    struct sp_error err;

    ck_assert_int_eq(sp_connection_open(&provider, NULL, values, &connection, &err), SP_OK);
    ck_assert_str_eq(configured, expected);
    sp_connection_close(connection);
}

static struct sp_connection_file *read_settings(const char *text)
{
    char whole[20000];
    struct sp_connection_file *file = NULL;

    ck_assert_int_lt(snprintf(whole, sizeof whole, START "%s", text), (int)sizeof whole);
    ck_assert_int_eq(sp_connection_file_read(write_text("s.conf", whole), &file, NULL, NULL),
                     SP_OK);
    return file;
}

/* Checks the settings; expects what is told, and the pairs, or NULL where it must fail. */
static void check(const char *text, const char *expected, const char *pairs)
{
    struct sp_connection_file *file = read_settings(text);
    struct told told = {.file = file->path};
    struct sp_values *values = (void *)&told, *untouched = values;
    int rc = sp_settings_check(&provider, file, &values, on_problem, &told);

    ck_assert_str_eq(told.text, expected);
    ck_assert_int_eq(rc, pairs ? SP_OK : SP_ERR_INVALID);
    if (pairs) {
        assert_configured(values, pairs);
        sp_values_free(values);
    } else {
        ck_assert_ptr_eq(values, untouched);
        ck_assert_int_eq(sp_settings_check(&provider, file, &values, NULL, NULL), rc);
    }
    sp_connection_file_free(file);
}

#define ALL                                                                                    \
    "table has need, url, number, any_number, yes, path, pem, day, words, password, pin, "     \
    "flag, "                                                                                   \
    "born, place"

static const struct {
    const char *text, *told;
} wrong[] = {
    {NEED "colour = red\n", "5: unknown setting colour; " ALL "\n"},
    {NEED "password = " SECRET "\n" SECRET " = 1\n",
     "6: this is no setting; if it goes on with password: a secret has one line, and no line "
     "feed in it\n"},
    {NEED "password = " SECRET "\npasword = 1\n", "6: unknown setting pasword; " ALL "\n"},
    {"!x = 1\n" NEED, "4: unknown setting !x; " ALL "\n"}, /* goes on with nothing */
    {NEED "number = 1\n!x = 1\n", "6: unknown setting !x; " ALL "\n"},
    {NEED "colour = 1\n!x = 1\n",
     "5: unknown setting colour; " ALL "\n6: unknown setting !x; " ALL "\n"},
    {NEED "password = " SECRET "\n\n!x = 1\n", "7: unknown setting !x; " ALL "\n"},
    {NEED "url_file = /dev/null\n", /* no secret */
     "5: unknown setting url_file; " ALL "\n"},
    {NEED "number = eleven\n", "5: number: eleven is not a number\n"},
    {NEED "number = 1x\n", "5: number: 1x is not a number\n"},
    {NEED "number =\n", "5: number:  is not a number\n"},
    {NEED "number = 11\n", "5: number: 11 is not between -5 and 10\n"},
    {NEED "number = -6\n", "5: number: -6 is not between -5 and 10\n"},
    {NEED "any_number = 99999999999999999999\n",
     "5: any_number: 99999999999999999999 is not a number\n"},
    {NEED "yes = maybe\n", "5: yes: maybe is neither true nor false\n"},
    {NEED "yes =\n", "5: yes:  is neither true nor false\n"},
    {NEED "path = /nonexistent\n", "5: path: /nonexistent: No such file or directory\n"},
    {NEED "day = yesterday\n", "5: day: yesterday is no date of the form YYYY-MM-DD\n"},
    {NEED "day = 2024-02-31\n", "5: day: 2024-02-31 is no date of the form YYYY-MM-DD\n"},
    {NEED "day = 2024-13-01\n", "5: day: 2024-13-01 is no date of the form YYYY-MM-DD\n"},
    {NEED "day = 24-1-1\n", "5: day: 24-1-1 is no date of the form YYYY-MM-DD\n"},
    {NEED "day = 2024-01-01T00:00\n",
     "5: day: 2024-01-01T00:00 is no date of the form YYYY-MM-DD\n"},
    {"url = x\n", "3: need is missing: What cannot be done without.\n"},
    {"\nneed =\n", "5: need is missing: What cannot be done without.\n"},
    {NEED "pin = " SECRET "\n", "5: pin: its value is not a number\n"},
    {NEED "flag = " SECRET "\n", "5: flag: its value is neither true nor false\n"},
    {NEED "born = " SECRET "\n", "5: born: its value is no date of the form YYYY-MM-DD\n"},
    {NEED "place = /" SECRET "\n", "5: place: its value: No such file or directory\n"},
    {"number = x\ncolour = red\n" NEED "yes = x\n", "4: number: x is not a number\n"
                                                    "5: unknown setting colour; " ALL "\n"
                                                    "7: yes: x is neither true nor false\n"},
};

START_TEST(test_wrong)
{
    check(wrong[_i].text, wrong[_i].told, NULL);
}
END_TEST

START_TEST(test_range_is_hidden_too)
{
    check(NEED "pin = 10000\n", "5: pin: its value is not between 1000 and 9999\n", NULL);
}
END_TEST

/* A provider fills in its own fallbacks: it gets what was set, and no more. */
START_TEST(test_good)
{
    check(NEED, "", "need=x\n");
    check("number = -5\nany_number = -9223372036854775808\nday = 2024-02-29\npath =\n"
          "words = a b, c\nurl = https://a.b/c\npassword = " SECRET "\n" NEED,
          "",
          "number=-5\nany_number=-9223372036854775808\nday=2024-02-29\npath=\n"
          "words=a b, c\nurl=https://a.b/c\npassword=" SECRET "\nneed=x\n");
    check(NEED "number = 10\nday =\npath = /dev/null\npin = 1000\n", "",
          "need=x\nnumber=10\nday=\npath=/dev/null\npin=1000\n");
}
END_TEST

START_TEST(test_booleans)
{
    static const char *const words[] = {"true", "false", "yes", "no",  "on",
                                        "off",  "1",     "0",   "YES", "False"};
    char text[64], pairs[64];

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        snprintf(text, sizeof text, NEED "yes = %s\n", words[i]);
        snprintf(pairs, sizeof pairs, "need=x\nyes=%s\n", words[i]);
        check(text, "", pairs);
    }
}
END_TEST

/* key_file = the file FOLDER/secret, which holds `bytes`. */
static void check_file(const char *key, const char *bytes, size_t size, const char *told,
                       const char *pairs)
{
    char text[300];

    write_bytes("secret", bytes, size);
    snprintf(text, sizeof text, NEED "%s_file = %s\n", key, in_folder("secret"));
    check(text, told, pairs);
}
#define CHECK_FILE(bytes, told, pairs)                                                         \
    check_file("password", bytes, sizeof(bytes) - 1, told, pairs)

START_TEST(test_secret_from_file)
{
    CHECK_FILE(SECRET, "", "need=x\npassword=" SECRET "\n");
    CHECK_FILE(SECRET "\n", "", "need=x\npassword=" SECRET "\n");
    CHECK_FILE(SECRET "\r\n", "", "need=x\npassword=" SECRET "\n");
    CHECK_FILE(" a ;b = \"c\" \n\n", "", "need=x\npassword= a ;b = \"c\" \n");
}
END_TEST

START_TEST(test_wrong_secret_files)
{
    CHECK_FILE("", "5: password_file: the file that it names: its first line is empty\n", NULL);
    CHECK_FILE("\n" SECRET "\n",
               "5: password_file: the file that it names: its first line is empty\n", NULL);
    CHECK_FILE("\r\n", "5: password_file: the file that it names: its first line is empty\n",
               NULL);
    CHECK_FILE(SECRET "\0" SECRET,
               "5: password_file: the file that it names: it holds a NUL byte\n", NULL);
    CHECK_FILE(SECRET "\n\0", "5: password_file: the file that it names: it holds a NUL byte\n",
               NULL);
    CHECK_FILE("\xEF\xBB\xBF" SECRET "\n",
               "5: password_file: the file that it names: it begins with a byte order mark; "
               "save it as UTF-8 without one\n",
               NULL);
    CHECK_FILE(SECRET "\r\nsecond line\n",
               "5: password_file: the file that it names: it has a second line, and a secret "
               "is one line\n",
               NULL);
    CHECK_FILE(SECRET "\n\n \n",
               "5: password_file: the file that it names: it has a second line, and a secret "
               "is one line\n",
               NULL);
    CHECK_FILE("\0" SECRET "\n",
               "5: password_file: the file that it names: it holds a NUL byte\n", NULL);
    check_file("pin", SECRET, strlen(SECRET), "5: pin_file: its value is not a number\n", NULL);
    check(NEED "password_file = /nonexistent/a\n",
          "5: password_file: the file that it names: No such file or directory\n", NULL);
    check(NEED "password_file = /\n",
          "5: password_file: the file that it names: Is a directory\n", NULL);
    check(NEED "password_file =\n",
          "5: password_file: the file that it names: No such file or directory\n", NULL);
}
END_TEST

START_TEST(test_secret_from_variable)
{
    ck_assert_int_eq(setenv("CHECK_PASSWORD", SECRET, 1), 0);
    ck_assert_int_eq(setenv("CHECK_EMPTY", "", 1), 0);
    ck_assert_int_eq(setenv("CHECK_LINES", "x\nneed=y", 1), 0);
    check(NEED "password_env = CHECK_PASSWORD\n", "", "need=x\npassword=" SECRET "\n");
    check(NEED "password_env = CHECK_EMPTY\n",
          "5: password_env: the environment has no such variable, or it is empty\n", NULL);
    check(NEED "password_env = CHECK_LINES\n",
          "5: password_env: that variable has an end of line in it, and a secret is one line\n",
          NULL);
    check(NEED "password_env = CHECK_NOTHING\n",
          "5: password_env: the environment has no such variable, or it is empty\n", NULL);
    check(NEED "pin_env = CHECK_PASSWORD\n", "5: pin_env: its value is not a number\n", NULL);
}
END_TEST

/* systemd names the folder; nothing else of the machine is read in its name. */
START_TEST(test_secret_from_credential)
{
    unsetenv("CREDENTIALS_DIRECTORY");
    check(NEED "password_credential = bb\n",
          "5: password_credential: systemd passed no credentials (CREDENTIALS_DIRECTORY is "
          "not set)\n",
          NULL);
    ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", in_folder("credentials"), 1), 0);
    ck_assert_int_eq(mkdir(in_folder("credentials"), 0700), 0);
    ck_assert_int_eq(chmod(write_text("credentials/bb", SECRET "\n"), 0440), 0);
    check(NEED "password_credential = bb\n", "", "need=x\npassword=" SECRET "\n");
    check(NEED "password_credential = other\n",
          "5: password_credential: the file that it names: No such file or directory\n", NULL);
    write_text("outside", SECRET "\n");
    check(NEED "password_credential = ../outside\n",
          "5: password_credential: that is no name of a credential\n", NULL);
}
END_TEST

START_TEST(test_long_secret)
{
    char bytes[9000], pairs[9000];

    memset(bytes, 's', sizeof bytes);
    check_file(
        "password", bytes, sizeof bytes,
        "5: password_file: the file that it names: its first line is too long for a secret\n",
        NULL);
    check_file(
        "password", bytes, 8191,
        "5: password_file: the file that it names: its first line is too long for a secret\n",
        NULL);
    snprintf(pairs, sizeof pairs, "need=x\npassword=%.8190s\n", bytes);
    check_file("password", bytes, 8190, "", pairs);
}
END_TEST

#define BEGIN "-----BEGIN CERTIFICATE-----\n"

static void check_pem(const char *bytes, size_t size, const char *told, const char *pairs)
{
    char text[300], set[300];

    write_bytes("pem", bytes, size);
    snprintf(text, sizeof text, NEED "pem = %s\n", in_folder("pem"));
    snprintf(set, sizeof set, "need=x\npem=%s\n", in_folder("pem"));
    check(text, told, pairs ? set : NULL);
}
#define CHECK_PEM(bytes, told, pairs) check_pem(bytes, sizeof(bytes) - 1, told, pairs)
#define NO_PEM                        "5: pem: pem: it is no PEM file: no line of it begins with -----BEGIN\n"

START_TEST(test_pem)
{
    CHECK_PEM(BEGIN, "", "");
    CHECK_PEM("# of our authority\r\n\r\n" BEGIN, "", "");
    CHECK_PEM("", NO_PEM, NULL);
    CHECK_PEM("\x30\x82\0\n\0", NO_PEM, NULL);
    CHECK_PEM("This has no " BEGIN, NO_PEM, NULL);
    check(NEED "pem =\n", "", "need=x\npem=\n");
    check(NEED "pem = /\n", "5: pem: /: it is no file\n", NULL);
    check(NEED "pem = /dev/zero\n", "5: pem: /dev/zero: it is no file\n", NULL);
    check(NEED "pem = /nonexistent/a\n", "5: pem: /nonexistent/a: No such file or directory\n",
          NULL);
}
END_TEST

START_TEST(test_secret_file_of_others)
{
    char text[300];

    ck_assert_int_eq(chmod(write_text("secret", SECRET), 0640), 0);
    snprintf(text, sizeof text, NEED "password_file = %s\n", in_folder("secret"));
    check(text,
          "5: warning: password_file: others may read secret (mode 0640); chmod 600 keeps the "
          "secret\n",
          "need=x\npassword=" SECRET "\n");
}
END_TEST

static struct sp_connection_file *forbidden;

static void check_forbidden(void)
{
    struct told told = {.file = forbidden->path};
    struct sp_values *values;

    ck_assert_int_eq(sp_settings_check(&provider, forbidden, &values, on_problem, &told),
                     SP_ERR_INVALID);
    ck_assert_str_eq(told.text,
                     "5: password_file: the file that it names: Permission denied\n");
}

START_TEST(test_unreadable_secret_file)
{
    const char *path = write_text("forbidden", SECRET);
    char text[300];

    ck_assert_int_eq(chmod(path, 0), 0);
    snprintf(text, sizeof text, NEED "password_file = %s\n", path);
    forbidden = read_settings(text);
    as_nobody(check_forbidden);
    sp_connection_file_free(forbidden);
}
END_TEST

START_TEST(test_both_key_and_file)
{
    static const char told[] =
        "5: password is given twice, in different ways; one of them is needed\n";
    char text[300];

    write_text("secret", SECRET);
    snprintf(text, sizeof text, NEED "password = " SECRET "\npassword_file = %s\n",
             in_folder("secret"));
    check(text, told, NULL);
    snprintf(text, sizeof text, NEED "password_file = %s\npassword = " SECRET "\n",
             in_folder("secret"));
    check(text, told, NULL);
}
END_TEST

START_TEST(test_line_of_a_key)
{
    struct sp_connection_file *file =
        read_settings("passwords = x\n" NEED "password_file = /dev/null\nurl =\n");

    ck_assert_uint_eq(sp_settings_line(file, "need"), 5);
    ck_assert_uint_eq(sp_settings_line(file, "password"), 6);
    ck_assert_uint_eq(sp_settings_line(file, "password_file"), 6);
    ck_assert_uint_eq(sp_settings_line(file, "url"), 7);
    ck_assert_uint_eq(sp_settings_line(file, "ur"), 3);
    ck_assert_uint_eq(sp_settings_line(file, ""), 3);
    sp_connection_file_free(file);
    sp_values_free(NULL);
}
END_TEST

/* Rows of a later ABI are longer; their members are found all the same. */
START_TEST(test_longer_rows)
{
    static const struct {
        struct sp_setting now;
        const char *more[3];
    } rows[] = {{.now = {.key = "first"}, .more = {"x", "y", "z"}},
                {.now = {.key = "second", .type = SP_SETTING_INTEGER}}};
    struct source_provider later = provider;
    struct sp_connection_file *file = read_settings("first = a\nsecond = b\n");
    struct told told = {.file = file->path};
    struct sp_values *values;

    later.settings = &rows[0].now;
    later.n_settings = 2;
    later.setting_size = sizeof rows[0];
    ck_assert_int_eq(sp_settings_check(&later, file, &values, on_problem, &told),
                     SP_ERR_INVALID);
    ck_assert_str_eq(told.text, "5: second: b is not a number\n");
    sp_connection_file_free(file);
}
END_TEST

#define SALT "$6$rounds=1000$abcdefghijklmnop$"

/* The password is in a file, where it may be long.  The caller frees it. */
static char *fingerprint(const char *text, const char *password, const char *salt)
{
    char *whole = NULL;
    struct sp_connection_file *file;
    struct sp_values *values;
    struct told told = {.file = NULL};
    char hash[SP_FINGERPRINT_MAX];
    struct sp_error err;

    ck_assert_int_gt(
        asprintf(&whole, "%spassword_file = %s\n", text, write_text("p", password)), 0);
    file = read_settings(whole);
    told.file = file->path;
    ck_assert_int_eq(sp_settings_check(&provider, file, &values, on_problem, &told), SP_OK);
    ck_assert_int_eq(sp_values_fingerprint(values, salt, hash, sizeof hash, &err), SP_OK);
    sp_values_free(values);
    sp_connection_file_free(file);
    free(whole);
    return strdup(hash);
}

#define FIFTY "01234567890123456789012345678901234567890123456789"
#define LONG  FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY /* what libcrypt gets at once */

static const struct {
    const char *text[2], *password[2];
    bool is_same;
} fingerprints[] = {
    {{NEED "day = 2026-01-01\n", "day = 2026-01-01\n" NEED}, {"a", "a"}, true},
    {{NEED, "need = y\n"}, {"a", "a"}, false},
    {{NEED "number = 1\n", NEED "any_number = 1\n"}, {"a", "a"}, false},
    {{NEED, NEED}, {"a", "b"}, false},
    {{NEED, NEED}, {LONG "a", LONG "b"}, false},
    {{NEED, NEED}, {LONG LONG, LONG}, false},
    {{NEED, NEED}, {"a" LONG, "b" LONG}, false},
};

START_TEST(test_fingerprint)
{
    const char *const *text = fingerprints[_i].text, *const *password =
                                                         fingerprints[_i].password;
    char *one = fingerprint(text[0], password[0], SALT);
    char *other = fingerprint(text[1], password[1], SALT);
    char *salted = fingerprint(text[0], password[0], "$6$rounds=1000$another$");

    ck_assert_int_eq(strcmp(one, other) == 0, fingerprints[_i].is_same);
    ck_assert_str_ne(one, salted);
    free(one);
    free(other);
    free(salted);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("settings");
    TCase *tests = tcase_create("settings");

    tcase_add_loop_test(tests, test_wrong, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, test_range_is_hidden_too);
    tcase_add_test(tests, test_good);
    tcase_add_test(tests, test_booleans);
    tcase_add_test(tests, test_secret_from_file);
    tcase_add_test(tests, test_wrong_secret_files);
    tcase_add_test(tests, test_secret_from_variable);
    tcase_add_test(tests, test_secret_from_credential);
    tcase_add_test(tests, test_long_secret);
    tcase_add_test(tests, test_pem);
    tcase_add_test(tests, test_secret_file_of_others);
    tcase_add_test(tests, test_unreadable_secret_file);
    tcase_add_test(tests, test_both_key_and_file);
    tcase_add_test(tests, test_line_of_a_key);
    tcase_add_test(tests, test_longer_rows);
    tcase_add_loop_test(tests, test_fingerprint, 0, sizeof fingerprints / sizeof *fingerprints);
    suite_add_tcase(suite, tests);
    return run_in_folder(suite);
}
