/* host_api_fixture.c - see host_api_fixture.h */
#include "host_api_fixture.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/check-host-api-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

int run_in_folder(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    if (!mkdtemp(folder) || chmod(folder, 0755))
        abort();
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    if (nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS))
        perror(folder);
    return 0; /* the TAP tells what failed */
}

const char *in_folder(const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned at;
    char *path = paths[at++ % 8];
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);

    ck_assert_int_lt(length, PATH_MAX);
    return path;
}

const char *write_bytes(const char *name, const void *bytes, size_t size)
{
    const char *path = in_folder(name);
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fchmod(fileno(file), 0600), 0);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

const char *write_text(const char *name, const char *text)
{
    return write_bytes(name, text, strlen(text));
}

/* Appends text without the folder's name. */
static void append(struct told *told, const char *text)
{
    size_t length = strlen(told->text);
    const char *at = strstr(text, folder);

    for (; at; text = at + strlen(folder) + 1, at = strstr(text, folder))
        length += (size_t)snprintf(told->text + length, sizeof told->text - length, "%.*s",
                                   (int)(at - text), text);
    length += (size_t)snprintf(told->text + length, sizeof told->text - length, "%s\n", text);
    ck_assert_uint_lt(length, sizeof told->text);
}

void on_problem(void *ctx, const struct sp_problem *problem)
{
    struct told *told = ctx;
    char line[16] = "", text[600];

    ck_assert_str_eq(problem->file, told->file);
    ck_assert_ptr_null(strstr(problem->text, SECRET));
    ck_assert_ptr_null(strchr(problem->text, '\n'));
    if (problem->line)
        snprintf(line, sizeof line, "%u: ", problem->line);
    snprintf(text, sizeof text, "%s%s%s", line, problem->warning ? "warning: " : "",
             problem->text);
    append(told, text);
}

void as_nobody(void (*function)(void))
{
    uid_t me = geteuid();

    if (me == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    function();
    ck_assert_int_eq(seteuid(me), 0);
}
