#!/usr/bin/env python3
"""A large repository that several workers import together. Prints TAP."""

import os
import random
import re
import sqlite3
import time
from collections import Counter
from contextlib import contextmanager

from hosting import Hosting
from overlaps import most_in_flight
from postgres import Postgres
from psql import programs
from truth_tables import differences
from workers import Workers, now_ms, wait_until

from client import FakeBitbucket
from tap import Skip, equal, run, test

SEED = int(os.environ.get("WORKERS_SEED", random.randrange(1 << 30)))
MOST = 8
PATIENCE = 240
# What is stored of a repository with many pull requests.
TABLES = ("repository", "git_ref", "git_commit", "pull_request", "pull_request_reviewer", "pull_request_commit", "activity")
REVIEWS = re.compile(r".*/repos/long/pull-requests/(\d+)/activities")


@contextmanager
def scene(pull_requests, kinds, most=MOST, auto_import="HIST"):
    if programs() is None:
        raise Skip("no PostgreSQL here: apt-get install postgresql-15")
    with FakeBitbucket("--delay-ms", "100", "--history", str(pull_requests)) as fake, Postgres() as postgres, \
            Hosting(postgres.database("store")) as host:
        equal(host.run("status").code, 0)  # makes the tables
        host.connection("acme", base_url=fake.url, max_concurrency=most, imports={"auto_import": auto_import})
        with Workers(host, fake, kinds) as workers:
            yield fake, postgres, host, workers


def is_done(host):
    return bool(host.rows("SELECT 1 AS n FROM job WHERE repository_id <> 0 AND succeeded_at > 0 AND worker IS NULL"))


def stored(host):
    return host.rows("SELECT count(*) AS n FROM pull_request")[0]["n"]


def check_whole(host, fake):
    wait_until(lambda: is_done(host), PATIENCE)
    ids = [row["id"] for row in host.rows("SELECT id FROM repository WHERE imported = 1")]
    equal(len(ids), 1)
    equal(differences(host, "acme", fake.truth(), ids, TABLES), [])
    for left in ("pull_request WHERE commits_pending <> 0", "job_part", "job_helper", "job WHERE split <> 0"):
        equal(host.rows(f"SELECT count(*) AS n FROM {left}"), [{"n": 0}])


def holders(host):
    return [row["process"] for row in host.rows("""SELECT w.process FROM worker w JOIN job j ON j.worker = w.id
        WHERE j.repository_id <> 0""")]


def open_some(fake, first, end):
    for number in range(first, end):
        fake.mutate("push", repository="HIST/long", branch=f"topic{number}", files={"topic": str(number)}, force=True)
        fake.mutate("open", repository="HIST/long", **{"from": f"topic{number}", "to": "main"}, title=f"Topic {number}")


def allow_connections(postgres, so):
    postgres.query(postgres.url("postgres"), f"ALTER DATABASE store ALLOW_CONNECTIONS {'true' if so else 'false'}")


def add(workers, kind):
    workers.kinds += (kind,)
    workers.all.append(None)
    workers.start(len(workers.all) - 1)


@contextmanager
def stalled_scene():
    """One imports, and lists, and is kept from going on; the other has nothing to do, and gets no more connections."""
    with scene(600, ("run",)) as (fake, postgres, host, workers):
        fake.fault("stall", "/activities")
        wait_until(lambda: [one for one in fake.requests() if "/activities" in one["path"]])
        wait_until(lambda: host.rows("SELECT 1 AS n FROM job WHERE repository_id = 0 AND worker IS NOT NULL"))
        postgres.query(postgres.url("store"), f"UPDATE job SET next_at = {now_ms() + 3600_000} WHERE repository_id = 0")
        add(workers, "worker")
        wait_until(lambda: workers[1].of("idle"))  # it has asked whether it may log in
        allow_connections(postgres, False)
        yield fake, postgres, host, workers


def askers(fake):
    """Who asked when for what happened in which pull request."""
    return [(one["client"], one["time"], int(found[1])) for one in fake.requests() if (found := REVIEWS.match(one["path"]))]


@test
def several_workers_bring_the_pull_requests_of_one_repository_each_once():
    with scene(600, ("run", "worker", "worker")) as (fake, _, host, workers):
        check_whole(host, fake)
        asked = askers(fake)
        equal([number for number, times in Counter(number for _, _, number in asked).items() if times > 1], [])
        shares = Counter(client for client, _, _ in asked)
        assert len(shares) == 3 and min(shares.values()) > 40, shares
        equal(len({one["client"] for one in fake.requests() if "git-upload-pack" in one["path"]}), 1)
        assert most_in_flight(fake.requests(), {}, {}, MOST) <= MOST
        helped, = host.rows("SELECT sum(pull_requests) AS n, sum(requests) AS requests FROM sync_run WHERE result = 'helped'")
        ours, = host.rows("SELECT pull_requests AS n, requests FROM sync_run WHERE result = 'done' AND repository_id <> 0")
        equal(helped["n"] + ours["n"], len(asked))
        assert helped["requests"] > helped["n"] and ours["requests"] > ours["n"], (helped, ours)
        equal(workers.stop(), [0] * 3)


@test
def status_says_who_helps():
    with scene(400, ("run", "worker")) as (_, _, host, workers):
        wait_until(lambda: host.rows("SELECT 1 AS n FROM job_helper WHERE at_it = 1"))
        said = host.run("status").out
        assert "acme HIST/long helping" in said and "acme HIST/long importing" in said, said


