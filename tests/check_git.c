/* check_git.c - mirrors follow their remotes: what is fetched, kept, and asked of the server */
#include "git_fixture.h"
#include "git_server.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void fetch(const struct place *place)
{
    struct sp_error err = no_error();
    int rc = sh_git_fetch(place->mirror, &place->remote, NULL, &err);

    if (rc)
        ck_abort_msg("fetch: %d: %s", rc, err.message);
    ck_assert_str_eq(err.message, "");
    ck_assert_int_eq(err.code, 0);
}

/* Branches, tags, heads of pull requests and HEAD are those of the server, and nothing else is
 * there. */
static void assert_same(const struct place *place)
{
    fetch(place);
    ck_assert_str_eq(answer("git -C \"$M\" show-ref || true"),
                     answer("git -C \"$S\" show-ref | grep -v /merge || true"));
    ck_assert_str_eq(answer("git -C \"$M\" symbolic-ref HEAD"),
                     answer("git -C \"$S\" symbolic-ref HEAD"));
}

/* An empty commit on top of a branch of the server's repository. */
static void commit(const char *branch, const char *subject)
{
    setenv("B", keep("refs/heads/%s", branch), 1);
    script("cd \"$S\"; T=$(git hash-object -w -t tree /dev/null);"
           "P=$(git rev-parse -q --verify \"$B\" || true);"
           "git update-ref \"$B\" $(git commit-tree ${P:+-p $P} -m '%s' $T)",
           subject);
}

