/* check_git_log.c - the log of a mirror, odd commits and all */
#define _GNU_SOURCE 1 /* memmem */
#include "git_fixture.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const nothing[] = {NULL};

/* Any bytes as a commit, the way only other programs make them. */
static const char *odd_commit(const char *header_and_message)
{
    return answer("cd \"$R\"; T=$(git hash-object -w -t tree /dev/null);"
                  "{ echo tree $T; printf '%%b' '%s'; } |"
                  "git hash-object -w -t commit --stdin --literally",
                  header_and_message);
}

static int note_commit(void *ctx, const struct sh_git_commit *c)
{
    struct notes *notes = ctx;

    note(notes,
         "%s|%s <%s> %" PRId64 " %s|%s <%s> %" PRId64 "|%" PRId64 " %" PRId64 " %" PRId64,
         c->subject, c->author_name, c->author_email, c->authored_ms, c->author_tz,
         c->committer_name, c->committer_email, c->committed_ms, c->size.files,
         c->size.insertions, c->size.deletions);
    note(notes, "|%zu\n", (strlen(c->parents) + 1) / 41);
    return 0;
}

static int note_subject(void *ctx, const struct sh_git_commit *c)
{
    struct notes *notes = ctx;

    note(notes, "%s ", c->subject);
    return ++notes->n == (unsigned)notes->stop_at ? notes->stop : 0;
}

/* The log of one ref, as note_commit writes it. */
static void assert_log(const char *ref, const char *expected)
{
    const char *wanted[] = {answer("git -C \"$R\" rev-parse '%s'", ref), NULL};
    struct notes notes = {0};
    struct sp_error err = no_error();

    ck_assert_int_eq(sh_git_log(getenv("R"), wanted, nothing, NULL, note_commit, &notes, &err),
                     0);
    ck_assert_str_eq(notes.text, expected);
    notes_clear(&notes);
}

START_TEST(test_log_of_usual_commits)
{
    new_repository();
    import("commit refs/heads/main\\nmark :1\\n"
           "author Ann O\"Hara <ann@x> 1600000000 +0200\\ncommitter Carl <> 1600000100 -0330\\n"
           "data 4\\nroot\\nM 100644 inline a.txt\\ndata 6\\n1\\n2\\n3\\n\\n"
           "M 100644 inline b.bin\\ndata 4\\na\\0b\\n\\n"
           "commit refs/heads/main\\nmark :2\\ncommitter Carl <c@x> 1600000200 +0000\\n"
           "data 15\\nrename\\n\\nA body\\nR a.txt \"dir/\\303\\244 \\\\\"q\\\\\".txt\"\\n\\n"
           "commit refs/heads/main\\nmark :3\\ncommitter Carl <c@x> 1600000300 +1400\\n"
           "data 6\\nchange\\nM 100644 inline b.bin\\ndata 4\\na\\0c\\n\\n"
           "M 100644 inline new\\ndata 2\\nx\\n\\nD dir\\n\\n"
           "commit refs/heads/side\\nmark :4\\ncommitter Carl <c@x> 1600000250 -0000\\n"
           "data 4\\nside\\nfrom :1\\nM 100755 inline side\\ndata 2\\ns\\n\\n\\n"
           "commit refs/heads/main\\nmark :5\\ncommitter Carl <c@x> 1600000400 +0000\\n"
           "data 5\\nmerge\\nfrom :3\\nmerge :4\\nM 100755 inline side\\ndata 2\\ns\\n\\n\\n"
           "commit refs/heads/main\\ncommitter Carl <c@x> 1600000500 +0000\\n"
           "data 0\\nfrom :5\\n\\n");
    assert_log("main",
               "|Carl <c@x> 1600000500000 +0000|Carl <c@x> 1600000500000|0 0 0|1\n"
               "merge|Carl <c@x> 1600000400000 +0000|Carl <c@x> 1600000400000|0 0 0|2\n"
               "side|Carl <c@x> 1600000250000 +0000|Carl <c@x> 1600000250000|1 1 0|1\n"
               "change|Carl <c@x> 1600000300000 +1400|Carl <c@x> 1600000300000|3 1 3|1\n"
               "rename|Carl <c@x> 1600000200000 +0000|Carl <c@x> 1600000200000|1 0 0|1\n"
               "root|Ann O\"Hara <ann@x> 1600000000000 +0200|Carl <> 1600000100000"
               "|2 3 0|0\n");
}
END_TEST

