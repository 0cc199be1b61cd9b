#!/usr/bin/env python3
"""source-provider-check: it passes providers that are sound, and tells which check fails of others. Prints TAP."""

import os
import subprocess

from hosting import BUILD, PASSWORD, PLUGIN, SANITIZER, SOURCE
from provider_kit import Kit

from client import FakeBitbucket
from tap import Skip, equal, run, test

GIT_DIRECTORY = os.path.join(BUILD, ".libs", "git-directory.so")
WRONG_MODULES = os.path.join(BUILD, "tests", "modules", ".libs")
SHELF = {"base_url": "http://shelf.example/", "password": "let me read"}
CHECKS = 17

with open(os.path.join(SOURCE, "tests", "modules", "shelf.c"), encoding="utf-8") as _file:
    SHELF_C = _file.read()


def need_plain_memory():
    """What crashes is a report of the sanitizer's, whose malloc is not counted either."""
    if SANITIZER:
        raise Skip("the module is to break where the sanitizer would tell")


def broken(*changes):
    """The sound provider with some of its text replaced, each of which must be there once."""
    text = SHELF_C
    for old, new in changes:
        equal((old, text.count(old)), (old, 1))
        text = text.replace(old, new)
    return text


def check_shelf(text, *arguments, **settings):
    with Kit() as kit:
        return kit.check(kit.compile("shelf", text), "shelf", *arguments, **(SHELF | settings))


def equal_outcome(outcome, failed, skipped):
    equal((outcome.failed, outcome.skipped), (failed, skipped))
    equal(len(outcome.passed) + len(outcome.skipped) + len(outcome.failed), CHECKS)
    assert outcome.out.endswith(f"\n1..{CHECKS}\n"), outcome
    equal((outcome.code, outcome.err), (1 if failed else 0, ""))


# ---- Sound providers --------------------------------------------------------


@test
def a_sound_provider_passes():
    outcome = check_shelf(SHELF_C)
    equal_outcome(outcome, [], [])
    assert "SHELF/books: 5 pull requests, 3 cursors" in outcome.notes("sets whole"), outcome


@test
def so_does_one_that_had_to_leave_something_out():
    outcome = check_shelf(broken(("is_part, sink, err);\n    return rc;", """is_part, sink, err);
    if (!rc && what->repository_id == 10)
        rc = fail(err, SP_ERR_PARTIAL, "", "", "pull request 6 cannot be understood");
    return rc;""")))
    equal_outcome(outcome, [], [])
    assert "pull request 6 cannot be understood" in outcome.notes("sets whole"), outcome


@test
def bitbucket_server_passes():
    with FakeBitbucket("--context", "/bitbucket") as fake, Kit() as kit:
        outcome = kit.check(PLUGIN, "bitbucket-server", base_url=fake.url, username="flow-service", password=PASSWORD)
        equal_outcome(outcome, [], [])
        assert "PLAT/api: 30 pull requests" in outcome.notes("sets whole"), outcome
        equal(fake.users()["flow-service"]["failures"], 0)


@test
def bitbucket_server_passes_with_pages_of_three():
    with FakeBitbucket("--page-cap", 3) as fake, Kit() as kit:
        outcome = kit.check(PLUGIN, "bitbucket-server", "--repository", "PLAT/web",
                            base_url=fake.url, username="flow-service", password=PASSWORD)
        equal_outcome(outcome, [], [])
        assert "PLAT/web" in outcome.notes("sets whole"), outcome


@test
def git_directory_passes():
    with Kit() as kit:
        repositories = os.path.join(kit.folder, "our repositories")
        for name in ("one", "two"):
            subprocess.run(["git", "init", "-q", "--bare", os.path.join(repositories, name + ".git")], check=True)
        outcome = kit.check(GIT_DIRECTORY, "git-directory", directory=repositories, organization="ours")
        equal_outcome(outcome, [], ["known_revision honoured", "import resumable at each checkpoint",
                                    "no secret in logs, errors and health"])
        assert "1 organizations, 2 repositories" in outcome.notes("listing complete"), outcome


# ---- Broken ones -------------------------------------------------------------

