/* check_process.c - children: what they get, what is heard of them, how they end */
#define _GNU_SOURCE 1 /* asprintf */
#include "git_fixture.h"
#include "process.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Far from the minute that what is ended would take; valgrind and busy machines need some of
 * it. */
#define SOON_S 20

static char *environment[] = {NULL, NULL}; /* PATH */

static int note_output(void *ctx, const char *data, size_t len)
{
    struct notes *notes = ctx;

    note(notes, "%.*s", (int)len, data);
    return ++notes->n == (unsigned)notes->stop_at ? notes->stop : 0;
}

static void note_line(void *ctx, const char *line)
{
    note(ctx, "<%s>", line);
}

/* sh -c `text`; the notes hold what it wrote. */
static int run(const char *text, struct sh_process process, struct sh_process_end *end)
{
    const char *argv[] = {"sh", "-c", text, NULL};
    struct sp_error err = no_error();

    process.argv = argv;
    process.env = process.env ? process.env : environment;
    process.keep = process.keep ? process.keep : -1;
    return sh_process_run(&process, end, &err);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int always(void *ctx)
{
    return ++*(int *)ctx > 1;
}

static void assert_no_child(void)
{
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
    ck_assert_int_eq(errno, ECHILD);
}

START_TEST(test_status)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = {{"exit 0", 0}, {"exit 77", 77}, {"kill -9 $$", 137}, {"kill -15 $$", 143}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sh_process_end end;

        ck_assert_int_eq(run(rows[i].text, (struct sh_process){0}, &end), 0);
        ck_assert_int_eq(end.status, rows[i].status);
    }
    assert_no_child();
}
END_TEST

/* More than any pipe holds, in both directions at once. */
START_TEST(test_input_and_output)
{
    enum { SIZE = 3 << 20 };
    char *input = malloc(SIZE + 1);
    struct notes notes = {0};
    struct sh_process_end end;

    ck_assert_ptr_nonnull(input);
    memset(input, 'x', SIZE);
    input[SIZE] = '\0';
    ck_assert_int_eq(
        run("cat",
            (struct sh_process){
                .input = input, .input_len = SIZE, .ctx = &notes, .output = note_output},
            &end),
        0);
    ck_assert_int_eq(end.status, 0);
    ck_assert_uint_eq(notes.len, SIZE);
    ck_assert_int_eq(memcmp(notes.text, input, SIZE), 0);
    /* and to one that does not want it */
    ck_assert_int_eq(
        run("exec <&-; exit 3", (struct sh_process){.input = input, .input_len = SIZE}, &end),
        0);
    ck_assert_int_eq(end.status, 3);
    notes_clear(&notes);
    free(input);
}
END_TEST

START_TEST(test_no_input)
{
    struct notes notes = {0};
    struct sh_process_end end;
    struct sh_process process = {.ctx = &notes, .output = note_output, .input = ""};

    ck_assert_int_eq(run("cat; echo end", process, &end), 0);
    process.input = NULL;
    ck_assert_int_eq(run("cat; echo end", process, &end), 0);
    ck_assert_str_eq(notes.text, "end\nend\n");
    notes_clear(&notes);
}
END_TEST

START_TEST(test_lines_of_standard_error)
{
    struct notes notes = {0};
    struct sh_process_end end;

    ck_assert_int_eq(run("printf '1%%\\r2%%\\rone\\r\\n\\ntwo\\rover\\nlast' >&2; echo no",
                         (struct sh_process){.ctx = &notes, .line = note_line}, &end),
                     0);
    ck_assert_str_eq(notes.text, "<1%><2%><one><><two><over><last>");
    ck_assert_str_eq(end.errors.kept, "one\n\nover\nlast\n");
    notes_clear(&notes);
}
END_TEST