static const struct {
    const char *commit, *expected;
} odd[] = {
    {"author  <> 5 +0000\\ncommitter C <c@x> 6 +0000\\n\\ns\\n",
     "s| <> 5000 +0000|C <c@x> 6000|0 0 0|0\n"},
    {"author A <a@x> -5 +0000\\ncommitter C <c@x> 6 +0000\\n\\ns\\n",
     "s|A <a@x> 0 |C <c@x> 6000|0 0 0|0\n"},
    {"author A <a@x> 9223372036854775807 +0000\\ncommitter C <c@x> 99999999999999999999 "
     "+0\\n\\ns",
     "s|A <a@x> 0 +0000|C <c@x> 0|0 0 0|0\n"},
    {"author A <a@x> 253402300800 +9999\\ncommitter C <c@x> 6\\n\\ns\\n",
     "s|A <a@x> 253402300800000 +9999|C <c@x> 0|0 0 0|0\n"},
    {"author nobody\\ncommitter A <a@x\\n\\ns\\n", "s| <> 0 | <> 0|0 0 0|0\n"},
    {"author A <a@x> 1 +0000\\ncommitter A <a@x> 1 +0000\\n\\n",
     "|A <a@x> 1000 +0000|A <a@x> 1000|0 0 0|0\n"},
    {"author A <a@x> 1 +0000\\ncommitter A <a@x> 1 +0000\\n\\n 1 file changed,\\n 2 "
     "x\\n\\nb\\n",
     " 1 file changed,  2 x|A <a@x> 1000 +0000|A <a@x> 1000|0 0 0|0\n"},
    {"author A\\0B <a@x> 1 +0000\\ncommitter A <a@x> 1 +0000\\n\\nab\\0cd\\n",
     "ab| <> 0 |A <a@x> 1000|0 0 0|0\n"},
    {"author A <a@x> 1 +0000\\ncommitter A <a@x> 1 +0000\\n\\nab\\0cd\\n",
     "ab|A <a@x> 1000 +0000|A <a@x> 1000|0 0 0|0\n"},
    {"author \\0351 <a@x> 1 +0000\\ncommitter A <a@x> 1 +0000\\n\\n\\0374\\0377\\t\\001\\n",
     "\374\377\t\001|\351 <a@x> 1000 +0000|A <a@x> 1000|0 0 0|0\n"},
    {"author \\0351 <a@x> 1 +0000\\ncommitter A <a@x> 1 +0000\\nencoding "
     "ISO-8859-1\\n\\n\\0374\\n",
     "\303\274|\303\251 <a@x> 1000 +0000|A <a@x> 1000|0 0 0|0\n"},
    {"author \\0351 <a@x> 1 +0000\\ncommitter A <a@x> 1 +0000\\nencoding "
     "No-Such\\n\\n\\0374\\n",
     "\374|\351 <a@x> 1000 +0000|A <a@x> 1000|0 0 0|0\n"},
};

START_TEST(test_log_of_odd_commits)
{
    new_repository();
    assert_log(odd_commit(odd[_i].commit), odd[_i].expected);
}
END_TEST

static int measure_subject(void *ctx, const struct sh_git_commit *c)
{
    *(size_t *)ctx = strlen(c->subject);
    ck_assert_str_eq(c->author_name, "A");
    return 0;
}

