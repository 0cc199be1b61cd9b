#!/usr/bin/env python3
"""A large repository that several workers import together. Prints TAP."""

import os
import random
import re
from collections import Counter
from contextlib import contextmanager

from hosting import Hosting
from overlaps import most_in_flight
from postgres import Postgres
from psql import programs
from truth_tables import differences
from workers import Workers, wait_until

from client import FakeBitbucket
from tap import Skip, equal, run, test

SEED = int(os.environ.get("WORKERS_SEED", random.randrange(1 << 30)))
MOST = 8
PATIENCE = 100
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
            yield fake, host, workers


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


def open_some(fake, n):
    for number in range(n):
        fake.mutate("push", repository="HIST/long", branch=f"topic{number}", files={"topic": str(number)}, force=True)
        fake.mutate("open", repository="HIST/long", **{"from": f"topic{number}", "to": "main"}, title=f"Topic {number}")


def askers(fake):
    """Who asked for what happened in which pull request."""
    return [(request["client"], int(found[1])) for request in fake.requests() if (found := REVIEWS.match(request["path"]))]


@test
def several_workers_bring_the_pull_requests_of_one_repository_each_once():
    with scene(600, ("run", "worker", "worker")) as (fake, host, workers):
        check_whole(host, fake)
        asked = askers(fake)
        equal([number for number, times in Counter(number for _, number in asked).items() if times > 1], [])
        shares = Counter(client for client, _ in asked)
        assert len(shares) == 3 and min(shares.values()) > 40, shares
        equal(len({one["client"] for one in fake.requests() if "git-upload-pack" in one["path"]}), 1)
        assert most_in_flight(fake.requests(), {}, {}, MOST) <= MOST
        helped = host.rows("SELECT pull_requests, requests FROM sync_run WHERE result = 'helped'")
        equal(len(helped), 2)
        equal(sum(row["pull_requests"] for row in helped) + host.rows(
            "SELECT max(pull_requests) AS n FROM sync_run WHERE result = 'done' AND repository_id <> 0")[0]["n"], len(asked))
        equal(workers.stop(), [0] * 3)


@test
def status_says_who_helps():
    with scene(400, ("run", "worker")) as (_, host, workers):
        wait_until(lambda: host.rows("SELECT 1 AS n FROM job_helper WHERE at_it = 1"))
        said = host.run("status").out
        assert "acme HIST/long helping" in said and "acme HIST/long importing" in said, said


@test
def who_is_killed_or_stands_still_at_it_loses_nothing():
    chance = random.Random(SEED)
    print(f"# seed {SEED}", flush=True)
    with scene(600, ("run", "worker", "worker")) as (fake, host, workers):
        wait_until(lambda: stored(host) > 60)
        workers.harass(chance, 8)
        check_whole(host, fake)
        equal([worker.is_alive for worker in workers], [True] * 3)


@test
def what_few_are_new_of_is_not_split():
    with scene(40, ("run", "worker")) as (fake, host, workers):
        check_whole(host, fake)
        equal(len({client for client, _ in askers(fake)}), 1)
        equal(host.rows("SELECT count(*) AS n FROM sync_run WHERE result = 'helped'"), [{"n": 0}])


@test
def who_is_stopped_at_it_leaves_nothing_behind():
    """Too few are left then for its import to be split once more."""
    with scene(400, ("run", "worker")) as (fake, host, workers):
        wait_until(lambda: stored(host) > 360, PATIENCE)
        owner = next(worker for worker in workers if worker.process.pid in holders(host))
        owner.process.terminate()
        equal(owner.process.wait(PATIENCE), 0)
        check_whole(host, fake)
        equal(host.rows("SELECT 1 AS n FROM sync_run WHERE result = 'cancelled'"), [{"n": 1}])


@test
def what_is_stored_is_read_once_where_the_new_is_split():
    with scene(0, ("run", "worker")) as (fake, host, workers):
        fake.mutate("create_project", key="HIST", name="History")
        fake.mutate("create_repository", project="HIST", name="long", files={"README": "long"})
        open_some(fake, 45)
        wait_until(lambda: stored(host) == 45, PATIENCE)
        equal(workers.stop(), [0] * 2)
        open_some(fake, 80)
        seen = len(fake.requests())
        for number in range(2):
            workers.start(number)
        wait_until(lambda: stored(host) == 125 and not host.rows("SELECT 1 AS n FROM job WHERE worker IS NOT NULL"), PATIENCE)
        assert host.rows("SELECT 1 AS n FROM sync_run WHERE result = 'helped' AND pull_requests > 0")
        asked = Counter(int(found[1]) for one in fake.requests()[seen:] if (found := REVIEWS.match(one["path"])))
        equal([number for number, times in asked.items() if times > 1], [])
        equal(len(asked), 125)


@test
def what_becomes_due_does_not_wait_for_who_helps():
    with scene(300, ("run", "worker"), most=2, auto_import="HIST PLAT") as (fake, host, _):
        def done(path):
            return [row["t"] for row in host.rows(f"""SELECT j.succeeded_at AS t FROM job j JOIN repository r
                ON r.connection = j.connection AND r.id = j.repository_id WHERE r.path = '{path}' AND j.succeeded_at > 0""")]
        wait_until(lambda: done("HIST/long"), PATIENCE)
        assert done("PLAT/api"), "PLAT/api waits"


if __name__ == "__main__":
    run()
