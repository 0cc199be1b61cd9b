#!/usr/bin/env python3
"""Runs one suite, as make check does: what hangs is told and ended, and so is what it leaves behind.

    bounded.py SECONDS PROGRAM [ARGUMENT...]

A process that a suite forgot would hold the pipe of its output open, and with it the run of all suites. What a
sanitizer or valgrind finds in any of its processes fails the suite, whatever that process's exit code was taken for.
Files that it makes in TMPDIR go with it.
"""

import ctypes
import glob
import os
import signal
import subprocess
import sys
import tempfile
import time

# A server that was told to end may be writing its last pages.
GRACE_S = 15
PR_SET_CHILD_SUBREAPER = 36
IN_MEMORY, ROOM_KIB = "/dev/shm", 8 << 20

# What each of them is asked for beyond its defaults; before ASan's library a test may have one of its own loaded.
SANITIZERS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1:verify_asan_link_order=0",
    "LSAN_OPTIONS": "",
    "TSAN_OPTIONS": "second_deadlock_stack=1:history_size=7:die_after_fork=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


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


def place_for_files():
    """Memory, where there is much: suites make and remove many files, which is a sixth of their time on a disk."""
    if os.environ.get("TMPDIR") or not os.access(IN_MEMORY, os.W_OK):
        return None
    there = os.statvfs(IN_MEMORY)
    free_kib = int(text("/proc/meminfo").partition("MemAvailable:")[2].split()[0])
    has_room = min(free_kib, there.f_bavail * there.f_frsize >> 10) >= ROOM_KIB
    return IN_MEMORY if has_room and not there.f_flag & os.ST_NOEXEC else None


def reporting_to(folder):
    """The environment in which whoever has something to report makes a file of it."""
    variables = {name: f"{options}:log_path={folder}/sanitizer" for name, options in SANITIZERS.items()}
    return os.environ | variables | {"VALGRIND_OPTS": f"--log-file={folder}/valgrind.%p"}


def tell_reports(folder):
    """True when there are any; valgrind makes a file even if it has nothing to say."""
    reports = "\n".join(filter(None, (text(path) for path in sorted(glob.glob(f"{folder}/*")))))
    for line in reports.splitlines():
        print("# report:", line)
    return reports != ""


def wait_for(suite, limit_s):
    """Its exit code, once all that it started has ended."""
    try:
        code = suite.wait(limit_s)
    except subprocess.TimeoutExpired:
        return bail_out(f"it runs for more than {limit_s} s")
    until = time.monotonic() + GRACE_S
    while reap():
        if time.monotonic() > until:
            return bail_out("it leaves behind")
        time.sleep(0.02)
    return code


def stop(*_):
    """As make and CI tell it to: nothing is left running, nor in memory."""
    end_all()
    sys.exit(1)


def run(limit_s, *command):
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, stop)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="reports-") as folder, \
            tempfile.TemporaryDirectory(prefix="suite-", dir=place_for_files(), ignore_cleanup_errors=True) as files:
        os.chmod(files, 0o755)  # PostgreSQL runs as somebody else
        code = wait_for(subprocess.Popen(command, env=reporting_to(folder) | {"TMPDIR": files}), int(limit_s))
        if tell_reports(folder):
            print("Bail out! there are reports of sanitizers or valgrind, see above", flush=True)
            return 1
        return code


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