static size_t subject_length(const char *count_of_kib)
{
    const char *wanted[] = {
        answer("cd \"$R\"; T=$(git hash-object -w -t tree /dev/null);"
               "{ printf 'tree %%s\\nauthor A <a> 1 +0000\\ncommitter A <a> 1 +0000\\n\\n' $T;"
               "head -c %s /dev/zero | tr '\\0' x; echo; } |"
               "git hash-object -w -t commit --stdin",
               count_of_kib),
        NULL};
    struct sp_error err = no_error();
    size_t length = 0;

    ck_assert_int_eq(
        sh_git_log(getenv("R"), wanted, nothing, NULL, measure_subject, &length, &err), 0);
    return length;
}

START_TEST(test_log_of_long_subjects)
{
    new_repository();
    ck_assert_uint_eq(subject_length("1024K"), 1024 * 1024);
    ck_assert_uint_eq(subject_length("5M"), 4 * 1024 * 1024);
}
END_TEST

START_TEST(test_log_knows_what_is_known)
{
    struct notes notes = {0};
    struct sp_error err = no_error();
    uint64_t count = 99;

    new_fork();
    const char *wanted[] = {name_of("main"), name_of("side"), name_of("main"), NULL};
    const char *known[] = {"0123456789012345678901234567890123456789", name_of("main~1"), NULL};

    ck_assert_int_eq(sh_git_log(getenv("R"), wanted, known, NULL, note_subject, &notes, &err),
                     0);
    ck_assert(strcmp(notes.text, "c4 c3 ") == 0 || strcmp(notes.text, "c3 c4 ") == 0);
    ck_assert_int_eq(sh_git_count(getenv("R"), wanted, known, NULL, &count, &err), 0);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(sh_git_count(getenv("R"), nothing, known, NULL, &count, &err), 0);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(sh_git_log(getenv("R"), nothing, known, NULL, note_subject, &notes, &err),
                     0);
    ck_assert_int_eq(sh_git_log(getenv("R"), wanted, wanted, NULL, note_subject, &notes, &err),
                     0);
    ck_assert_uint_eq(notes.n, 2);
    notes_clear(&notes);
}
END_TEST

START_TEST(test_log_tells_children_first)
{
    struct notes notes = {0};
    struct sp_error err = no_error();

    new_fork();
    const char *wanted[] = {name_of("side"), name_of("main"), NULL};

    ck_assert_int_eq(sh_git_log(getenv("R"), wanted, nothing, NULL, note_subject, &notes, &err),
                     0);
    ck_assert_uint_eq(notes.n, 4);
    ck_assert_str_eq(notes.text + 9, "c1 ");
    ck_assert(strstr(notes.text, "c4") < strstr(notes.text, "c2"));
    notes_clear(&notes);
}
END_TEST

START_TEST(test_log_refuses_what_it_cannot_do)
{
    struct notes notes = {0};
    struct sp_error err = no_error();
    const char *missing[] = {"0123456789012345678901234567890123456789", NULL};
    const char *option[] = {"--all", NULL};

    new_fork();
    ck_assert_int_eq(
        sh_git_log(getenv("R"), missing, nothing, NULL, note_subject, &notes, &err),
        SP_ERR_NOT_FOUND);
    ck_assert_int_eq(err.code, SP_ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.message, missing[0]));
    ck_assert_int_eq(sh_git_log(getenv("R"), option, nothing, NULL, note_subject, &notes, &err),
                     SP_ERR_INVALID);
    ck_assert_ptr_null(notes.text);
}
END_TEST

START_TEST(test_callbacks_value_is_returned)
{
    static const int values[] = {7, -7, SP_ERR_CANCELLED};

    new_fork();
    const char *wanted[] = {name_of("main"), NULL};

    for (size_t i = 0; i < 3; i++) {
        struct notes notes = {.stop_at = 2, .stop = values[i]};
        struct sp_error err = no_error();

        ck_assert_int_eq(
            sh_git_log(getenv("R"), wanted, nothing, NULL, note_subject, &notes, &err),
            values[i]);
        ck_assert_uint_eq(notes.n, 2);
        ck_assert_str_eq(err.message, "");
        notes_clear(&notes);
    }
}
END_TEST

