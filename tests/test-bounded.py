#!/usr/bin/env python3
"""bounded.py, which runs each suite, this one too. Prints TAP."""

import os
import shutil
import subprocess
import sys
import tempfile

from hosting import SOURCE
from workers import wait_until

from tap import Skip, equal, run, test

PROGRAM = os.path.join(SOURCE, "tests", "bounded.py")

USE_AFTER_FREE = "#include <stdlib.h>\nint main(void) { char *volatile p = malloc(1); free(p); return *p; }"
LEAK = "#include <stdlib.h>\nint main(void) { void *volatile p = malloc(9); p = NULL; return p != NULL; }"
OVERFLOW = "#include <limits.h>\nint main(int count, char **) { return INT_MAX + count == 0; }"
RACE = """#include <pthread.h>
static int count;
static void *work(void *data) { count++; return data; }
int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    count++;
    return pthread_join(thread, NULL);
}"""


def bounded(limit_s, script):
    done = subprocess.run([sys.executable, PROGRAM, str(limit_s), "sh", "-c", script], capture_output=True, text=True,
                          timeout=120, check=False)
    return done.returncode, done.stdout


@test
def what_a_suite_says_and_its_exit_code_come_through():
    equal(bounded(60, "echo ok 1; exit 3"), (3, "ok 1\n"))


@test
def a_process_of_a_suite_that_ends_soon_after_it_is_waited_for():
    equal(bounded(60, "(while kill -0 $$ 2>/dev/null; do sleep 0.1; done; echo ok 2) & echo ok 1"), (0, "ok 1\nok 2\n"))


@test
def a_suite_that_hangs_is_ended_with_all_that_it_started_and_told():
    code, said = bounded(5, "setsid sleep 601 & exec sleep 602")
    equal((code, said.splitlines()[-1]), (1, "Bail out! it runs for more than 5 s: sleep"))
    assert "sleep 601" in said and "sleep 602" in said, said


@test
def what_a_suite_leaves_behind_is_ended_and_told():
    code, said = bounded(60, "setsid sleep 603 & echo ok 1")
    equal((code, said.splitlines()[-1]), (1, "Bail out! it leaves behind: sleep"))


@test
def the_files_of_a_suite_go_with_it():
    say = "touch $TMPDIR/file; mkdir $TMPDIR/folder; ls -ld $TMPDIR | cut -c1-10; echo $TMPDIR"
    code, said = bounded(60, say)
    mode, folder = said.split()
    equal((code, mode, os.path.exists(folder)), (0, "drwxr-xr-x", False))
    with tempfile.NamedTemporaryFile("r") as file, subprocess.Popen(
            [sys.executable, PROGRAM, "60", "sh", "-c", f"{say}; echo $TMPDIR $$ >{file.name}; sleep 604"],
            stdout=subprocess.DEVNULL) as process:
        wait_until(lambda: file.seek(0) or file.read().endswith("\n"))
        process.terminate()
        equal(process.wait(60), 1)
        file.seek(0)
        folder, suite = file.read().split()
        equal((os.path.exists(folder), os.path.exists(f"/proc/{suite}")), (False, False))


def with_fault(program, *flags, under=""):
    """What is said of a suite that starts a program with a fault, and does not look how it ends."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "faulty")
        built = subprocess.run(["cc", "-xc", "-std=gnu2x", "-g", *flags, "-", "-o", path], input=program, text=True,
                               capture_output=True, check=False)
        if built.returncode:
            raise Skip(f"cc knows no {' '.join(flags)} here")
        return bounded(60, f"echo ok 1; {under} {path}; exit 0")


@test
def a_report_of_any_process_of_a_suite_fails_it_and_is_told():
    for program, flag, words in ((USE_AFTER_FREE, "-fsanitize=address", "heap-use-after-free"),
                                 (LEAK, "-fsanitize=address", "detected memory leaks"),
                                 (OVERFLOW, "-fsanitize=undefined", "signed integer overflow"),
                                 (RACE, "-fsanitize=thread", "data race")):
        code, said = with_fault(program, flag)
        assert code == 1 and "# report: " in said and words in said and "\nBail out! there are reports" in said, (words, said)


@test
def what_valgrind_reports_fails_a_suite_and_silence_does_not():
    if not shutil.which("valgrind"):
        raise Skip("valgrind is not installed")
    valgrind = "valgrind -q --leak-check=full"
    equal(with_fault("int main(void) { return 0; }", under=valgrind), (0, "ok 1\n"))
    code, said = with_fault(LEAK, under=valgrind)
    assert code == 1 and "definitely lost" in said, said


if __name__ == "__main__":
    run()
