/* git_fixture.c - scripts and their folder for the tests of host/git */
#define _GNU_SOURCE 1 /* vasprintf */
#include "git_fixture.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEPT_MAX 4096

static char *kept[KEPT_MAX];
static size_t n_kept;
static char folder[] = "/tmp/check-git-XXXXXX";

static const char *keep_this(char *text)
{
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_lt(n_kept, KEPT_MAX);
    return kept[n_kept++] = text;
}

void fixture_begin(void)
{
    static const char *const variables[][2] = {
        {"HOME", "/nonexistent"},
        {"GIT_CONFIG_NOSYSTEM", "1"},
        {"GIT_CONFIG_GLOBAL", "/dev/null"},
        {"GIT_AUTHOR_NAME", "Ann"},
        {"GIT_AUTHOR_EMAIL", "ann@example.com"},
        {"GIT_COMMITTER_NAME", "Carl"},
        {"GIT_COMMITTER_EMAIL", "carl@example.com"},
        {"GIT_AUTHOR_DATE", "1600000000 +0200"},
        {"GIT_COMMITTER_DATE", "1600000100 -0330"},
        {"GIT_CONFIG_COUNT", "1"},
        {"GIT_CONFIG_KEY_0", "init.defaultBranch"},
        {"GIT_CONFIG_VALUE_0", "main"},
    };

    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        setenv(variables[i][0], variables[i][1], 1);
    if (!mkdtemp(folder))
        abort();
    setenv("D", folder, 1);
}

void fixture_end(void)
{
    /* A shell is what tests write their repositories with. NOLINTNEXTLINE(cert-env33-c) */
    if (system("rm -rf \"$D\"") != 0) /* no assertion: no test runs now */
        perror("rm");
    while (n_kept > 0)
        free(kept[--n_kept]);
}

int run_all(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    return 0; /* the TAP tells what failed */
}

const char *in_folder(const char *name)
{
    return keep("%s/%s", folder, name);
}

const char *keep(const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    ck_assert_int_ge(vasprintf(&text, format, args), 0);
    va_end(args);
    return keep_this(text);
}

/* What the script prints, NULL when it fails. */
static char *run_script(const char *text)
{
    char *out = NULL, data[4096];
    size_t len = 0, n;
    FILE *to = open_memstream(&out, &len), *from;
    int status;

    setenv("SCRIPT", text, 1);
    /* NOLINTNEXTLINE(cert-env33-c) */
    from = popen("exec sh -ec \"$SCRIPT\"", "r");
    ck_assert_ptr_nonnull(to);
    ck_assert_ptr_nonnull(from);
    while ((n = fread(data, 1, sizeof data, from)) > 0)
        fwrite(data, 1, n, to);
    status = pclose(from);
    fclose(to);
    unsetenv("SCRIPT");
    if (len > 0 && out[len - 1] == '\n')
        out[len - 1] = '\0';
    if (status == 0)
        return out;
    free(out);
    return NULL;
}

__attribute__((__format__(__printf__, 1, 0))) static char *run_format(const char *format,
                                                                      va_list args)
{
    char *text = NULL, *out;

    ck_assert_int_ge(vasprintf(&text, format, args), 0);
    out = run_script(text);
    if (!out)
        ck_abort_msg("this script failed: %s", text);
    free(text);
    return out;
}

void script(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    free(run_format(format, args));
    va_end(args);
}

const char *answer(const char *format, ...)
{
    va_list args;
    char *out;

    va_start(args, format);
    out = run_format(format, args);
    va_end(args);
    return keep_this(out);
}

const char *new_repository(void)
{
    const char *dir = in_folder(keep("repository-%d.git", getpid()));

    script("rm -rf '%s'; git init -q --bare '%s'", dir, dir);
    setenv("R", dir, 1);
    return dir;
}

void import(const char *stream)
{
    script("printf '%%b' '%s' | git -C \"$R\" fast-import --quiet --force", stream);
}

const char *new_fork(void)
{
    const char *dir = new_repository();

    import("commit refs/heads/main\\nmark :1\\ncommitter A <a> 100 +0000\\ndata 2\\nc1\\n"
           "commit refs/heads/main\\nmark :2\\ncommitter A <a> 200 +0000\\ndata 2\\nc2\\n"
           "commit refs/heads/side\\nmark :3\\ncommitter A <a> 50 +0000\\ndata 2\\nc3\\n"
           "from :1\\n"
           "commit refs/heads/main\\ncommitter A <a> 300 +0000\\ndata 2\\nc4\\nfrom :2\\n");
    return dir;
}

const char *name_of(const char *revision)
{
    return answer("git -C \"$R\" rev-parse '%s'", revision);
}

struct sp_error no_error(void)
{
    return (struct sp_error){.size = sizeof(struct sp_error)};
}

void note(struct notes *notes, const char *format, ...)
{
    va_list args;
    char *more = NULL;
    int len;

    va_start(args, format);
    len = vasprintf(&more, format, args);
    va_end(args);
    ck_assert_int_ge(len, 0);
    notes->text = realloc(notes->text, notes->len + (size_t)len + 1);
    ck_assert_ptr_nonnull(notes->text);
    memcpy(notes->text + notes->len, more, (size_t)len + 1);
    notes->len += (size_t)len;
    free(more);
}

void notes_clear(struct notes *notes)
{
    free(notes->text);
    memset(notes, 0, sizeof *notes);
}

int note_ref(void *notes, const struct sh_git_ref *ref)
{
    note(notes, "%s %s\n", ref->name, ref->sha);
    return 0;
}

unsigned open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;

    ck_assert_ptr_nonnull(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}