BROKEN = {
    "a module that speaks every ABI": (
        "descriptor sane", "is none",
        ("SOURCE_PROVIDER_DEFINE(provider);", """
         SP_EXPORT const struct source_provider *source_provider_entry(uint32_t);
         const struct source_provider *source_provider_entry(uint32_t abi) { (void)abi; return &provider; }""")),
    "a setting without help": (
        "settings table complete", "password has no help",
        ('''.help = "The password of the reader's account."''', '.help = ""')),
    "a default out of bounds": (
        "settings table complete", "page_size has a fallback out of its bounds", ('.fallback = "2"', '.fallback = "0"')),
    "a configure that takes a URL which is none": (
        "configure accepts the file, and refuses what it must", "takes a URL that is none: base_url",
        ('strncmp(instance->base_url, "http://", 7) != 0', "!instance->base_url[0]")),
    "a configure that blames no setting": (
        "configure accepts the file, and refuses what it must", 'blames "", not password',
        ('"password", "", "password is missing"', '"", "", "password is missing"')),
    "a configure that refuses everything": (
        "configure accepts the file, and refuses what it must", "refuses the settings of the file: password is missing",
        ("if (!instance->password[0])", "if (instance->password[0])")),
    "a configure that looks at the server": (
        "configure does no input or output", "it calls socket",
        ("#include <errno.h>", "#include <errno.h>\n#include <sys/socket.h>\n#include <unistd.h>"),
        ("instance->page_size = 2;", "instance->page_size = 2;\n    close(socket(AF_INET, SOCK_STREAM, 0));")),
    "a configure that reads a file": (
        "configure does no input or output", "it calls openat",
        ("instance->page_size = 2;", 'instance->page_size = 2;\n    FILE *f = fopen("/etc/passwd", "r"); if (f) fclose(f);')),
    "a listing with one id twice": (
        "listing complete", "SHELF/empty comes with the id 10", ("     .id = 11,", "     .id = 10,")),
    "a repository before its organization": (
        "listing complete", "SHELF/books comes before its organization",
        ("    if (!rc && sink->organization)\n        rc = sink->organization(sink->ctx, &organization);\n", ""),
        ("    if (!rc && sink->complete)", """    if (!rc && sink->organization)
        rc = sink->organization(sink->ctx, &organization);
    if (!rc && sink->complete)""")),
    "a listing without its end": (
        "listing complete", "without saying that it is complete",
        ("rc = sink->complete(sink->ctx);\n    return rc;\n}\n\n/* ---- Import", "rc = SP_OK;\n    return rc;\n}\n\n/* ---- Import")),
    "a listing that goes wrong the second time": (
        "listing complete", "two listings differ",
        ("    for (size_t i = 0; !rc && i < 2; i++)", "    static size_t n = 3; n -= n > 0;\n    for (size_t i = 0; !rc && i < n && i < 2; i++)")),
    "a reply to nothing": (
        "sets whole", "which is not in the set", (".parent_comment_id = comment,", ".parent_comment_id = comment + 50,")),
    "an activity twice": (
        "sets whole", "comes twice in pull request", (".id = comment + 3,", ".id = comment + 2,")),
    "Git after the pull requests": (
        "sets whole", "git_remote comes after pull requests",
        ("    if (!rc && !is_part)\n        rc = send_git(sink);\n", ""),
        ("is_part, sink, err);\n    return rc;", "is_part, sink, err);\n    if (!rc && !is_part)\n        rc = send_git(sink);\n    return rc;")),
    "a set without its end": (
        "sets whole", "pull request 3 is begun, and never ended", ("if (!rc && sink->pull_request_end)", "if (!rc && sink->pull_request_end && record->number != 3)")),
    "a provider that forgets to ask": (
        "sets whole", "without asking known_revision", ("rc = is_known(sink, &record);", "rc = 0;(void)is_known;")),
    "revisions that are asked for, and not heard": (
        "known_revision honoured", "",
        ("strcmp(held, record->revision) == 0;", "0;"), ("cursor ? sink->cursor(sink->ctx, cursor) : SP_OK", "cursor ? SP_OK : SP_OK")),
    "a pull request that another import has": (
        "known_revision honoured", "is sent though another import has it", ("rc == 2 || strcmp", "strcmp")),
    "a revision that every reading makes anew": (
        "known_revision honoured", "has another revision",
        ('snprintf(revision, 64, "version %d, 2 comments", (int)number);',
         'static int n;\n    snprintf(revision, 64, "version %d, 2 comments, %d", (int)number, n++);')),
    "a cursor that promises more than was sent": (
        "import resumable at each checkpoint", "is not there",
        ("rc = ask(instance, sink, err); /* for one page of them */",
         "rc = is_part ? 0 : send_cursor(sink, number + instance->page_size);\n        if (!rc) rc = ask(instance, sink, err);")),
    "a part that brings Git": (
        "a part of an import is a part", "a part brings 1 Git remotes", ("if (!rc && !is_part)\n        rc = send_git", "if (!rc)\n        rc = send_git")),
    "a health check that does not say what was seen": (
        "health complete", "does not say what was seen", ('"logged in as reader"', '""')),
    "a report without rows": (
        "health complete", "the report is empty", ("return sink->check ? sink->check(sink->ctx, &check) : SP_OK;", "return sink->check && check.code ? sink->check(sink->ctx, &check) : SP_OK;")),
    "a failing check without remedy": (
        "health tells what is wrong", "fails without a remedy", ('asked ? "Correct the URL, or the password." : NULL', "NULL")),
    "a report that fails with the server": (
        "health tells what is wrong", "the report itself fails",
        ("    if (asked == SP_ERR_CANCELLED)", "    if (asked == SP_ERR_NETWORK)\n        return fail(err, asked, \"base_url\", \"\", \"it is down\");\n    if (asked == SP_ERR_CANCELLED)")),
    "a wait that nothing ends for three seconds": (
        "cancellation within a second", "enumerate, cancelled while it waits for a seat: it ends more than a second later",
        ("rc = cancelled(sink, err);\n        nanosleep(&pause, NULL);", "for (int i = 0; i < 60; i++)\n            nanosleep(&pause, NULL);\n        rc = cancelled(sink, err);")),
    "a call that is told, and goes on": (
        "cancellation within a second", "import, cancelled before it begins: it is told so and returns",
        ("int rc = ask(instance, sink, err);\n\n    if (!rc && what->repository_id != 10",
         "int rc = ask(instance, sink, err);\n\n    if (rc == SP_ERR_CANCELLED)\n        rc = SP_ERR_UNAVAILABLE;\n    if (!rc && what->repository_id != 10")),
    "a call that the host has ended, and goes on": (
        "the host's word ends a call", "is called though the host had ended the call",
        ("rc = sink->repository(sink->ctx, &repositories[i]);", "sink->repository(sink->ctx, &repositories[i]);")),
    "a call that returns another code than the host's": (
        "the host's word ends a call", "though the host had ended the call with -107",
        ("rc = sink->organization(sink->ctx, &organization);", "rc = sink->organization(sink->ctx, &organization) ? SP_ERR_INTERNAL : 0;")),
    "a call that keeps its seat": (
        "listing complete", "2 of the seats that login_enter gave were not given back",
        ("    if (seat > 0)\n", "    if (seat > 99)\n")),
    "a module that says all at once, and cannot": (
        "threads as declared", "beside other calls fails",
        ("SP_ONE_CALL_PER_INSTANCE", "SP_PARALLEL"),
        ("    say(instance, \"GET /shelf\");", """    say(instance, "GET /shelf");
    static int inside;
    const struct timespec while_it_lasts = {.tv_nsec = 20L * 1000 * 1000};
    if (__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST) > 1)
        rc = fail(err, SP_ERR_INTERNAL, "", "", "two at once");
    nanosleep(&while_it_lasts, NULL);
    __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);"""),
        ('    if (strcmp(instance->base_url, "http://shelf', '    if (!rc && strcmp(instance->base_url, "http://shelf'),
        ("    else if (strcmp(instance->password", "    else if (!rc && strcmp(instance->password")),
    "a descriptor that stays open": (
        "no leak", "descriptors after", ("    say(instance, \"GET /shelf\");", "    say(tmpfile() ? instance : NULL, \"GET /shelf\");")),
    "a password in the log": (
        "no secret in logs, errors and health", "a log line shows the secret password",
        ('say(instance, "GET /shelf");', "say(instance, instance->password);")),
    "a password in an error": (
        "no secret in logs, errors and health", "the message of the error of enumerate shows the secret password",
        ('"nobody answers at base_url"', "instance->password")),
    "a password in base64": (
        "no secret in logs, errors and health", "a log line shows the secret password",
        ('say(instance, "GET /shelf");', 'say(instance, "Authorization: Basic cmVhZGVyOmxldCBtZSByZWFk");')),
}
BROKEN_MEMORY = {
    "memory that is not freed": (
        "no leak", "configure leaks", ("    free(instance);\n}\n\n/* In place", "}\n\n/* In place")),
    "a callback that is called and is NULL": (
        "callbacks may be missing", "signal 11", ("if (!rc && sink->complete)", "if (!rc)")),
    "a module that crashes": (
        "sets whole", "signal 11", ('if (!rc && what->repository_id != 10 &&', "if (what->repository_id == 11)\n        *(volatile int *)0 = 1;\n    if (!rc && what->repository_id != 10 &&")),
}