START_TEST(test_first_fetch)
{
    struct place place = new_place();
    struct stat st;

    commit("main", "one");
    commit("w\303\266rld/\"q\"$(x)", "two");
    commit("it's", "three");
    script("cd \"$S\"; git symbolic-ref HEAD \"refs/heads/it's\"; git tag light main;"
           "git tag -m x annotated main; git tag -m x blob $(echo x | git hash-object -w "
           "--stdin);"
           "git update-ref refs/pull-requests/1/from main;"
           "git update-ref refs/pull-requests/1/merge main");
    assert_same(&place);
    ck_assert_int_eq(stat(place.mirror, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0700);
    ck_assert_str_eq(answer("ls \"$M\"/.. | grep part || true"), "");
    ck_assert_str_eq(answer("git -C \"$M\" config --list --local | grep -i remote || true"),
                     "");
}
END_TEST

START_TEST(test_unchanged_is_one_request)
{
    struct place place = new_place();

    commit("main", "one");
    script("cd \"$S\"; git tag -m x annotated main; git update-ref refs/pull-requests/1/from "
           "main");
    fetch(&place);
    forget_requests();
    assert_same(&place);
    ck_assert_uint_eq(requests_with("\"method\": \"GET\""), 1);
    ck_assert_uint_eq(requests_with("\"method\": "), 1);
}
END_TEST

START_TEST(test_commits_stay)
{
    struct place place = new_place();

    commit("main", "one");
    commit("topic", "gone");
    fetch(&place);
    script(
        "cd \"$S\"; git rev-parse main topic > \"$D/old\"; git update-ref -d refs/heads/main;"
        "git update-ref -d refs/heads/topic");
    commit("main", "rewritten");
    commit("topic/below", "in the place of a branch");
    assert_same(&place);
    script("while read sha; do git -C \"$M\" cat-file -e $sha; done < \"$D/old\"");
    commit("main", "more");
    assert_same(&place);
}
END_TEST

START_TEST(test_heads_of_pull_requests_stay)
{
    struct place place = new_place();

    commit("main", "one");
    commit("fork", "two");
    script("cd \"$S\"; git update-ref refs/pull-requests/1/from fork;"
           "git update-ref -d refs/heads/fork");
    fetch(&place);
    script("cd \"$S\"; git update-ref refs/pull-requests/2/from refs/pull-requests/1/from;"
           "git update-ref -d refs/pull-requests/1/from");
    fetch(&place);
    ck_assert_str_eq(answer("git -C \"$M\" for-each-ref --format='%%(refname)'"),
                     "refs/heads/main\nrefs/pull-requests/1/from\nrefs/pull-requests/2/from");
    forget_requests();
    fetch(&place);
    ck_assert_uint_eq(requests_with("\"method\": "), 1);
    commit("moved", "three");
    script("cd \"$S\"; git update-ref refs/pull-requests/2/from moved");
    fetch(&place);
    ck_assert_str_eq(answer("git -C \"$M\" rev-parse refs/pull-requests/2/from"),
                     answer("git -C \"$S\" rev-parse refs/pull-requests/2/from"));
}
END_TEST

/* As a power cut leaves what was not synced: the size is there, the bytes are not. */
#define ZEROED(files)                                                                          \
    "for f in " files "; do chmod u+w $f; s=$(stat -c %s $f); truncate -s 0 $f;"               \
    " truncate -s $s $f; done"

/* What a disk, a restored backup or a user's hand may do to a mirror. */
static const char *const damages[] = {
    "rm -rf \"$M\"/objects/pack/*",
    "rm -f \"$M/HEAD\"",
    "rm -rf \"$M\"/*",
    "git -C \"$M\" rev-parse main > \"$M/shallow\"",
    "for p in \"$M\"/objects/pack/*.pack; do chmod u+w $p; truncate -s 20 $p; done",
    "for p in \"$M\"/objects/pack/*.idx; do chmod u+w $p; truncate -s 20 $p; done",
    "truncate -s 90 \"$M/packed-refs\"",
    ZEROED("\"$M/packed-refs\""),
    "printf 'x\\n' >> \"$M/packed-refs\"",
    "truncate -s 30 \"$M/config\"",
    "printf '[core]\\n\\trepositoryformatversion = \\n' > \"$M/config\"",
    "truncate -s 0 \"$M/refs/heads/main\"",
    ZEROED("\"$M/refs/heads/main\""),
    "truncate -s 20 \"$M/refs/heads/main\"",
    ZEROED("\"$M\"/objects/pack/*.pack"),
    ZEROED("\"$M\"/objects/pack/*.idx"),
    "truncate -s 0 \"$M/HEAD\"",
};

START_TEST(test_a_damaged_mirror_is_made_anew)
{
    struct place place = new_place();
    struct sp_error err = no_error();
    struct notes notes = {0};

    commit("main", "one");
    fetch(&place);
    commit("main", "two");
    fetch(&place);
    script("%s", damages[_i]);
    commit("main", "three");
    if (sh_git_fetch(place.mirror, &place.remote, NULL, &err) ||
        sh_git_refs(place.mirror, NULL, note_ref, &notes, &err)) {
        ck_assert_msg(err.code == SH_ERR_MIRROR_DAMAGED, "%d: %s", err.code, err.message);
        err = no_error();
        ck_assert_int_eq(sh_git_suspect(place.mirror, &err), 0);
        ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
    }
    assert_same(&place);
    script("git -C \"$M\" fsck --no-progress --connectivity-only >/dev/null");
    ck_assert_str_eq(answer("ls \"$M\"/.. | grep -e old -e part || true"), "");
    notes_clear(&notes);
}
END_TEST

START_TEST(test_a_suspect_mirror_stays_until_there_is_another)
{
    struct place place = new_place(), gone = place;
    struct sp_error err = no_error();
    char before[SH_GIT_ID_MAX], after[SH_GIT_ID_MAX];

    commit("main", "one");
    fetch(&place);
    ck_assert_int_eq(sh_git_identity(place.mirror, before, &err), 0);
    ck_assert_str_ne(before, "");
    gone.remote.url = "http://127.0.0.1:1/scm/a/b.git";
    ck_assert_int_eq(sh_git_suspect(place.mirror, &err), 0);
    ck_assert_int_eq(sh_git_fetch(gone.mirror, &gone.remote, NULL, &err), SP_ERR_NETWORK);
    ck_assert_str_eq(answer("git -C \"$M\" log --format=%%s main"), "one");
    ck_assert_int_eq(sh_git_identity(place.mirror, after, &err), 0);
    ck_assert_str_eq(after, before);
    assert_same(&place);
    ck_assert_int_eq(sh_git_identity(place.mirror, after, &err), 0);
    ck_assert_str_ne(after, before);
}
END_TEST

START_TEST(test_default_branch_is_followed)
{
    struct place place = new_place();

    commit("main", "one");
    fetch(&place);
    script("cd \"$S\"; git branch -m main trunk; git symbolic-ref HEAD refs/heads/trunk");
    assert_same(&place);
    commit("other", "two");
    fetch(&place);
    script("git -C \"$S\" symbolic-ref HEAD refs/heads/other");
    assert_same(&place);
    /* It does not tell a HEAD that is no branch: what was, remains. */
    script("git -C \"$S\" update-ref --no-deref HEAD trunk");
    fetch(&place);
    ck_assert_str_eq(answer("git -C \"$M\" symbolic-ref HEAD"), "refs/heads/other");
}
END_TEST

START_TEST(test_empty_repository)
{
    struct place place = new_place();

    script("git -C \"$S\" symbolic-ref HEAD refs/heads/unborn");
    assert_same(&place);
    assert_same(&place);
    commit("unborn", "one");
    assert_same(&place);
    script("git -C \"$S\" update-ref -d refs/heads/unborn");
    assert_same(&place);
}
END_TEST

START_TEST(test_head_of_remote_is_no_branch)
{
    struct place place = new_place();
    struct sp_error err = no_error();
    char *name = NULL;

    commit("trunk", "one");
    commit("trunk", "two");
    script("git -C \"$S\" update-ref --no-deref HEAD trunk~1");
    fetch(&place);
    ck_assert_int_eq(sh_git_default_branch(place.mirror, &name, &err), 0);
    ck_assert_str_eq(name, "main");
    free(name);
}
END_TEST

START_TEST(test_what_a_killed_run_left)
{
    struct place place = new_place();

    commit("main", "one");
    script("mkdir -p \"$M.part/objects/pack\"; echo junk > \"$M.part/HEAD\"");
    assert_same(&place);
    script("test ! -e \"$M.part\"; cd \"$M\"; mkdir -p refs/heads; touch packed-refs.lock "
           "HEAD.lock"
           " refs/heads/main.lock objects/pack/tmp_pack_Ab3 objects/pack/.tmp-7-pack-x");
    commit("main", "two");
    commit("tmp_x", "three");
    assert_same(&place);
    ck_assert_str_eq(answer("find \"$M\" -name '*.lock' -o -name '*tmp*pack*'"), "");
}
END_TEST

/* Many packs become few, and what no branch reaches is in them. */
START_TEST(test_packs_are_joined)
{
    struct place place = new_place();

    commit("main", "one");
    fetch(&place);
    script(
        "cd \"$M\"; for i in $(seq 60); do echo $i | git hash-object -w --stdin |"
        "tee -a \"$D/blobs\" | git pack-objects -q objects/pack/pack; done; git prune-packed");
    commit("main", "two");
    assert_same(&place);
    ck_assert_int_lt(atoi(answer("ls \"$M\"/objects/pack/*.pack | wc -l")), 10);
    ck_assert_str_eq(answer("wc -l < \"$D/blobs\" | tr -d ' '"), "60");
    script("while read sha; do git -C \"$M\" cat-file -e $sha; done < \"$D/blobs\"");
}
END_TEST

START_TEST(test_fetches_at_once)
{
    enum { N = 4 };
    struct place place = new_place();
    pid_t pids[N];

    for (int round = 0; round < 2; round++) {
        commit("main", "one");
        for (int i = 0; i < N; i++) {
            struct sp_error err = no_error();

            pids[i] = fork();
            if (pids[i] == 0)
                _exit(sh_git_fetch(place.mirror, &place.remote, NULL, &err) != 0);
        }
        for (int i = 0; i < N; i++) {
            int status;

            ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
            ck_assert_int_eq(status, 0);
        }
        assert_same(&place);
        script("test ! -e \"$M.part\"");
    }
}
END_TEST

/* ---- Watching -------------------------------------------------------------- */

static void note_progress(void *ctx, const char *what, unsigned percent)
{
    struct notes *notes = ctx;

    ck_assert_uint_le(percent, 100);
    if (percent == 100)
        note(notes, "%s.", what);
    notes->n++;
}

START_TEST(test_progress)
{
    struct place place = new_place();
    struct notes notes = {0};
    struct sh_git_watch watch = {.ctx = &notes, .progress = note_progress};
    struct sp_error err = no_error();

    for (int i = 0; i < 5; i++)
        commit("main", "one");
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, &watch, &err), 0);
    ck_assert_ptr_nonnull(strstr(notes.text, "Counting objects."));
    ck_assert_ptr_nonnull(strstr(notes.text, "Receiving objects."));
    notes_clear(&notes);
}
END_TEST

