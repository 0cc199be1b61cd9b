/* check_git_cancel.c - fetches that are given up, and secrets while they run */
#define _GNU_SOURCE 1 /* memmem */
#include "git_server.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void assert_not_in(const char *path, const char *secret)
{
    char data[65536];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, data, sizeof data);

    if (fd >= 0)
        close(fd);
    ck_assert_ptr_null(n > 0 ? memmem(data, (size_t)n, secret, strlen(secret)) : NULL);
}

/* No process on this machine shows it in its arguments. */
static void assert_in_no_command(const char *secret)
{
    DIR *processes = opendir("/proc");
    struct dirent *one;

    ck_assert_ptr_nonnull(processes);
    while ((one = readdir(processes)))
        if (atoi(one->d_name) > 0)
            assert_not_in(keep("/proc/%s/cmdline", one->d_name), secret);
    closedir(processes);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Says "stop" once the server has the request and does not answer it. */
static int stop_when_stalled(void *ctx)
{
    double *asked = ctx;

    if (*asked > 0)
        return 1;
    if (requests_with("\"method\": ") == 0)
        return 0;
    assert_in_no_command(strchr(RIGHT_LOGIN, ' ') + 1);
    *asked = now();
    return 1;
}

START_TEST(test_cancel)
{
    struct place place = new_place();
    double asked = 0;
    struct sh_git_watch watch = {.ctx = &asked, .cancelled = stop_when_stalled};
    struct sp_error err;

    push_commit();
    control("POST", "fault", "{\"kind\": \"stall\", \"path\": \"^/scm/\"}");
    err = failing_fetch(&place, &watch);
    ck_assert_double_lt(now() - asked, 20); /* the stall itself would never end */
    assert_error(&err, SP_ERR_CANCELLED, 0, 0, "cancelled");
    control("DELETE", "fault", "");
    ck_assert_int_le(waitpid(-1, NULL, WNOHANG), 0); /* no dead child is left */
    script("test ! -e \"$M\" && test ! -e \"$M.part\"");
}
END_TEST

static int always(void *ctx)
{
    (void)ctx;
    return 1;
}

static int third_time(void *ctx)
{
    return ++*(int *)ctx == 3;
}

START_TEST(test_cancel_without_start)
{
    struct place place = new_place();
    struct sh_git_watch watch = {.cancelled = always};
    struct sp_error err = failing_fetch(&place, &watch);

    assert_error(&err, SP_ERR_CANCELLED, 0, 0, "cancelled");
    ck_assert_uint_eq(requests_with("\"method\": "), 0);
}
END_TEST

START_TEST(test_cancel_while_locked)
{
    struct place place = new_place();
    int times = 0, fd;
    struct sh_git_watch watch = {.ctx = &times, .cancelled = third_time};
    struct sp_error err = no_error();

    push_commit();
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
    fd = open(place.mirror, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    err = failing_fetch(&place, &watch);
    assert_error(&err, SP_ERR_CANCELLED, 0, 0, "cancelled");
    ck_assert_int_eq(times, 3);
    close(fd);
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
}
END_TEST

/* From now on a git that is asked for this takes long over it. */
static void slow_down(const char *verb)
{
    setenv("SLOW", verb, 1);
    script("mkdir \"$D/slow-$SLOW\"; cat > \"$D/slow-$SLOW/git\" <<END\n"
           "#!/bin/sh\n"
           "case \"\\$*\" in *$SLOW*) touch \"$D/$SLOW\"; exec sleep 30 ;; esac\n"
           "exec \"$(command -v git)\" \"\\$@\"\n"
           "END\n"
           "chmod +x \"$D/slow-$SLOW/git\"");
    setenv("PATH", keep("%s:%s", in_folder(keep("slow-%s", verb)), getenv("PATH")), 1);
}

static int when_it_is_slow(void *ctx)
{
    return access(ctx, F_OK) == 0;
}

static int no_commit(void *ctx, const struct sh_git_commit *commit)
{
    (void)ctx, (void)commit;
    return 0;
}

static int no_ref(void *ctx, const struct sh_git_ref *ref)
{
    (void)ctx, (void)ref;
    return 0;
}

static const char *const slow_ones[] = {"for-each-ref", "update-ref", "rev-list", "--count",
                                        "cat-file"};

static void ask(const char *verb, const struct place *place, const struct sh_git_watch *watch,
                struct sp_error *err)
{
    const char *wanted[] = {answer("git -C \"$M\" rev-parse main"), NULL}, *known[] = {NULL};
    uint64_t count;

    if (strcmp(verb, "rev-list") == 0)
        sh_git_log(place->mirror, wanted, known, watch, no_commit, NULL, err);
    else if (strcmp(verb, "--count") == 0)
        sh_git_count(place->mirror, wanted, known, watch, &count, err);
    else if (strcmp(verb, "cat-file") == 0)
        sh_git_refs(place->mirror, watch, no_ref, NULL, err);
    else
        sh_git_fetch(place->mirror, &place->remote, watch, err);
}

/* Each git that a mirror may be large for. */
START_TEST(test_cancel_of_one_that_asks_no_server)
{
    const char *verb = slow_ones[_i];
    struct place place = new_place();
    struct sh_git_watch watch = {.ctx = (void *)in_folder(verb), .cancelled = when_it_is_slow};
    struct sp_error err = no_error();
    double began;

    push_commit();
    script("git -C \"$S\" update-ref refs/heads/other refs/heads/main");
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
    script("git -C \"$S\" update-ref -d refs/heads/other");
    slow_down(verb);
    began = now();
    ask(verb, &place, &watch, &err);
    assert_error(&err, SP_ERR_CANCELLED, 0, 0, "cancelled");
    ck_assert_double_lt(now() - began, 20);
}
END_TEST

static int when_there_is_half_a_pack(void *ctx)
{
    (void)ctx;
    return *answer("ls \"$M\"/objects/pack | grep tmp_pack || true") != '\0';
}

START_TEST(test_cancel_leaves_no_half_pack)
{
    struct place place = new_place();
    struct sh_git_watch watch = {.cancelled = when_there_is_half_a_pack};
    struct sp_error err = no_error();

    push_commit();
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
    script("cd \"$S\"; B=$(head -c 4000000 /dev/urandom | git hash-object -w --stdin);"
           "T=$(printf '100644 blob %%s\\tlarge\\n' $B | git mktree);"
           "git update-ref refs/heads/main $(git commit-tree -m x $T)");
    control("POST", "fault",
            "{\"kind\": \"slow\", \"path\": \"/git-upload-pack$\", \"bytes\": 10000}");
    err = failing_fetch(&place, &watch);
    assert_error(&err, SP_ERR_CANCELLED, 0, 0, "cancelled");
    control("DELETE", "fault", "");
    ck_assert_str_eq(answer("ls \"$M\"/objects/pack | grep tmp || true"), "");
}
END_TEST

static int locked(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_CLOEXEC);

    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    return fd;
}

START_TEST(test_sweep_waits_for_nobody)
{
    struct place place = new_place();
    struct sp_error err = no_error();
    int mirror, part;

    sh_git_sweep(place.mirror);
    push_commit();
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
    script("mkdir -p \"$M.part/objects/pack\" \"$M.old/objects/pack\";"
           "for d in \"$M\" \"$M.part\" \"$M.old\"; do touch $d/objects/pack/tmp_pack_x; done");
    mirror = locked(place.mirror);
    part = locked(keep("%s.part", place.mirror));
    sh_git_sweep(place.mirror);
    script("test -e \"$M/objects/pack/tmp_pack_x\" && test ! -e \"$M.old\" &&"
           "test -e \"$M.part/objects/pack/tmp_pack_x\"");
    close(mirror);
    close(part);
    sh_git_sweep(place.mirror);
    script("test ! -e \"$M/objects/pack/tmp_pack_x\" && test ! -e \"$M.part\" &&"
           "git -C \"$M\" fsck --strict");
}
END_TEST

/* To git it is never too slow: a byte a second is what busy servers send. */
START_TEST(test_a_server_that_trickles_for_ever)
{
    struct place place = new_place();
    struct sh_git_watch watch = {.longest_ms = 2000};
    struct sp_error err;

    push_commit();
    control("POST", "fault",
            "{\"kind\": \"slow\", \"path\": \"^/scm/\", \"bytes\": 1, \"pause_ms\": 1000}");
    err = failing_fetch(&place, &watch);
    assert_error(&err, SP_ERR_NETWORK, 0, 0, "git has not ended within");
    control("DELETE", "fault", "");
    script("test ! -e \"$M\" && test ! -e \"$M.part\"");
}
END_TEST

START_TEST(test_secret_is_in_no_file)
{
    struct place place = new_place();
    struct sp_error err = no_error();

    push_commit();
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
    push_commit();
    ck_assert_int_eq(sh_git_fetch(place.mirror, &place.remote, NULL, &err), 0);
    ck_assert_str_eq(
        answer("grep -r -l -e '%s' -e 's3cret' \"$M\" || true", strchr(RIGHT_LOGIN, ' ') + 1),
        "");
    ck_assert_uint_ge(requests_with("\"scheme\": \"basic\""), 4);
}
END_TEST

static Suite *suite(void)
{
    Suite *all = suite_create("git cancel");
    TCase *tests = tcase_create("cancel");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, test_cancel);
    tcase_add_test(tests, test_cancel_without_start);
    tcase_add_test(tests, test_cancel_while_locked);
    tcase_add_loop_test(tests, test_cancel_of_one_that_asks_no_server, 0,
                        sizeof slow_ones / sizeof *slow_ones);
    tcase_add_test(tests, test_cancel_leaves_no_half_pack);
    tcase_add_test(tests, test_sweep_waits_for_nobody);
    tcase_add_test(tests, test_a_server_that_trickles_for_ever);
    tcase_add_test(tests, test_secret_is_in_no_file);
    suite_add_tcase(all, tests);
    return all;
}

int main(void)
{
    return server_run_all(suite());
}
