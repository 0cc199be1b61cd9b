#!/usr/bin/env python3
"""bounded.py, which runs each suite, this one too. Prints TAP."""

import os
import subprocess
import sys

from hosting import SOURCE
from tap import equal, run, test

PROGRAM = os.path.join(SOURCE, "tests", "bounded.py")


def bounded(limit_s, script):
    done = subprocess.run([sys.executable, PROGRAM, str(limit_s), "sh", "-c", script], capture_output=True, text=True,
                          timeout=120, check=False)
    return done.returncode, done.stdout


@test
def what_a_suite_says_and_its_exit_code_come_through():
    equal(bounded(60, "echo ok 1; exit 3"), (3, "ok 1\n"))


@test
def a_process_of_a_suite_that_ends_soon_after_it_is_waited_for():
    equal(bounded(60, "(sleep 0.2; echo ok 2) & echo ok 1"), (0, "ok 1\nok 2\n"))


@test
def a_suite_that_hangs_is_ended_with_all_that_it_started_and_told():
    code, said = bounded(1, "setsid sleep 601 & exec sleep 602")
    equal((code, said.splitlines()[-1]), (1, "Bail out! it runs for more than 1 s: sleep"))
    assert "sleep 601" in said and "sleep 602" in said, said


@test
def what_a_suite_leaves_behind_is_ended_and_told():
    code, said = bounded(60, "setsid sleep 603 & echo ok 1")
    equal((code, said.splitlines()[-1]), (1, "Bail out! it leaves behind: sleep"))


if __name__ == "__main__":
    run()
