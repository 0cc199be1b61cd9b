#!/usr/bin/env python3
"""Runs one suite, as make check does: what hangs is told and ended, and so is what it leaves behind.

    bounded.py SECONDS PROGRAM [ARGUMENT...]

A process that a suite forgot would hold the pipe of its output open, and with it the run of all suites.
"""

import ctypes
import glob
import os
import signal
import subprocess
import sys
import time

# A server that was told to end may be writing its last pages.
GRACE_S = 15
PR_SET_CHILD_SUBREAPER = 36


def parents():
    """The parent of each process."""
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            yield int(path.split("/")[2]), int(parent)


def descendants(of):
    """Whose parent died is ours: we are their reaper."""
    parent_of, found = dict(parents()), [of]
    for ancestor in found:
        found += [pid for pid, parent in parent_of.items() if parent == ancestor]
    return found[1:]


def text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().replace("\0", " ").strip()
    except OSError:
        return ""


def describe(pid):
    waits = sorted({text(path) or "0" for path in glob.glob(f"/proc/{pid}/task/*/wchan")})
    return f"{pid} {text(f'/proc/{pid}/cmdline')[:300]} (in {' '.join(waits)})"


def reap():
    """True while there are children."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    except ChildProcessError:
        return False


def end_all():
    while reap():
        for pid in descendants(os.getpid()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)


def bail_out(why):
    for pid in descendants(os.getpid()):
        print("#", describe(pid))
    names = " ".join(sorted({text(f"/proc/{pid}/comm") for pid in descendants(os.getpid())}))
    print(f"Bail out! {why}: {names}", flush=True)
    end_all()
    return 1


def run(limit_s, *command):
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    suite = subprocess.Popen(command)
    try:
        code = suite.wait(int(limit_s))
    except subprocess.TimeoutExpired:
        return bail_out(f"it runs for more than {limit_s} s")
    until = time.monotonic() + GRACE_S
    while reap():
        if time.monotonic() > until:
            return bail_out("it leaves behind")
        time.sleep(0.02)
    return code


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
