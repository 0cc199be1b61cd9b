/* check_connection_file.c - what a connection file may say, and what its writer is told */
#include "host_api_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define START   "[connection]\nprovider = p\n"
#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* A file, what is told about it, and whether it can be used nevertheless. */
static const struct wrong {
    const char *text, *told;
    int usable;
} wrong[] = {
    {START "colour = red\n",
     "3: unknown key colour in [connection]; there are provider and owner\n", 0},
    {START "[import]\ncolour = red\n",
     "4: unknown key colour in [import]; there are repositories, auto_import, exclude and "
     "include_archived, include_personal, include_forks, include_empty\n",
     0},
    {START "[import]\ninclude_forks = never\n",
     "4: include_forks = never is neither yes nor no\n", 0},
    {START "[import]\ninclude_forks = no\ninclude_forks = no\n",
     "5: include_forks is set twice, first in line 4\n", 0},
    {START "[set\rings]\nurl = x\n",
     "4: unknown section [set ings]; there are [connection], [settings] and [import]\n", 0},
    {START "[setings]\nurl = x\n",
     "4: unknown section [setings]; there are [connection], [settings] and [import]\n", 0},
    {"provider = p\n",
     "1: provider stands before the first section; there are [connection], [settings] and "
     "[import]\n",
     0},
    {START "owner\n", "3: this is neither [section] nor key = value\n", 0},
    {START "[settings\n", "3: this is neither [section] nor key = value\n", 0},
    {START "[settings]\nkey ; = value\n", "4: this is neither [section] nor key = value\n", 0},
    {START "[settings]\npassword = " SECRET "\n" SECRET "\n" SECRET "\n",
     "5: this is neither [section] nor key = value; if it goes on with password: a secret has "
     "one line, and no line feed in it\n"
     "6: this is neither [section] nor key = value\n",
     0},
    {"[connection]\n  " SECRET "\nprovider = p\n",
     "2: this is neither [section] nor key = value\n", 0},
    {START "provider = q\n", "3: provider is set twice\n", 0},
    {START "owner = a\nowner = b\n", "4: owner is set twice\n", 0},
    {START "[settings]\nurl = a\n\nurl = b\n", "6: url is set twice, first in line 4\n", 0},
    {START "[settings]\npassword = " SECRET "\npassword = " SECRET "\n",
     "5: password is set twice, first in line 4\n", 0},
    {START "  owner = a\n",
     "3: a line that begins with a blank goes on with provider, which has one line only\n", 0},
    {START "[settings]\nurl = a\n\tb\n",
     "5: a line that begins with a blank goes on with url, which has one line only\n", 0},
    {START "[settings]\npassword = " SECRET "\n  " SECRET "\n",
     "5: a line that begins with a blank goes on with password, which has one line only\n", 0},
    {"", "1: provider is missing; write `provider = NAME` under [connection]\n", 0},
    {"# nothing\n\n", "1: provider is missing; write `provider = NAME` under [connection]\n",
     0},
    {"[settings]\nurl = a\n",
     "1: provider is missing; write `provider = NAME` under [connection]\n", 0},
    {"[connection]\nprovider =\n",
     "2: provider is missing; write `provider = NAME` under [connection]\n", 0},
    {START "[import]\nrepositories = A/b api /c D/\n  e\n",
     "4: repositories: api is not of the form KEY/slug\n"
     "4: repositories: /c is not of the form KEY/slug\n"
     "4: repositories: D/ is not of the form KEY/slug\n"
     "5: repositories: e is not of the form KEY/slug\n",
     0},
    {START "[settings]\npassword = " SECRET " ;x\n",
     "4: warning: what follows ' ;' is a comment and no part of password; a secret that holds "
     "' ;' can stand in a file of its own (password_file)\n",
     1},
    {START "[settings]\ntoken = a\t;" SECRET "\n",
     "4: warning: what follows ' ;' is a comment and no part of token; a secret that holds ' "
     ";' "
     "can stand in a file of its own (token_file)\n",
     1},
    {"colour = red\n" START "owner = a\nowner = b\nstray\n[x]\ny = z\nstray\n[import]\n"
     "repositories = api\nwhat = x\n",
     "1: colour stands before the first section; there are [connection], [settings] and "
     "[import]\n"
     "5: owner is set twice\n"
     "6: this is neither [section] nor key = value\n"
     "8: unknown section [x]; there are [connection], [settings] and [import]\n"
     "9: this is neither [section] nor key = value\n"
     "12: unknown key what in [import]; there are repositories, auto_import, exclude and "
     "include_archived, include_personal, include_forks, include_empty\n"
     "11: repositories: api is not of the form KEY/slug\n",
     0},
};

/* Reads a file; what is told must be as said.  NULL: it cannot be used. */
static struct sp_connection_file *read_it(const char *path, const char *expected)
{
    struct told told = {.file = path};
    struct sp_connection_file *file = (void *)&told, *untouched = file;
    int rc = sp_connection_file_read(path, &file, on_problem, &told);