@test
def who_is_killed_or_stands_still_at_it_loses_nothing():
    chance = random.Random(SEED)
    print(f"# seed {SEED}", flush=True)
    with scene(600, ("run", "worker", "worker")) as (fake, _, host, workers):
        wait_until(lambda: stored(host) > 60)
        workers.harass(chance, 8)
        check_whole(host, fake)
        equal([worker.is_alive for worker in workers], [True] * 3)


@test
def what_few_are_new_of_is_not_split():
    with scene(40, ("run", "worker")) as (fake, _, host, workers):
        check_whole(host, fake)
        equal(len({client for client, _, _ in askers(fake)}), 1)
        equal(host.rows("SELECT count(*) AS n FROM sync_run WHERE result = 'helped'"), [{"n": 0}])


@test
def who_is_stopped_at_it_leaves_nothing_behind():
    """Too few are left then for its import to be split once more."""
    with scene(400, ("run", "worker")) as (fake, _, host, workers):
        fake.fault("slow", "/activities", skip=372, pause_ms=60000)  # what is left waits for us
        wait_until(lambda: stored(host) > 360, PATIENCE)
        owner = next(worker for worker in workers if worker.process.pid in holders(host))
        owner.process.terminate()
        equal(owner.process.wait(PATIENCE), 0)
        fake.lift("/activities")
        check_whole(host, fake)
        equal(host.rows("SELECT 1 AS n FROM sync_run WHERE result = 'cancelled' AND repository_id <> 0"), [{"n": 1}])


@test
def what_is_stored_is_read_once_where_the_new_is_split():
    with scene(0, ()) as (fake, _, host, workers):
        fake.mutate("create_project", key="HIST", name="History")
        fake.mutate("create_repository", project="HIST", name="long", files={"README": "long"})
        open_some(fake, 0, 45)
        add(workers, "run")
        check_whole(host, fake)
        workers.kill(0)
        open_some(fake, 45, 345)
        add(workers, "worker")  # the mirror is not its
        wait_until(lambda: host.rows(f"SELECT 1 AS n FROM worker WHERE process = {workers[1].process.pid}"))
        since = now_ms()
        workers.start(0)
        done = "SELECT finished_at FROM sync_run WHERE pull_requests > 60 AND result = 'done'"
        wait_until(lambda: host.rows(done), PATIENCE)
        equal(host.rows("SELECT count(*) AS n FROM sync_run WHERE result = 'helped' AND pull_requests > 0"), [{"n": 1}])
        until = host.rows(done)[0]["finished_at"]
        equal(Counter(number for _, when, number in askers(fake) if since <= when <= until),
              Counter(range(1, 346)))


@test
def who_joins_and_cannot_begin_leaves():
    with stalled_scene() as (fake, postgres, host, workers):
        fake.control("DELETE", "fault")
        wait_until(lambda: [one for one in workers[1].of("failed") if one.get("path")], PATIENCE)
        allow_connections(postgres, True)
        check_whole(host, fake)


@test
def who_claims_and_cannot_begin_gives_it_back():
    with stalled_scene() as (fake, postgres, host, workers):
        workers.kill(0)
        fake.control("DELETE", "fault")
        wait_until(lambda: [one for one in workers[1].of("failed") if one.get("path")], PATIENCE)
        allow_connections(postgres, True)
        check_whole(host, fake)


@test
def what_becomes_due_does_not_wait_for_who_helps():
    with scene(800, ("run", "worker"), most=2, auto_import="HIST PLAT") as (_, postgres, host, _):
        of_helper = """SELECT j.repository_id AS due, h.repository_id AS helped
            FROM job_helper h JOIN worker w ON w.id = h.worker JOIN job j ON j.place = w.place AND j.worker IS NULL
            AND j.repository_id <> h.repository_id WHERE h.at_it = 1"""
        found = []
        wait_until(lambda: found.extend(host.rows(of_helper)) or found, PATIENCE)
        due, helped, since = found[0]["due"], found[0]["helped"], now_ms()
        postgres.query(postgres.url("store"), f"UPDATE job SET next_at = {since} WHERE repository_id = {due}")
        wait_until(lambda: host.rows(f"SELECT 1 AS n FROM job WHERE repository_id = {due} AND succeeded_at >= {since}"))
        equal(host.rows(f"""SELECT 1 AS n FROM job d JOIN job h ON h.repository_id = {helped}
            WHERE d.repository_id = {due} AND h.succeeded_at > 0 AND h.succeeded_at < d.succeeded_at"""), [])


@test
def what_a_helper_could_not_read_comes_all_the_same():
    with scene(400, ("run", "worker", "worker")) as (fake, _, host, _):
        for number in range(10, 400, 20):
            fake.fault("replace", f"/pull-requests/{number}/activities", at="values[0].user", value="nobody", count=1)
        fake.fault("rate_limit", "/activities", retry_after=2, count=20, skip=150)
        check_whole(host, fake)
        equal(host.rows("SELECT state, failures FROM job WHERE repository_id <> 0"), [{"state": "done", "failures": 0}])
        assert host.rows("SELECT message FROM sync_run WHERE result = 'helped' AND message LIKE '%skipped%'")


@test
def what_a_helper_left_is_completed_on_one_machine_too():
    """Of a store that was copied from one that machines share."""
    with FakeBitbucket("--history", "9") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"auto_import": "HIST"})
        equal(host.run("sync").code, 0)
        with sqlite3.connect(host.store) as database:
            database.executescript("""UPDATE pull_request SET commits_pending = 1, files = NULL, insertions = NULL,
                deletions = NULL; DELETE FROM pull_request_commit""")
        database.close()
        equal(host.run("sync").code, 0)
        check_whole(host, fake)


if __name__ == "__main__":
    run()
