/* check_git_read.c - reading a mirror: refs, HEAD, ranges of commits */
#include "git_fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const missing = "0123456789012345678901234567890123456789";

static int note_sha(void *ctx, const char *sha)
{
    note(ctx, "%s\n", sha);
    return 0;
}

START_TEST(test_range_is_newest_first)
{
    struct notes notes = {0};
    struct sp_error err = no_error();

    new_fork();
    ck_assert_int_eq(sh_git_range(getenv("R"), name_of("main"), name_of("side"), NULL, note_sha,
                                  &notes, &err),
                     0);
    ck_assert_str_eq(notes.text, keep("%s\n%s\n", name_of("main"), name_of("main~1")));
    notes_clear(&notes);
    ck_assert_int_eq(sh_git_range(getenv("R"), name_of("main"), name_of("main"), NULL, note_sha,
                                  &notes, &err),
                     0);
    ck_assert_ptr_null(notes.text);
}
END_TEST

START_TEST(test_range_refuses_what_is_no_commit)
{
    struct notes notes = {0};
    struct sp_error err = no_error();
    const char *dir = new_fork();

    ck_assert_int_eq(sh_git_range(dir, "main", name_of("main"), NULL, note_sha, &notes, &err),
                     SP_ERR_INVALID);
    ck_assert_int_eq(sh_git_range(dir, name_of("main"), "--all", NULL, note_sha, &notes, &err),
                     SP_ERR_INVALID);
    ck_assert_int_eq(sh_git_range(dir, missing, name_of("main"), NULL, note_sha, &notes, &err),
                     SP_ERR_NOT_FOUND);
    ck_assert_int_eq(sh_git_range(dir, name_of("main"), missing, NULL, note_sha, &notes, &err),
                     SP_ERR_NOT_FOUND);
    ck_assert_ptr_null(notes.text);
}
END_TEST

START_TEST(test_refs_are_peeled)
{
    struct notes notes = {0};
    struct sp_error err = no_error();

    new_fork();
    script(
        "cd \"$R\"; git branch 'w\303\266rld/\"q\"$(x)' main; git branch -- \"it's\" side;"
        "B=$(echo blob | git hash-object -w --stdin); git tag blob $B; git tag -m x onblob $B;"
        "git tag light main; git tag -a -m x annotated side; git tag -m x nested annotated "
        "2>&-;"
        "git tag tree 'main^{tree}'; git update-ref refs/pull-requests/1/from main");
    ck_assert_int_eq(sh_git_refs(getenv("R"), NULL, note_ref, &notes, &err), 0);
    ck_assert_str_eq(
        notes.text,
        keep("refs/heads/it's %2$s\nrefs/heads/main %1$s\nrefs/heads/side %2$s\n"
             "refs/heads/w\303\266rld/\"q\"$(x) %1$s\n"
             "refs/tags/annotated %2$s\nrefs/tags/light %1$s\nrefs/tags/nested %2$s\n"
             "refs/pull-requests/1/from %1$s\n",
             name_of("main"), name_of("side")));
    notes_clear(&notes);
}
END_TEST

/* main and side part in their first commit, alone has nothing in common with them. */
static void new_branches(void)
{
    new_repository();
    script("cd \"$R\"; git fast-import --quiet <<'END'\n"
           "commit refs/heads/main\nmark :1\ncommitter A <a@x> 1 +0000\ndata 1\na\n"
           "M 644 inline f\ndata 6\n1\n2\n3\n\n"
           "commit refs/heads/side\nmark :2\ncommitter A <a@x> 2 +0000\ndata 1\nb\nfrom :1\n"
           "M 644 inline f\ndata 6\n1\nX\n3\n\nM 644 inline g\ndata 4\n1\n2\n\n"
           "commit refs/heads/main\nmark :3\ncommitter A <a@x> 3 +0000\ndata 1\nc\nfrom :1\n"
           "M 644 inline h\ndata 2\n1\n\n"
           "commit refs/heads/alone\ncommitter A <a@x> 3 +0000\ndata 1\nd\nEND\n");
}