START_TEST(test_last_lines_are_kept)
{
    struct sh_process_end end;
    size_t len;

    ck_assert_int_eq(run("seq 100000 >&2; head -c 5000 /dev/zero | tr '\\0' x >&2; echo >&2;"
                         "seq 500 >&2",
                         (struct sh_process){0}, &end),
                     0);
    len = strlen(end.errors.kept);
    ck_assert_uint_le(len, SH_PROCESS_KEPT);
    ck_assert_uint_gt(len, SH_PROCESS_KEPT - SH_PROCESS_LINE_MAX - 16);
    ck_assert_str_eq(end.errors.kept + len - 8, "499\n500\n");
    ck_assert_ptr_nonnull(strstr(end.errors.kept, "xxx\n1\n2\n"));
}
END_TEST

/* Nothing of ours gets through: variables, signals, descriptors, not even careless ones. */
START_TEST(test_what_a_child_has)
{
    struct notes notes = {0};
    struct sh_process_end end;
    struct sh_process process = {.ctx = &notes, .output = note_output};
    int careless = dup(2), kept = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigset_t blocked;

    setenv("SECRET_OF_HOST", "1", 1);
    signal(SIGPIPE, SIG_IGN);
    sigfillset(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    ck_assert_int_eq(run("env | grep -v '^\\(PATH\\|PWD\\|SHLVL\\|_\\|OLDPWD\\)='; umask;"
                         "sed -n 's/^\\(SigBlk\\|SigIgn\\).*\\(....\\)$/\\1 \\2/p' "
                         "/proc/self/status; ls /proc/$$/fd",
                         process, &end),
                     0);
    ck_assert_str_eq(strchr(notes.text, '\n') + 1, "SigBlk 0000\nSigIgn 0000\n0\n1\n2\n");
    notes_clear(&notes);
    process.keep = kept;
    ck_assert_int_eq(run("ls /proc/$$/fd; readlink /proc/$$/fd/3", process, &end), 0);
    ck_assert_str_eq(notes.text, "0\n1\n2\n3\n/dev/null\n");
    notes_clear(&notes);
    close(careless);
    close(kept);
}
END_TEST

START_TEST(test_value_of_output_is_returned)
{
    struct notes notes = {.stop_at = 1, .stop = 42};
    struct sh_process_end end;
    double began = now();

    ck_assert_int_eq(run("while echo y; do :; done",
                         (struct sh_process){.ctx = &notes, .output = note_output}, &end),
                     42);
    ck_assert_uint_eq(notes.n, 1);
    ck_assert_double_lt(now() - began, SOON_S);
    assert_no_child();
    notes_clear(&notes);
}
END_TEST

static int note_deaf(void *ctx, const char *data, size_t len)
{
    (void)data, (void)len;
    *(int *)ctx = 1;
    return 0;
}

static int is_deaf(void *ctx)
{
    return *(int *)ctx;
}

START_TEST(test_cancel_of_one_that_is_deaf)
{
    struct sh_process_end end;
    double began = now();
    int deaf = 0;

    ck_assert_int_eq(
        run("trap '' TERM; echo; while :; do sleep 0.1; done",
            (struct sh_process){.ctx = &deaf, .output = note_deaf, .cancelled = is_deaf}, &end),
        SP_ERR_CANCELLED);
    ck_assert_double_gt(now() - began, 2.5);
    ck_assert_double_lt(now() - began, SOON_S);
    assert_no_child();
}
END_TEST

/* Also when it never stops writing, and when it has closed its pipes and lives on. */
START_TEST(test_cancel_is_prompt)
{
    static const char *const texts[] = {"yes", "yes >&2", "exec >&- 2>&-; exec sleep 60",
                                        "sleep 60 & exec sleep 60"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sh_process_end end;
        double began = now();
        int asked = 0;

        ck_assert_int_eq(
            run(texts[i], (struct sh_process){.ctx = &asked, .cancelled = always}, &end),
            SP_ERR_CANCELLED);
        ck_assert_double_lt(now() - began, SOON_S);
        assert_no_child();
    }
}
END_TEST

/* One that holds the pipes when the child is gone does not hold us. */
/* However much it has to say. */
START_TEST(test_one_that_never_ends_is_ended)
{
    struct sh_process_end end;

    ck_assert_int_eq(
        run("while echo y; do sleep 0.05; done", (struct sh_process){.longest_ms = 1000}, &end),
        SP_ERR_NETWORK);
    assert_no_child();
}
END_TEST

/* Smaller ones, which are set already, stay. */
START_TEST(test_limits_of_a_child)
{
    static const char ask[] = "while [ $(ulimit -n) -gt 1024 ] || [ $(ulimit -d) = unlimited ];"
                              "do :; done; ulimit -c; ulimit -Hc; ulimit -Hn; ulimit -Hd";
    static const struct rlimit less = {64, 64};
    struct notes notes = {0};
    struct sh_process_end end;
    struct sh_process process = {.ctx = &notes, .output = note_output, .longest_ms = 30000};
    unsigned long descriptors, memory, core, most_core;

    ck_assert_int_eq(run(ask, process, &end), 0);
    ck_assert_int_eq(
        sscanf(notes.text, "%lu %lu %lu %lu", &core, &most_core, &descriptors, &memory), 4);
    ck_assert_uint_eq(core + most_core, 0);
    ck_assert_uint_eq(descriptors, 1024);
    ck_assert_uint_le(memory,
                      (unsigned long)(sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 1024));
    notes_clear(&notes);
    /* Nobody is refused to take himself less, but by valgrind, which keeps some for itself. */
    if (setrlimit(RLIMIT_NOFILE, &less) == 0) {
        ck_assert_int_eq(run("ulimit -Hn", process, &end), 0);
        ck_assert_str_eq(notes.text, "64\n");
        notes_clear(&notes);
    }
}
END_TEST

START_TEST(test_orphans_are_ended)
{
    struct sh_process_end end;
    double began = now();

    ck_assert_int_eq(run("sleep 60 & exit 4", (struct sh_process){0}, &end), 0);
    ck_assert_int_eq(end.status, 4);
    ck_assert_double_lt(now() - began, SOON_S);
}
END_TEST

static void *run_many(void *unused)
{
    for (int i = 0; i < 25; i++) {
        struct notes notes = {0};
        struct sh_process_end end;
        struct sh_process process = {
            .ctx = &notes, .output = note_output, .input = "in\n", .input_len = 3};

        ck_assert_int_eq(run("cat; exit 1", process, &end), 0);
        ck_assert_str_eq(notes.text, "in\n");
        notes_clear(&notes);
    }
    return unused;
}

START_TEST(test_threads_and_descriptors)
{
    unsigned before = open_descriptors();
    struct sp_error err = no_error();
    struct sh_process_end end;
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_many, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(
            sh_process_run(&(struct sh_process){.argv = (const char *const[]){"no such", NULL},
                                                .env = environment,
                                                .input = "",
                                                .keep = -1},
                           &end, &err),
            SP_ERR_UNSUPPORTED);
    ck_assert_str_eq(err.message, "the no such program is not installed");
    ck_assert_uint_eq(open_descriptors(), before);
    assert_no_child();
}
END_TEST

static Suite *suite(void)
{
    Suite *all = suite_create("process");
    TCase *tests = tcase_create("process");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_status);
    tcase_add_test(tests, test_input_and_output);
    tcase_add_test(tests, test_no_input);
    tcase_add_test(tests, test_lines_of_standard_error);
    tcase_add_test(tests, test_last_lines_are_kept);
    tcase_add_test(tests, test_value_of_output_is_returned);
    tcase_add_test(tests, test_cancel_of_one_that_is_deaf);
    tcase_add_test(tests, test_cancel_is_prompt);
    tcase_add_test(tests, test_one_that_never_ends_is_ended);
    tcase_add_test(tests, test_limits_of_a_child);
    tcase_add_test(tests, test_orphans_are_ended);
    tcase_add_test(tests, test_threads_and_descriptors);
    tcase_add_test(tests, test_what_a_child_has); /* last: it changes our signals */
    suite_add_tcase(all, tests);
    return all;
}

int main(void)
{
    fixture_begin();
    if (asprintf(&environment[0], "PATH=%s", getenv("PATH")) < 0)
        return 1;
    run_all(suite());
    free(environment[0]);
    fixture_end();
    return 0;
}