START_TEST(test_no_descriptor_is_lost)
{
    struct place place = new_place(), gone = new_place();
    unsigned before = open_descriptors();
    struct sp_error err = no_error();
    struct notes notes = {0};

    gone.remote.url = "http://127.0.0.1:1/gone.git";
    for (int i = 0; i < 10; i++) {
        fetch(&place);
        ck_assert_int_eq(sh_git_fetch(gone.mirror, &gone.remote, NULL, &err), SP_ERR_NETWORK);
        ck_assert_int_eq(sh_git_refs(place.mirror, NULL, note_ref, &notes, &err), 0);
    }
    ck_assert_uint_eq(open_descriptors(), before);
}
END_TEST

static Suite *suite(void)
{
    Suite *all = suite_create("git");
    TCase *tests = tcase_create("fetch");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, test_first_fetch);
    tcase_add_test(tests, test_unchanged_is_one_request);
    tcase_add_test(tests, test_commits_stay);
    tcase_add_test(tests, test_heads_of_pull_requests_stay);
    tcase_add_loop_test(tests, test_a_damaged_mirror_is_made_anew, 0,
                        sizeof damages / sizeof *damages);
    tcase_add_test(tests, test_a_suspect_mirror_stays_until_there_is_another);
    tcase_add_test(tests, test_default_branch_is_followed);
    tcase_add_test(tests, test_empty_repository);
    tcase_add_test(tests, test_head_of_remote_is_no_branch);
    tcase_add_test(tests, test_what_a_killed_run_left);
    tcase_add_test(tests, test_packs_are_joined);
    tcase_add_test(tests, test_fetches_at_once);
    tcase_add_test(tests, test_progress);
    tcase_add_test(tests, test_no_descriptor_is_lost);
    suite_add_tcase(all, tests);
    return all;
}

int main(void)
{
    return server_run_all(suite());
}