    ck_assert_str_eq(told.text, expected);
    if (rc == SP_OK)
        return file;
    ck_assert_int_eq(rc, SP_ERR_INVALID);
    ck_assert_ptr_eq(file, untouched);
    ck_assert_int_eq(sp_connection_file_read(path, &file, NULL, NULL), SP_ERR_INVALID);
    return NULL;
}

START_TEST(test_wrong)
{
    struct sp_connection_file *file =
        read_it(write_text("w.conf", wrong[_i].text), wrong[_i].told);

    ck_assert_int_eq(file != NULL, wrong[_i].usable);
    sp_connection_file_free(file);
}
END_TEST

static void assert_entry(const struct sp_entries *entries, size_t i, const char *key,
                         const char *value, unsigned line)
{
    ck_assert_uint_lt(i, entries->n);
    ck_assert_str_eq(entries->entry[i].key, key);
    ck_assert_str_eq(entries->entry[i].value, value);
    ck_assert_uint_eq(entries->entry[i].line, line);
}

static void assert_whole(const struct sp_connection_file *file)
{
    ck_assert_ptr_nonnull(file);
    ck_assert_str_eq(file->provider, "bitbucket-server");
    ck_assert_str_eq(file->owner, "dana@example.com");
    ck_assert_uint_eq(file->provider_line, 4);
    ck_assert_uint_eq(file->settings_line, 6);
    ck_assert_uint_eq(file->settings.n, 3);
    assert_entry(&file->settings, 0, "base_url", "https://a.b/c#d", 7);
    assert_entry(&file->settings, 1, "password", "a=b:c#;d\"e\"", 8);
    assert_entry(&file->settings, 2, "empty", "", 9);
    ck_assert_uint_eq(file->repositories.n, 4);
    assert_entry(&file->repositories, 0, "repositories", "PLAT/api", 12);
    assert_entry(&file->repositories, 1, "repositories", "PLAT/web", 12);
    assert_entry(&file->repositories, 2, "repositories", "~jdoe/x", 13);
    assert_entry(&file->repositories, 3, "repositories", "A/b", 15);
    ck_assert_uint_eq(file->auto_import.n, 3);
    assert_entry(&file->auto_import, 0, "auto_import", "PLAT", 16);
    assert_entry(&file->auto_import, 1, "auto_import", "~jdoe", 16);
    assert_entry(&file->auto_import, 2, "auto_import", "MOBILE", 17);
    ck_assert_uint_eq(file->exclude.n, 1);
    assert_entry(&file->exclude, 0, "exclude", "*/legacy-*", 18);
}

static const char whole[] = "# a comment\n"
                            "; another\n"
                            "[connection]\n"
                            "provider = bitbucket-server\n"
                            "owner=dana@example.com ; a comment\n"
                            "[settings]\n"
                            "base_url : https://a.b/c#d\n"
                            "password = a=b:c#;d\"e\"\n"
                            "empty =\n"
                            "\n"
                            "[import]\n"
                            "repositories = PLAT/api, PLAT/web\n"
                            "  ~jdoe/x\n"
                            "   # a comment within\n"
                            "\tA/b ; a comment C/d\n"
                            "auto_import = PLAT ~jdoe ; or *\n"
                            "  MOBILE ; or *\n"
                            "exclude = */legacy-*\n"
                            "include_archived = No\n";

START_TEST(test_whole_file)
{
    const char *path = write_text("acme.example.conf", whole);
    struct sp_connection_file *file = read_it(path, "");

    assert_whole(file);
    ck_assert_str_eq(file->name, "acme.example");
    ck_assert_str_eq(file->path, path);
    sp_connection_file_free(file);
    sp_connection_file_free(NULL);
}
END_TEST

/* As a Windows editor writes it. */
START_TEST(test_bom_and_crlf)
{
    char text[2 * sizeof whole + 3] = "\xEF\xBB\xBF", *to = text + 3;
    struct sp_connection_file *file;

    for (const char *c = whole; *c; c++) {
        if (*c == '\n')
            *to++ = '\r';
        *to++ = *c;
    }
    *to = '\0';
    file = read_it(write_text("windows.conf", text), "");
    assert_whole(file);
    sp_connection_file_free(file);
}
END_TEST

START_TEST(test_bom_before_the_section)
{
    struct sp_connection_file *file =
        read_it(write_text("bom.conf", "\xEF\xBB\xBF" START "owner = me"), "");

    ck_assert_str_eq(file->provider, "p");
    ck_assert_str_eq(file->owner, "me"); /* the last line needs no line feed */
    ck_assert_uint_eq(file->settings_line, 1);
    sp_connection_file_free(file);
}
END_TEST

