#!/usr/bin/env python3
"""kill -9 at any moment of an import, then one quiet run: all rows as they should be, none twice, and no set asked for
again that was stored. KILLS says how often (default 6), SEED repeats a run. Prints TAP."""

import os
import random
import re
import subprocess
import time

from hosting import Hosting
from truth_tables import QUERIES, differences

from client import FakeBitbucket
from tap import equal, run, test

KILLS = int(os.environ.get("KILLS", "6"))
SEED = int(os.environ.get("SEED", str(random.randrange(1 << 30))))
CHANCE = random.Random(SEED)
IMPORT = ("import", "acme", "PLAT/api", "PLAT/web", "PLAT/docs")


def sets_asked_for(fake):
    """Which pull requests' activities were asked for, by path."""
    found = (re.search(r"/repos/([^/]+)/pull-requests/(\d+)/activities", one["path"]) for one in fake.requests())
    return {(match[1], int(match[2])) for match in found if match}


def sets_stored(host):
    if not os.path.exists(host.store) or not host.rows("SELECT * FROM sqlite_master WHERE name = 'pull_request'"):
        return set()
    return {(row["slug"], row["number"]) for row in host.rows(
        "SELECT r.slug, p.number FROM pull_request p JOIN repository r"
        " ON r.connection = p.connection AND r.id = p.repository_id")}


def kill(host, after_s, *command):
    """True when it was killed, and had not ended before."""
    process = subprocess.Popen(host.command(*command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(after_s)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def whole_run_s(fake, host, *command):
    began = time.monotonic()
    equal(host.run(*command).code, 0)
    return time.monotonic() - began


def check(fake, host, told):
    wrong = differences(host, "acme", fake.truth(), {row["id"] for row in host.rows(
        "SELECT id FROM repository WHERE imported = 1")}, [table for table in QUERIES if table != "repository"])
    assert not wrong, (told, wrong)
    mirrors = os.path.join(host.data, "mirrors", "acme")
    left = [name for name in os.listdir(mirrors) if not re.fullmatch(r"\d+\.git", name)]
    assert not left, (told, left)


@test
def a_first_import_killed_again_and_again():
    with FakeBitbucket() as fake:
        with Hosting() as host:
            host.connection("acme", base_url=fake.url)
            length = whole_run_s(fake, host, *IMPORT)
        for at in range(KILLS):
            after = CHANCE.random() * length
            told = f"SEED={SEED}, kill {at} after {after:.3f} s"
            with Hosting() as host:
                host.connection("acme", base_url=fake.url)
                stored = sets_stored(host) if kill(host, after, *IMPORT) else set()
                fake.clear()
                result = host.run(*IMPORT)
                assert result.code == 0 and not result.err, (told, result)
                assert not stored & sets_asked_for(fake), (told, stored & sets_asked_for(fake))
                check(fake, host, told)


@test
def one_import_killed_until_it_comes_through():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        kills = 0
        while kill(host, 0.1 + CHANCE.random() * 0.9, *IMPORT) and kills < 10 * KILLS:
            kills += 1
        equal(host.run(*IMPORT).code, 0)
        check(fake, host, f"SEED={SEED}, {kills} kills")


@test
def a_sync_killed_while_people_work():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, full_cycle_days=0)
        equal(host.run(*IMPORT).code, 0)
        for at in range(KILLS):
            fake.mutate("comment", repository="PLAT/api", pull_request=1 + at % 3, text=f"while {at}")
            fake.mutate("push", repository="PLAT/web", branch="main", files={f"f{at}": "x"}, message=f"push {at}")
            told = f"SEED={SEED}, sync {at}"
            kill(host, CHANCE.random() * 2, "sync")
            result = host.run("sync")
            assert result.code == 0 and not result.err, (told, result)
            check(fake, host, told)


if __name__ == "__main__":
    run()
