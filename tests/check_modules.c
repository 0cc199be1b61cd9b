/* check_modules.c - the loader: which modules can be used, and the true reason of the others */
#include "host_api_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* By file name, as they are listed; a reason that is NULL: usable. */
static const struct {
    const char *file, *reason;
} expected[] = {
    {"bad_key.so", "setting 2 has no proper key"},
    {"bad_name.so", "it has no proper name ([a-z][a-z0-9-]*)"},
    {"bad_threading.so", "it asks for the unknown threading level 3"},
    {"bad_type.so", "setting colour has the unknown type 7"},
    {"dangling.so", "cannot open shared object file: No such file or directory"},
    {"directory.so", "cannot read file data: Is a directory"},
    {"empty.so", "empty.so: file too short"},
    {"good.so", NULL},
    {"grown.so", NULL},
    {"junk.so", "junk.so: invalid ELF header"},
    {"newer_abi.so", "it speaks ABI 2, this host ABI 1"},
    {"no_entry.so", "it is not a source provider: it has no source_provider_entry"},
    {"null_entry.so", "it does not speak this host's ABI 1"},
    {"old_settings.so", "its settings table is missing or older than ABI 1"},
    {"older_size.so", "it was built for an older host"},
    {"unresolved.so", "undefined symbol: function_that_nobody_has"},
    {"untitled.so", "it has no title or no version"},
};
enum { N_EXPECTED = sizeof expected / sizeof *expected };

static const char *built(const char *file)
{
    static char path[4096];

    snprintf(path, sizeof path, "%s/%s", MODULE_DIRECTORY, file);
    return path;
}

static void make_folder(const char *name)
{
    ck_assert_int_eq(mkdir(in_folder(name), 0755), 0);
}

/* A link, where a copy of the file would do as well. */
static void put(const char *file)
{
    char name[256];

    snprintf(name, sizeof name, "all/%s", file);
    if (access(built(file), R_OK) == 0)
        ck_assert_int_eq(symlink(built(file), in_folder(name)), 0);
}

/* A second file with a module's content: one that the system has not loaded. */
static void copy(const char *file, const char *name)
{
    char data[1 << 18];
    FILE *from = fopen(built(file), "r");
    size_t size;

    ck_assert_ptr_nonnull(from);
    size = fread(data, 1, sizeof data, from);
    ck_assert_uint_lt(size, sizeof data);
    fclose(from);
    write_bytes(name, data, size);
}

static void begin(void)
{
    make_folder("all");
    for (int i = 0; i < N_EXPECTED; i++)
        put(expected[i].file);
    write_text("all/empty.so", "");
    write_text(
        "all/junk.so",
        "#!/bin/sh\n# I am a script and no module, and longer than the header of ELF is\n");
    ck_assert_int_eq(symlink("/nonexistent/dangling.so", in_folder("all/dangling.so")), 0);
    make_folder("all/directory.so");
    make_folder("lacking");
    ck_assert_int_eq(symlink(built("lacking.so"), in_folder("lacking/lacking.so")), 0);
    write_text("all/README", "no module by its name");
    write_text("all/.so", "neither");
    write_text("all/good.la", "neither");
    write_text("all/good.so.1", "neither");
}

static struct sp_modules *open_folder(const char *name)
{
    struct sp_modules *modules = NULL;
    struct sp_error err;

    sp_error_clear(&err);
    if (sp_modules_open(in_folder(name), &modules, &err))
        ck_abort_msg("%s: %s", name, err.message);
    ck_assert_ptr_nonnull(modules);
    return modules;
}

START_TEST(test_reason)
{
    struct sp_modules *modules = open_folder("all");
    const struct sp_module *module = sp_modules_get(modules, (size_t)_i);
    char path[256];

    ck_assert_ptr_nonnull(module);
    snprintf(path, sizeof path, "all/%s", expected[_i].file);
    ck_assert_str_eq(module->file, in_folder(path));
    if (expected[_i].reason) {
        ck_assert_ptr_null(module->provider);
        ck_assert_ptr_nonnull(module->reason);
        ck_assert_ptr_null(strchr(module->reason, '\n'));
        if (!strstr(module->reason, expected[_i].reason))
            ck_abort_msg("%s: %s", module->file, module->reason);
    } else {
        ck_assert_ptr_null(module->reason);
        ck_assert_ptr_nonnull(module->provider);
    }
    sp_modules_free(modules);
}
END_TEST