START_TEST(test_pairs)
{
    struct sp_error err = no_error();
    const char *root, *alone, *side, *main_end;

    new_branches();
    root = name_of("main~1");
    alone = name_of("alone");
    side = name_of("side");
    main_end = name_of("main");
    struct sh_git_pair pair[] = {
        {.from = side, .to = main_end}, {.from = alone, .to = main_end},
        {.from = side, .to = side},     {.from = main_end, .to = side},
        {.from = side, .to = root},
    };
    ck_assert_int_eq(sh_git_pairs(getenv("R"), pair, 5, NULL, &err), 0);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(pair[i].n_bases, i != 1);
    ck_assert_str_eq(pair[0].base, root);
    ck_assert_str_eq(pair[2].base, side);
    ck_assert_str_eq(pair[3].base, root);
    ck_assert_int_eq(pair[0].size.files, 2);
    ck_assert_int_eq(pair[0].size.insertions, 3);
    ck_assert_int_eq(pair[0].size.deletions, 1);
    ck_assert_int_eq(pair[1].size.files, 0);
    ck_assert_int_eq(pair[2].size.files, 0);
    ck_assert_int_eq(pair[3].size.files, 1);
    ck_assert_int_eq(pair[4].size.files, 2);
}
END_TEST

START_TEST(test_pairs_that_are_no_commits)
{
    struct sp_error err = no_error();
    struct sh_git_pair pair[5];

    new_branches();
    for (int i = 0; i < 5; i++)
        pair[i] = (struct sh_git_pair){.from = name_of("side"), .to = name_of("main")};
    pair[1].to = pair[2].from = missing;
    ck_assert_int_eq(sh_git_pairs(getenv("R"), pair, 5, NULL, &err), 0);
    ck_assert_int_eq(pair[2].n_bases, 0);
    ck_assert_int_eq(pair[4].n_bases, 1);
    ck_assert_int_eq(pair[4].size.files, 2);
    ck_assert_int_eq(pair[0].n_bases, 1);
    ck_assert_int_eq(pair[0].size.files, 2);
    ck_assert_int_eq(pair[1].n_bases, 0);
    pair[1].to = "main";
    ck_assert_int_eq(sh_git_pairs(getenv("R"), pair, 2, NULL, &err), SP_ERR_INVALID);
    pair[1].to = "--all";
    ck_assert_int_eq(sh_git_pairs(getenv("R"), pair, 2, NULL, &err), SP_ERR_INVALID);
}
END_TEST

START_TEST(test_default_branch)
{
    struct notes notes = {0};
    struct sp_error err = no_error();
    char *name = NULL;

    new_repository();
    ck_assert_int_eq(sh_git_refs(getenv("R"), NULL, note_ref, &notes, &err), 0);
    ck_assert_ptr_null(notes.text);
    ck_assert_int_eq(sh_git_default_branch(getenv("R"), &name, &err), 0);
    ck_assert_str_eq(name, "main");
    free(name);
    script("git -C \"$R\" symbolic-ref HEAD refs/heads/topic/x");
    ck_assert_int_eq(sh_git_default_branch(getenv("R"), &name, &err), 0);
    ck_assert_str_eq(name, "topic/x");
    free(name);
    name = NULL;
    new_fork();
    script("cd \"$R\"; git update-ref --no-deref HEAD main");
    ck_assert_int_eq(sh_git_default_branch(getenv("R"), &name, &err), SP_ERR_NOT_FOUND);
    ck_assert_ptr_null(name);
}
END_TEST

START_TEST(test_no_mirror)
{
    struct notes notes = {0};
    struct sp_error err = no_error();

    ck_assert_int_eq(sh_git_refs(in_folder("nowhere"), NULL, note_ref, &notes, &err),
                     SH_ERR_MIRROR_DAMAGED);
    ck_assert_ptr_nonnull(strstr(err.message, "damaged"));
    ck_assert_ptr_null(notes.text);
}
END_TEST

static Suite *suite(void)
{
    Suite *all = suite_create("git read");
    TCase *tests = tcase_create("read");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_range_is_newest_first);
    tcase_add_test(tests, test_range_refuses_what_is_no_commit);
    tcase_add_test(tests, test_refs_are_peeled);
    tcase_add_test(tests, test_pairs);
    tcase_add_test(tests, test_pairs_that_are_no_commits);
    tcase_add_test(tests, test_default_branch);
    tcase_add_test(tests, test_no_mirror);
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