def fails_in(name, said, changes):
    """The first check that fails is the one; others may follow from the same."""
    outcome = check_shelf(broken(*changes))
    assert outcome.failed and outcome.failed[0] == name, outcome
    assert said in outcome.notes(name), outcome
    equal(outcome.code, 1)


for _name, (_check, _said, *_changes) in (BROKEN | BROKEN_MEMORY).items():
    def fails(name=_name, check=_check, said=_said, changes=_changes):
        if name in BROKEN_MEMORY:
            need_plain_memory()
        fails_in(check, said, changes)
    fails.__name__ = _name
    test(fails)


@test
def a_module_that_cannot_be_loaded_is_told_why():
    with Kit() as kit:
        for name, why in (("lacking", "it lacks the callback import"), ("unresolved", "function_that_nobody_has"),
                          ("bad_threading", "unknown threading level")):
            outcome = kit.check(os.path.join(WRONG_MODULES, name + ".so"), "stub", variables={"LACKING": "import"})
            equal((outcome.code, outcome.failed, outcome.passed), (1, ["descriptor sane"], []))
            assert why in outcome.notes("descriptor sane"), outcome


@test
def a_module_that_ends_the_process_is_told():
    outcome = check_shelf(broken(("int rc = ask(instance, sink, err);\n\n    if (!rc && sink->organization)",
                                  "int rc = ask(instance, sink, err);\n\n    exit(0);\n    if (!rc && sink->organization)")))
    equal((outcome.code, outcome.failed), (1, ["listing complete"]))
    assert "the module called exit(0)" in outcome.notes("listing complete"), outcome
    assert outcome.out.endswith("\n1..5\n"), outcome


