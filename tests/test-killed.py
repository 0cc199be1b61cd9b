#!/usr/bin/env python3
"""Imports that are killed with -9 at any moment lose nothing, double nothing, repeat nothing. Prints TAP.

KILLS=700 in the environment kills so often in each test instead of a hundred times in all; KILL_SEED repeats the moments of a run that failed.
Half of the moments are points in time, the others requests as the server counts them.
"""

import fcntl
import os
import random
import shutil
import sqlite3
import subprocess
import time

from hosting import Hosting
from truth_tables import differences

from client import FakeBitbucket
from tap import equal, run, test

KILLS = int(os.environ.get("KILLS", "34"))
SEED = int(os.environ.get("KILL_SEED", random.randrange(1 << 30)))
PATH = "PLAT/api"
TABLES = ("git_ref", "git_commit", "pull_request", "pull_request_reviewer", "pull_request_commit", "activity", "person")


def start(host, *command):
    """The command in a process of its own, whose temporary files have a folder that can be looked at."""
    temporary = os.path.join(host.folder, "tmp")
    os.makedirs(temporary, exist_ok=True)
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    return subprocess.Popen(host.command(*command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            env=environment | {"TMPDIR": temporary})


def quiet(host, *command):
    process = start(host, *command)
    told = process.communicate()[1]
    equal((process.returncode, told), (0, ""))


class Moment:
    """When to kill: so long after the start, or when the server has seen so many requests."""

    def __init__(self, chance, seconds, requests):
        self.fault = chance.choice((None, None, "stall", "slow"))
        self.after = chance.uniform(0, seconds)
        self.request = chance.randint(1, requests)

    def __str__(self):
        if self.fault is None:
            return f"after {self.after:.3f} s"
        return f"at request {self.request}, {'unanswered' if self.fault == 'stall' else 'half answered'}"

    def prepare(self, fake):
        if self.fault:
            fake.fault(self.fault, skip=self.request - 1, bytes=40, pause_ms=200)

    def wait(self, fake, process):
        """Returns when it has come, or the process has ended before."""
        if self.fault is None:
            try:
                process.wait(self.after)
            except subprocess.TimeoutExpired:
                pass
        while self.fault and process.poll() is None and len(fake.requests()) < self.request:
            time.sleep(0.005)


def kill(fake, host, moment, command):
    moment.prepare(fake)
    process = start(host, *command)
    moment.wait(fake, process)
    process.kill()
    process.communicate()


def numbers_read(fake):
    """Of each pull request whose activities were asked for."""
    paths = [request["path"].split("/") for request in fake.requests()]
    return {int(parts[-2]) for parts in paths if parts[-1] == "activities"}


def pull_requests(host):
    """Rows by number, and whether the import that brought them has come to its end."""
    rows, job = [], []
    if os.path.exists(host.store):
        with sqlite3.connect(host.store) as database:
            equal(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            known = database.execute("SELECT name FROM sqlite_master WHERE name = 'job'").fetchone()
        database.close()
        if known:
            rows, job = host.rows("SELECT * FROM pull_request"), host.rows(
                "SELECT state FROM job WHERE repository_id <> 0")
    return {row["number"]: row for row in rows}, job == [{"state": "done"}]


def is_left_over(name):
    return (name.endswith((".part", ".old", ".lock", ".keep", "-journal", "-wal", "-shm")) or
            name.startswith(("tmp_", ".tmp-")))


def check_nothing_is_left(host):
    """No half mirror, no temporary file, and no lock that somebody still holds."""
    left = [os.path.join(folder, name) for folder, folders, files in os.walk(host.data)
            for name in (*folders, *files) if is_left_over(name)]
    equal(left + os.listdir(os.path.join(host.folder, "tmp")), [])
    with open(host.store + "-seats", "r+b") as seats:
        fcntl.lockf(seats, fcntl.LOCK_EX | fcntl.LOCK_NB)
    mirrors = os.path.join(host.data, "mirrors", "acme")
    for name in os.listdir(mirrors):
        mirror = os.path.join(mirrors, name)
        folder = os.open(mirror, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(folder)
        subprocess.run(["git", f"--git-dir={mirror}", "fsck", "--connectivity-only"], check=True, capture_output=True)


def reset(host, base):
    shutil.rmtree(host.data, ignore_errors=True)
    if base:
        shutil.copytree(base, host.data)


def killed_again_and_again(fake, host, chance, base, command):
    """A few kills, then one quiet run. Returns the number of kills."""
    reset(host, base)
    before, _ = pull_requests(host)
    kills, moments, stored = chance.randint(1, 4), [], set()
    try:
        for _ in range(kills):
            moments.append(Moment(chance, host.seconds, host.requests))
            fake.clear()
            kill(fake, host, moments[-1], command)
            equal(stored & numbers_read(fake), set())
            rows, is_done = pull_requests(host)
            if is_done:  # what comes now is another import
                before = rows
            stored = {number for number, row in rows.items() if row != before.get(number)}
        fake.clear()
        quiet(host, *command)
        equal(stored & numbers_read(fake), set())
        equal(differences(host, "acme", host.truth, {host.id}, tables=TABLES), [])
        check_nothing_is_left(host)
    except AssertionError as failed:
        raise AssertionError(f"KILL_SEED={SEED}, killed {', then '.join(map(str, moments))}: {failed}") from failed
    return kills


def measure(fake, host, base, command):
    """What a run takes that nobody kills, and what it leads to."""
    reset(host, base)
    fake.clear()
    begin = time.monotonic()
    quiet(host, *command)
    host.seconds, host.requests = time.monotonic() - begin, len(fake.requests())
    host.truth = fake.truth()
    host.id = next(row["id"] for row in host.truth["repository"] if row["path"] == PATH)
    equal(differences(host, "acme", host.truth, {host.id}, tables=TABLES), [])


def campaign(fake, host, base, *command):
    chance, kills, rounds = random.Random(f"{SEED} {command}"), 0, 0
    measure(fake, host, base, command)
    while kills < KILLS:
        kills += killed_again_and_again(fake, host, chance, base, command)
        rounds += 1
    print(f"# KILL_SEED={SEED}: {kills} kills in {rounds} imports of {host.requests} requests and"
          f" {host.seconds:.2f} s", flush=True)


def first_import(fake, host, **settings):
    """Returns a folder with what an import that came to its end has left."""
    host.connection("acme", base_url=fake.url, **settings)
    quiet(host, "import", "acme", PATH)
    base = os.path.join(host.folder, "base")
    shutil.copytree(host.data, base)
    return base


def mutate_much(fake):
    where = {"repository": PATH}
    numbers = {"OPEN": [], "MERGED": [], "DECLINED": []}
    for row in fake.truth()["pull_request"]:
        numbers[row["state"]].append(row["number"])
    comment = fake.mutate("comment", **where, pull_request=numbers["OPEN"][0], text="Why?")["comment"]
    fake.mutate("reply", **where, pull_request=numbers["OPEN"][0], comment=comment, text="Because.")
    fake.mutate("decline", **where, pull_request=numbers["OPEN"][1])
    fake.mutate("delete_pull_request", **where, pull_request=numbers["OPEN"][2])
    for number in numbers["MERGED"]:
        fake.mutate("update", **where, pull_request=number, title=f"Another title {number}")
    fake.mutate("reopen", **where, pull_request=numbers["DECLINED"][0])
    fake.mutate("approve", **where, pull_request=numbers["DECLINED"][0], user="mira")
    fake.mutate("push", **where, branch="main", files={"pushed.txt": "x\n" * 5})
    fake.mutate("push", **where, branch="killed/new", files={"new.txt": "y\n"})


@test
def a_first_import_that_is_killed_goes_on():
    with FakeBitbucket("--page-cap", "10") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        campaign(fake, host, None, "import", "acme", PATH)


@test
def a_sync_of_changes_that_is_killed_goes_on():
    with FakeBitbucket("--page-cap", "10") as fake, Hosting() as host:
        base = first_import(fake, host)
        mutate_much(fake)
        campaign(fake, host, base, "sync")


@test
def a_full_cycle_that_is_killed_goes_on():
    with FakeBitbucket("--page-cap", "10") as fake, Hosting() as host:
        base = first_import(fake, host, full_cycle_days=0)
        with sqlite3.connect(os.path.join(base, "store.sqlite")) as database:  # as if all had been read a day ago
            database.execute("UPDATE pull_request SET read_at = read_at - 86400000")
        database.close()
        campaign(fake, host, base, "sync")


if __name__ == "__main__":
    run()