/* What lacking.so lacks, or is called; a reason that is NULL: it is usable. */
static const struct {
    const char *lacking, *name, *reason;
} wrong[] = {
    {"name", NULL, "it has no proper name ([a-z][a-z0-9-]*)"},
    {"title", NULL, "it has no title or no version"},
    {"version", NULL, "it has no title or no version"},
    {"settings", NULL, "its settings table is missing or older than ABI 1"},
    {"n_settings", NULL, NULL},
    {"configure", NULL, "it lacks the callback configure"},
    {"close", NULL, "it lacks the callback close"},
    {"enumerate", NULL, "it lacks the callback enumerate"},
    {"import", NULL, "it lacks the callback import"},
    {"health", NULL, "it lacks the callback health"},
    {"account", NULL, "it lacks the callback account"},
    {"", "", "it has no proper name ([a-z][a-z0-9-]*)"},
    {"", "1a", "it has no proper name ([a-z][a-z0-9-]*)"},
    {"", "{a", "it has no proper name ([a-z][a-z0-9-]*)"},
    {"", "a{", "it has no proper name ([a-z][a-z0-9-]*)"},
    {"", "a:", "it has no proper name ([a-z][a-z0-9-]*)"},
    {"", "a_1", "it has no proper name ([a-z][a-z0-9-]*)"},
    {"", "a-1", "setting 1 has no proper key"},
    {"", "az09", NULL},
    {"", "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg", NULL},
    {"", "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg",
     "it has no proper name ([a-z][a-z0-9-]*)"},
};

START_TEST(test_lacking)
{
    struct sp_modules *modules;
    const struct sp_module *module;

    ck_assert_int_eq(setenv("LACKING", wrong[_i].lacking, 1), 0);
    if (wrong[_i].name)
        ck_assert_int_eq(setenv("LACKING_NAME", wrong[_i].name, 1), 0);
    modules = open_folder("lacking");
    module = sp_modules_get(modules, 0);
    if (wrong[_i].reason)
        ck_assert_str_eq(module->reason, wrong[_i].reason);
    else
        ck_assert_ptr_null(module->reason);
    ck_assert_int_eq(module->provider != NULL, wrong[_i].reason == NULL);
    sp_modules_free(modules);
    unsetenv("LACKING");
    unsetenv("LACKING_NAME");
}
END_TEST

START_TEST(test_nothing_else_is_listed)
{
    struct sp_modules *modules = open_folder("all");

    ck_assert_ptr_nonnull(sp_modules_get(modules, N_EXPECTED - 1));
    ck_assert_ptr_null(sp_modules_get(modules, N_EXPECTED));
    ck_assert_ptr_null(sp_modules_get(modules, (size_t)-1));
    sp_modules_free(modules);
}
END_TEST

START_TEST(test_find)
{
    struct sp_modules *modules = open_folder("all");
    const struct source_provider *good = sp_modules_find(modules, "good");
    const struct source_provider *grown = sp_modules_find(modules, "grown");

    ck_assert_ptr_nonnull(good);
    ck_assert_str_eq(good->name, "good");
    ck_assert_str_eq(good->title, "Good");
    ck_assert_ptr_nonnull(grown);
    ck_assert_uint_gt(grown->size, sizeof *grown);
    ck_assert_ptr_null(sp_modules_find(modules, "goo"));
    ck_assert_ptr_null(sp_modules_find(modules, ""));
    ck_assert_ptr_null(sp_modules_find(modules, "untitled"));
    sp_modules_free(modules);
}
END_TEST