START_TEST(test_name_without_ending)
{
    struct sp_connection_file *file = read_it(write_text("plain", START), "");

    ck_assert_str_eq(file->name, "plain");
    ck_assert_ptr_null(file->owner);
    ck_assert_uint_eq(file->settings.n + file->repositories.n + file->exclude.n, 0);
    sp_connection_file_free(file);
}
END_TEST

/* A setting whose line has that many bytes. */
static const char *write_long(size_t length)
{
    char text[1024] = START "[settings]\nu = ";
    size_t start = strlen(text) - 4;

    memset(text + start + 4, 'x', length - 4);
    strcpy(text + start + length, "\nv = y\n");
    return write_text("long.conf", text);
}

/* libinih takes 198 bytes. */
START_TEST(test_long_lines)
{
    struct sp_connection_file *file = read_it(write_long(198), "");

    ck_assert_uint_eq(strlen(file->settings.entry[0].value), 194);
    sp_connection_file_free(file);
    for (size_t length = 199; length < 900; length += 100)
        ck_assert_ptr_null(
            read_it(write_long(length),
                    "4: the line is longer than 198 bytes; a list of [import] may go on in "
                    "the next line, after a blank\n"));
}
END_TEST

START_TEST(test_long_comments)
{
    struct sp_connection_file *file =
        read_it(write_text("c.conf", "#" HUNDRED HUNDRED "\n" START "  ;" HUNDRED HUNDRED
                                     "\nowner = me\n"),
                "");

    ck_assert_str_eq(file->owner, "me");
    sp_connection_file_free(file);
}
END_TEST

static const char *write_lines(unsigned n)
{
    const char *path = write_text("lines.conf", START);
    FILE *file = fopen(path, "a");

    ck_assert_ptr_nonnull(file);
    for (unsigned i = 2; i < n; i++)
        fputs("# line\n", file);
    fclose(file);
    return path;
}

START_TEST(test_ten_thousand_lines)
{
    struct sp_connection_file *file = read_it(write_lines(10000), "");

    ck_assert_str_eq(file->provider, "p");
    sp_connection_file_free(file);
    file = read_it(write_lines(10001), "10001: a connection file has at most 10000 lines\n");
    ck_assert_ptr_null(file);
}
END_TEST

START_TEST(test_nul_bytes)
{
    static const char in_value[] = START "[settings]\npassword = s3c\0ret\n",
                      utf16[] = "[\0c\0o\0n\0n\0]\0\n\0";

    ck_assert_ptr_null(read_it(write_bytes("nul.conf", in_value, sizeof in_value - 1),
                               "4: it holds a NUL byte: this is no text file\n"));
    ck_assert_ptr_null(read_it(write_bytes("nul.conf", utf16, sizeof utf16 - 1),
                               "1: it holds a NUL byte: this is no text file\n"));
}
END_TEST

START_TEST(test_readable_by_others)
{
    static const unsigned modes[] = {0644, 0640, 0604, 0620, 0602, 0610};
    const char *path = write_text("open.conf", START);
    struct sp_connection_file *file;
    char told[128];

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        ck_assert_int_eq(chmod(path, modes[i]), 0);
        snprintf(told, sizeof told,
                 "warning: others may read this file (mode %04o); chmod 600 keeps its "
                 "secrets\n",
                 modes[i]);
        file = read_it(path, told);
        ck_assert_str_eq(file->provider, "p");
        sp_connection_file_free(file);
    }
    ck_assert_int_eq(chmod(path, 0400), 0);
    sp_connection_file_free(read_it(path, ""));
}
END_TEST

static void read_forbidden(void)
{
    ck_assert_ptr_null(
        read_it(in_folder("forbidden.conf"), "it cannot be opened: Permission denied\n"));
}

START_TEST(test_unreadable)
{
    ck_assert_ptr_null(
        read_it(in_folder("missing.conf"), "it cannot be opened: No such file or directory\n"));
    ck_assert_int_eq(chmod(write_text("forbidden.conf", START), 0), 0);
    as_nobody(read_forbidden);
    ck_assert_int_eq(mkdir(in_folder("directory.conf"), 0755), 0);
    ck_assert_ptr_null(
        read_it(in_folder("directory.conf"), "it cannot be read: Is a directory\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("connection file");
    TCase *tests = tcase_create("connection file");

    tcase_add_loop_test(tests, test_wrong, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, test_whole_file);
    tcase_add_test(tests, test_bom_and_crlf);
    tcase_add_test(tests, test_bom_before_the_section);
    tcase_add_test(tests, test_name_without_ending);
    tcase_add_test(tests, test_long_lines);
    tcase_add_test(tests, test_long_comments);
    tcase_add_test(tests, test_ten_thousand_lines);
    tcase_add_test(tests, test_nul_bytes);
    tcase_add_test(tests, test_readable_by_others);
    tcase_add_test(tests, test_unreadable);
    suite_add_tcase(suite, tests);
    return run_in_folder(suite);
}
