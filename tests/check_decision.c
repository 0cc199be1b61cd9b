/* check_decision.c - whether a repository is wanted, and because of what */
#include "ingest/decision.h"

#include <check.h>
#include <stdlib.h>

#define NOW INT64_C(1767225600000)

static struct sp_entry repositories[] = {{"repositories", "PLAT/legacy-core", 9}};
static struct sp_entry auto_import[] = {{"auto_import", "MOB", 10},
                                        {"auto_import", "~jdoe", 10}};
static struct sp_entry exclude[] = {{"exclude", "*/legacy-*", 11}, {"exclude", "MOB/?", 12}};
static struct sp_entry kinds[] = {{"include_archived", "no", 13},
                                  {"include_personal", "No", 14},
                                  {"include_forks", "yes", 15},
                                  {"include_empty", "0", 16}};
static const struct sp_connection_file file = {
    .name = "acme",
    .path = "acme.conf",
    .repositories = {repositories, 1},
    .auto_import = {auto_import, 2},
    .exclude = {exclude, 2},
    .kinds = {kinds, 4},
};
static const struct sp_connection_file silent = {.name = "acme", .path = "acme.conf"};

static const struct expected {
    struct sh_repository_row row;
    const char *rule, *why;
    unsigned line; /* of the file; 0: it does not say */
    bool is_wanted;
} expected[] = {
#define ROW(key, slug, ...)                                                                    \
    {                                                                                          \
        .organization_key = key, .path = key "/" slug, .listed = true, __VA_ARGS__             \
    }
    {ROW("PLAT", "Legacy-Core", .archived = true, .removed_ms = 5), "repositories",
     "acme.conf:9: repositories = PLAT/legacy-core", 9, true},
    {ROW("PLAT", "legacy-x", .imported = true, .imported_by = "import"), "exclude",
     "acme.conf:11: exclude = */legacy-*", 11, false},
    {ROW("plat", "Legacy-X", .imported = true, .imported_by = "import"), "exclude",
     "acme.conf:11: exclude = */legacy-*", 11, false},
    {ROW("MOB", "a", .imported = false), "exclude", "acme.conf:12: exclude = MOB/?", 12, false},
    {ROW("MOB", "ab", .auto_import = SH_OFF, .removed_ms = 5), "auto_import",
     "acme.conf:10: auto_import = MOB", 10, true},
    {ROW("mob", "ab", .archived = true), "include_archived",
     "acme.conf:13: include_archived = no", 13, false},
    {ROW("~JDOE", "ab", .personal = true), "include_personal",
     "acme.conf:14: include_personal = No", 14, false},
    {ROW("MOB", "ab", .fork = true), "auto_import", "acme.conf:10: auto_import = MOB", 10,
     true},
    {ROW("MOB", "ab", .empty_ms = NOW - SH_EMPTY_MS + 1), "include_empty",
     "acme.conf:16: include_empty = 0", 16, false},
    {ROW("MOB", "ab", .empty_ms = NOW - SH_EMPTY_MS), "auto_import",
     "acme.conf:10: auto_import = MOB", 10, true},
    {ROW("PLAT", "api", .imported = true, .imported_by = "import", .imported_ms = 1), "import",
     "`source-host import` was said 1970-01-01 00:00", 0, true},
    {ROW("PLAT", "api", .imported = true, .imported_by = "auto-import", .imported_ms = 1,
         .auto_import = SH_OFF, .auto_import_ms = 1),
     "kept",
     "it was imported 1970-01-01 00:00 by auto-import, and is kept until `source-host remove`",
     0, true},
    {ROW("PLAT", "api", .removed_ms = 1, .auto_import = SH_ON, .auto_import_ms = 1), "remove",
     "`source-host remove` was said 1970-01-01 00:00", 0, false},
    {ROW("PLAT", "api", .auto_import = SH_ON, .auto_import_ms = 1), "auto-import",
     "`source-host auto-import acme PLAT on` was said 1970-01-01 00:00", 0, true},
    {ROW("PLAT", "api", .auto_import = SH_OFF, .auto_import_ms = 1, .auto_import_all = true),
     "auto-import", "`source-host auto-import acme '*' off` was said 1970-01-01 00:00", 0,
     false},
    {ROW("PLAT", "api", .imported = false), "none",
     "nothing asks for it; `source-host import acme PLAT/api` would", 0, false},
    /* another may have its path by now: what the file names is not this one */
    {{.organization_key = "PLAT",
      .path = "PLAT/legacy-core",
      .imported = true,
      .imported_by = "import"},
     "exclude",
     "acme.conf:11: exclude = */legacy-*",
     11,
     false},
    {{.organization_key = "MOB", .path = "MOB/ab", .unlisted_ms = 1},
     "unlisted",
     "the server does not list it since 1970-01-01 00:00",
     0,
     false},
};

START_TEST(the_first_that_says_something_decides)
{
    const struct expected *it = &expected[_i];
    struct sh_decision decision = sh_decide(&file, &it->row, NOW);
    char why[SH_PLACE_MAX];

    ck_assert_str_eq(decision.rule, it->rule);
    ck_assert_int_eq(decision.is_wanted, it->is_wanted);
    ck_assert_uint_eq(decision.entry ? decision.entry->line : 0, it->line);
    ck_assert_int_eq(decision.is_excluded, decision.entry && !it->is_wanted);
    sh_decision_text(&decision, &file, &it->row, why, sizeof why);
    ck_assert_str_eq(why, it->why);
}
END_TEST

START_TEST(a_star_means_every_organization)
{
    static struct sp_entry all[] = {{"auto_import", "*", 3}};
    struct sp_connection_file everything = {.path = "a", .auto_import = {all, 1}};
    struct sh_repository_row row = {.organization_key = "X", .path = "X/y", .listed = true};
    struct sh_organization_row organization = {.key = "X", .auto_import = SH_OFF};

    ck_assert(sh_decide(&everything, &row, NOW).is_wanted);
    ck_assert(sh_decide_auto_import(&everything, &organization).is_wanted);
    ck_assert_uint_eq(sh_decide_auto_import(&everything, &organization).entry->line, 3);
    ck_assert(!sh_decide_auto_import(&silent, &organization).is_wanted);
    organization.auto_import = SH_ON;
    ck_assert(sh_decide_auto_import(&silent, &organization).is_wanted);
    ck_assert(!sh_decide(&silent, &row, NOW).is_wanted);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("decision");
    TCase *tests = tcase_create("decision");
    SRunner *runner = srunner_create(suite);

    setenv("TZ", "UTC", 1);
    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, the_first_that_says_something_decides, 0,
                        sizeof expected / sizeof *expected);
    tcase_add_test(tests, a_star_means_every_organization);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 0;
}
