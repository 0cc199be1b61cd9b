#!/usr/bin/env python3
"""A disk that is full, read-only, or forgets at a power cut what was not synced; no descriptors left; a clock that jumps.
Prints TAP.

CUTS=200 in the environment cuts the power so often instead of a few times; CUT_SEED repeats the moments of a run that
failed.  The disk is tests/preloads/disk.c, before the program alone: its git has the machine's.
"""

import os
import random
import sqlite3
import subprocess
import time

from hosting import BUILD, SANITIZER, Hosting
from truth_tables import differences

from client import FakeBitbucket
from tap import Skip, equal, run, test

PRELOAD = os.path.join(BUILD, "tests", "preloads", ".libs", "disk.so")
CUTS = int(os.environ.get("CUTS", "12"))
SEED = int(os.environ.get("CUT_SEED", random.randrange(1 << 30)))
PATH, SECTOR = "PLAT/api", 512
TABLES = ("git_ref", "git_commit", "pull_request", "pull_request_reviewer", "pull_request_commit", "activity", "person")


def disk(host, **words):
    if SANITIZER:
        raise Skip("a sanitizer must be the first library; see the plain build")
    return {"LD_PRELOAD": PRELOAD, "DISK_FOLDER": host.data} | {f"DISK_{key}": str(value) for key, value in words.items()}


def is_sound(host):
    """The store opens, whatever happened to it."""
    if not os.path.exists(host.store):
        return
    with sqlite3.connect(host.store) as database:
        try:
            said = database.execute("PRAGMA integrity_check").fetchall()
        except sqlite3.DatabaseError as error:
            said = error
    database.close()
    equal(said, [("ok",)])


def completes(fake, host):
    """The next run does what is left to be done."""
    result = host.run("import", "acme", PATH)
    equal((result.code, result.err), (0, ""))
    truth = fake.truth()
    number = next(row["id"] for row in truth["repository"] if row["path"] == PATH)
    equal(differences(host, "acme", truth, {number}, tables=TABLES), [])


def fails_cleanly(result, *words):
    """One line that tells what the matter is, and no sign of a crash."""
    assert result.code > 0, result
    told = result.err.strip().splitlines()
    assert told and all(line.startswith("source-host: ") for line in told), result
    assert any(word in result.err for word in words), result


# ---- Power ------------------------------------------------------------------


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def reached(synced, written, chance):
    """What of a file is there after the cut: what was synced for sure, each other sector or not. One that was removed is
    as it was synced, or gone."""
    if written is None:
        return chance.choice((synced, None))
    synced = synced or b""
    size = chance.choice((len(synced), len(written)))
    sectors = [chance.choice((synced, written))[at:at + SECTOR].ljust(SECTOR, b"\0") if at < size else b""
               for at in range(0, max(len(synced), len(written)), SECTOR)]
    return b"".join(sectors)[:size]


def names_of_store(*folders):
    return {name for folder in folders if os.path.isdir(folder) for name in os.listdir(folder)
            if name.startswith("store.sqlite") and not name.endswith((".part", "-seats"))}


def write(path, data):
    if data is not None:
        with open(path, "wb") as file:
            file.write(data)
    elif os.path.exists(path):
        os.remove(path)


def cut(host, folder, chance):
    """The power is away, and comes again."""
    for name in names_of_store(host.data, folder):
        path = os.path.join(host.data, name)
        is_memory = name.endswith("-shm")
        write(path, None if is_memory else reached(read(os.path.join(folder, name)), read(path), chance))


def all_is_synced(host, folder):
    """What is there after a cut, and what SQLite then did in this process, where nobody watches what it syncs."""
    for name in names_of_store(host.data, folder):
        write(os.path.join(folder, name), read(os.path.join(host.data, name)))


def import_until(host, folder, seconds):
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    process = subprocess.Popen(host.command("import", "acme", PATH), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=environment | disk(host, SYNCED=folder))
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    process.wait()


def whole_import(fake, host):
    """How long it takes."""
    began = time.monotonic()
    completes(fake, host)
    return time.monotonic() - began