@test
def a_module_that_hangs_is_told_and_nothing_is_left_of_it():
    text = broken(("SOURCE_PROVIDER_DEFINE(provider);", """
        __attribute__((constructor)) static void hang(void) { for (;;) { struct timespec day = {86400, 0}; nanosleep(&day, NULL); } }
        SOURCE_PROVIDER_DEFINE(provider);"""))
    with Kit() as kit:
        place = os.path.join(kit.folder, "tmp")
        os.mkdir(place)
        outcome = kit.check(kit.compile("shelf", text), "shelf", variables={"TMPDIR": place}, **SHELF)
        equal(os.listdir(place), [])
    equal((outcome.code, outcome.failed), (1, ["descriptor sane"]))
    assert "it did not end within 10 s" in outcome.notes("descriptor sane"), outcome


# ---- What cannot be tried ------------------------------------------------------


@test
def a_refused_login_is_not_repeated():
    with FakeBitbucket() as fake, Kit() as kit:
        outcome = kit.check(PLUGIN, "bitbucket-server", base_url=fake.url, username="flow-service", password="wrong word")
        equal((outcome.code, outcome.failed), (2, ["listing complete"]))
        assert "Bail out! the login is refused" in outcome.out, outcome
        equal(fake.users()["flow-service"]["failures"], 1)


@test
def help_and_wrong_arguments():
    with Kit() as kit:
        outcome = kit.run("--help")
        equal((outcome.code, outcome.err), (0, ""))
        assert "usage: source-provider-check MODULE.so --config FILE" in outcome.out, outcome
        equal(len(outcome.out.splitlines()) < 24, True)
        for arguments in ((), ("x.so",), ("--config", "x"), ("x.so", "y.so", "--config", "z"), ("--nonsense",)):
            outcome = kit.run(*arguments)
            equal((outcome.code, outcome.out), (2, ""))
            assert "source-provider-check" in outcome.err, outcome


@test
def a_file_or_module_that_cannot_be_used():
    with Kit() as kit:
        module = kit.compile("shelf", SHELF_C)
        outcome = kit.run(os.path.join(kit.folder, "none.so"), "--config", "x")
        equal(outcome.code, 2)
        assert "none.so: No such file" in outcome.err, outcome
        outcome = kit.check(module, "other", **SHELF)
        equal(outcome.code, 2)
        assert "one.conf:2: provider = other, but the module is shelf" in outcome.err, outcome
        outcome = kit.check(module, "shelf", base_url="http://shelf.example/", colour="red", password="let me read")
        equal(outcome.code, 2)
        assert "one.conf:5: unknown setting colour" in outcome.err, outcome
        outcome = kit.check(module, "shelf", "--repository", "SHELF/none", **SHELF)
        equal(outcome.code, 1)
        assert "the listing has no repository SHELF/none" in outcome.notes("sets whole"), outcome


if __name__ == "__main__":
    run()