START_TEST(test_two_of_one_name)
{
    struct sp_modules *modules;
    const struct sp_module *first, *second, *third;
    char reason[4200];

    make_folder("twice");
    copy("good.so", "twice/a.so");
    copy("good.so", "twice/b.so");
    copy("grown.so", "twice/c.so");
    modules = open_folder("twice");
    first = sp_modules_get(modules, 0);
    second = sp_modules_get(modules, 1);
    third = sp_modules_get(modules, 2);
    ck_assert_ptr_nonnull(first->provider);
    ck_assert_ptr_null(first->reason);
    ck_assert_ptr_null(second->provider);
    snprintf(reason, sizeof reason, "its name good is taken by %s", in_folder("twice/a.so"));
    ck_assert_str_eq(second->reason, reason);
    ck_assert_ptr_nonnull(third->provider);
    ck_assert_ptr_eq(sp_modules_find(modules, "good"), first->provider);
    sp_modules_free(modules);
}
END_TEST

START_TEST(test_empty_directory)
{
    struct sp_modules *modules;

    make_folder("none");
    modules = open_folder("none");
    ck_assert_ptr_null(sp_modules_get(modules, 0));
    ck_assert_ptr_null(sp_modules_find(modules, "good"));
    sp_modules_free(modules);
    sp_modules_free(NULL);
}
END_TEST

static void assert_not_opened(const char *name, const char *why)
{
    struct sp_modules *modules = (void *)&modules; /* must stay as it is */
    char message[4200];
    struct sp_error err;

    sp_error_clear(&err);
    ck_assert_int_eq(sp_modules_open(in_folder(name), &modules, &err), SP_ERR_NOT_FOUND);
    ck_assert_ptr_eq(modules, (void *)&modules);
    ck_assert_int_eq(err.code, SP_ERR_NOT_FOUND);
    snprintf(message, sizeof message, "providers directory %s: %s", in_folder(name), why);
    ck_assert_str_eq(err.message, message);
    ck_assert_int_eq(sp_modules_open(in_folder(name), &modules, NULL), SP_ERR_NOT_FOUND);
}

START_TEST(test_no_directory)
{
    assert_not_opened("missing", "No such file or directory");
    assert_not_opened("all/README", "Not a directory");
}
END_TEST

static void open_forbidden(void)
{
    assert_not_opened("forbidden", "Permission denied");
}

START_TEST(test_unreadable_directory)
{
    make_folder("forbidden");
    ck_assert_int_eq(chmod(in_folder("forbidden"), 0), 0);
    as_nobody(open_forbidden);
    ck_assert_int_eq(chmod(in_folder("forbidden"), 0700), 0);
}
END_TEST

/* good.so is not linked with -z nodelete: that it stays is the loader's doing. */
START_TEST(test_providers_outlive_their_modules)
{
    struct sp_modules *modules = open_folder("all"), *again = open_folder("all");
    const struct source_provider *good = sp_modules_find(modules, "good");

    ck_assert_ptr_eq(sp_modules_find(again, "good"), good);
    sp_modules_free(modules);
    ck_assert_ptr_eq(sp_modules_find(again, "good"), good);
    sp_modules_free(again);
    ck_assert_str_eq(good->name, "good");
    good->close(NULL);
}
END_TEST

static const char *everything; /* in_folder is for one thread */

static void *open_often(void *usable)
{
    for (int i = 0; i < 20; i++) {
        struct sp_modules *modules = NULL;

        if (sp_modules_open(everything, &modules, NULL) || !sp_modules_find(modules, "good"))
            return NULL;
        sp_modules_free(modules);
    }
    return usable;
}

START_TEST(test_opened_by_any_thread)
{
    pthread_t threads[4];
    char usable;
    void *result;

    everything = in_folder("all");
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, open_often, &usable), 0);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &result), 0);
        ck_assert_ptr_eq(result, &usable);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("modules");
    TCase *tests = tcase_create("modules");

    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, begin, NULL);
    tcase_add_loop_test(tests, test_reason, 0, N_EXPECTED);
    tcase_add_loop_test(tests, test_lacking, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, test_nothing_else_is_listed);
    tcase_add_test(tests, test_find);
    tcase_add_test(tests, test_two_of_one_name);
    tcase_add_test(tests, test_empty_directory);
    tcase_add_test(tests, test_no_directory);
    tcase_add_test(tests, test_unreadable_directory);
    tcase_add_test(tests, test_providers_outlive_their_modules);
    tcase_add_test(tests, test_opened_by_any_thread);
    suite_add_tcase(suite, tests);
    return run_in_folder(suite);
}