@test
def what_a_power_cut_leaves_is_gone_on_with():
    chance, cuts = random.Random(SEED), 0
    with FakeBitbucket("--page-cap", "10") as fake:
        with Hosting() as host:
            host.connection("acme", base_url=fake.url)
            seconds = whole_import(fake, host)
        while cuts < CUTS:
            with Hosting() as host:
                host.connection("acme", base_url=fake.url)
                folder = os.path.join(host.folder, "synced")
                os.mkdir(folder)
                try:
                    for _ in range(chance.randint(1, 3)):
                        import_until(host, folder, chance.uniform(0, seconds))
                        cut(host, folder, chance)
                        is_sound(host)
                        all_is_synced(host, folder)
                        cuts += 1
                    completes(fake, host)
                except AssertionError as failed:
                    raise AssertionError(f"CUT_SEED={SEED}, cut {cuts}: {failed}") from failed
    print(f"# CUT_SEED={SEED}: {cuts} cuts")


# ---- Room -------------------------------------------------------------------


@test
def a_disk_that_is_full_is_said_to_be():
    with FakeBitbucket("--page-cap", "10") as fake:
        for room in (0, 5_000, 50_000, 100_000, 150_000, 200_000, 300_000):
            with Hosting() as host:
                host.connection("acme", base_url=fake.url)
                result = host.run("import", "acme", PATH, variables=disk(host, ROOM=room))
                fails_cleanly(result, "full", "No space left")
                is_sound(host)
                completes(fake, host)


@test
def a_disk_that_gets_full_between_two_syncs_costs_nothing_that_was_there():
    with FakeBitbucket("--page-cap", "10") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        completes(fake, host)
        rows = host.rows("SELECT * FROM pull_request ORDER BY number")
        for number in [row["number"] for row in rows if row["state"] == "OPEN"][:3]:
            fake.mutate("comment", repository=PATH, pull_request=number, text="Why?")
        fails_cleanly(host.run("sync", variables=disk(host, ROOM=20_000)), "full", "No space left")
        is_sound(host)
        equal(len(host.rows("SELECT * FROM pull_request")), len(rows))
        completes(fake, host)


@test
def a_read_only_disk_is_said_to_be():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fails_cleanly(host.run("import", "acme", PATH, variables=disk(host, READ_ONLY=1)), "Read-only", "read-only",
                      "readonly")
        completes(fake, host)
        for command in ("sync",), ("import", "acme", PATH), ("remove", "acme", PATH), ("status",):
            fails_cleanly(host.run(*command, variables=disk(host, READ_ONLY=1)), "Read-only", "readonly", "read-only",
                          "unable to open database file")
        is_sound(host)
        completes(fake, host)


# ---- Descriptors and time ---------------------------------------------------


@test
def no_descriptors_left_is_an_error_like_others():
    codes = []
    with FakeBitbucket("--page-cap", "10") as fake:
        for most in (7, 9, 11, 13, 15, 18, 21, 25, 30, 64):  # libtool's script alone needs 6
            with Hosting() as host:
                host.connection("acme", base_url=fake.url)
                result = host.run("import", "acme", PATH, prefix=("prlimit", f"--nofile={most}"), timeout=300)
                codes.append(result.code)
                assert (result.code > 0) == bool(result.err) and result.code >= 0, (most, result)
                is_sound(host)
                completes(fake, host)
    assert codes[0] > 0 and codes[5] > 0 and codes[-1] == 0, codes


@test
def a_clock_that_jumps_loses_nothing():
    with FakeBitbucket("--page-cap", "10") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        clock = os.path.join(host.folder, "clock")
        now = int(time.time() * 1000)
        for years in 0, -20, 30, -1, 0:
            with open(clock, "w", encoding="ascii") as file:
                file.write(str(now + years * 365 * 86_400_000))
            number = next(row["number"] for row in fake.truth()["pull_request"] if row["state"] == "OPEN")
            fake.mutate("comment", repository=PATH, pull_request=number, text=f"In {years} years")
            result = host.run("import", "acme", PATH, variables={"SOURCE_HOST_CLOCK": clock})
            equal((result.code, result.err), (0, ""))
            completes(fake, host)
            is_sound(host)


if __name__ == "__main__":
    run()