/* Far more than a pipe holds, both ways. */
START_TEST(test_many_names_and_commits)
{
    enum { N = 100000 };
    char(*names)[41] = calloc(N, sizeof *names);
    const char **known = calloc(N + 1, sizeof *known);
    struct notes notes = {0};
    struct sp_error err = no_error();

    new_repository();
    script("i=0; { while [ $i -lt 3000 ]; do echo commit refs/heads/main;"
           "echo committer A '<a>' $i +0000; echo data 2; echo x; i=$((i+1)); done; } |"
           "git -C \"$R\" fast-import --quiet");
    ck_assert_ptr_nonnull(known);
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "%040x", i);
        known[i] = names[i];
    }
    const char *wanted[] = {name_of("main"), NULL};
    ck_assert_int_eq(sh_git_log(getenv("R"), wanted, known, NULL, note_subject, &notes, &err),
                     0);
    ck_assert_uint_eq(notes.n, 3000);
    notes_clear(&notes);
    free(known);
    free(names);
}
END_TEST

/* The three numbers against git's own list of files. */
START_TEST(test_numbers_are_those_of_numstat)
{
    struct notes notes = {0};
    struct sp_error err = no_error();
    const char *dir = new_repository();

    script(
        "cd \"$D\"; rm -rf w; git clone -q \"$R\" w 2>/dev/null; cd w; seq 200 > a; seq 9 > m;"
        "ln -s a l; git add .; git commit -qm 1; chmod +x m; git mv a b; seq 201 210 >> b;"
        "rm l; cp m l; git add -A; git commit -qm 2; rm b m; git commit -qam 3;"
        "git checkout -q -b s HEAD~1; echo >> b; git commit -qam 4; git push -q --all");
    const char *wanted[] = {name_of("main"), name_of("s"), NULL};
    ck_assert_int_eq(sh_git_log(dir, wanted, nothing, NULL, note_commit, &notes, &err), 0);
    for (int i = 1; i <= 4; i++)
        note(&notes, "%d %s\n", i,
             answer("git -C \"$R\" log --numstat --format= --all --grep=%d |"
                    "awk '{f++; i += $1; d += $2} END {print f+0, i+0, d+0}'",
                    i));
    ck_assert_ptr_nonnull(strstr(notes.text, "1 3 210 0\n"));
    for (const char *p = strstr(notes.text, "\n1 ") + 1; *p; p = strchr(p, '\n') + 1) {
        const char *numbers = keep("|%.*s|", (int)strcspn(p + 2, "\n"), p + 2);
        const char *line = strstr(notes.text, keep("%c|Ann", *p));

        ck_assert_ptr_nonnull(line);
        ck_assert_ptr_nonnull(memmem(line, strcspn(line, "\n"), numbers, strlen(numbers)));
    }
    notes_clear(&notes);
}
END_TEST

static Suite *suite(void)
{
    Suite *all = suite_create("git log");
    TCase *tests = tcase_create("log");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_log_of_usual_commits);
    tcase_add_loop_test(tests, test_log_of_odd_commits, 0, sizeof odd / sizeof *odd);
    tcase_add_test(tests, test_log_of_long_subjects);
    tcase_add_test(tests, test_log_knows_what_is_known);
    tcase_add_test(tests, test_log_tells_children_first);
    tcase_add_test(tests, test_log_refuses_what_it_cannot_do);
    tcase_add_test(tests, test_callbacks_value_is_returned);
    tcase_add_test(tests, test_many_names_and_commits);
    tcase_add_test(tests, test_numbers_are_those_of_numstat);
    suite_add_tcase(all, tests);
    return all;
}

int main(void)
{
    fixture_begin();
    run_all(suite());
    fixture_end();
    return 0;
}
