#!/usr/bin/env python3
"""Several workers on one PostgreSQL: killed, frozen, without their database, with a wrong one. Prints TAP.

WORKERS_KILLS=100 in the environment harasses them so often instead of a few times; WORKERS_SEED repeats a run's moments.
"""

import fcntl
import os
import random
import shutil
import socket
import struct
import subprocess
import time
from contextlib import contextmanager
from urllib.parse import quote

from hosting import Hosting
from overlaps import most_in_flight, overlaps
from postgres import Postgres
from psql import environment, programs
from truth_tables import differences
from workers import PATIENCE, Workers, now_ms, unsettled, wait_until
from year import TABLES, People

from client import FakeBitbucket
from tap import Skip, equal, run, test

KILLS = int(os.environ.get("WORKERS_KILLS", "12"))
SEED = int(os.environ.get("WORKERS_SEED", random.randrange(1 << 30)))
MOST = 4
SETTLES_S = 300  # what failed meanwhile is tried again after a minute, then after two


@contextmanager
def scene(repositories=0, options=("--delay-ms", "10"), settings=None, **more):
    """A server, a PostgreSQL, and a host whose store is a database there."""
    if programs() is None:
        raise Skip("no PostgreSQL here: apt-get install postgresql-15")
    with FakeBitbucket(*options) as fake, Postgres(**more) as postgres, Hosting(postgres.database("store")) as host:
        equal(host.run("status").code, 0)  # makes the tables
        host.connection("acme", base_url=fake.url, max_concurrency=MOST, imports={"auto_import": "PLAT MOB"}, **settings or {})
        people = People(fake, SEED)
        while people.made < repositories:
            people.create()
        for one in people.alive[::2]:
            people.open(one)
            people.review(one)
        yield fake, postgres, host, people


def imported(host):
    return [row["id"] for row in host.rows("SELECT id FROM repository WHERE listed = 1 AND imported = 1")]


def is_begun(host):
    """Whether some are imported already."""
    return bool(host.rows("SELECT 1 AS n FROM job WHERE repository_id <> 0 AND succeeded_at > 0"))


def check_equal_to_truth(host, fake):
    """Once nothing is left to be done; what people did before is in the store."""
    since = now_ms()
    until = time.monotonic() + SETTLES_S
    while left := unsettled(host, since):
        assert time.monotonic() < until, f"{len(left)} do not settle: {left[:3]}"
        time.sleep(0.5)
    equal(host.rows("""SELECT j.* FROM job j LEFT JOIN repository r ON r.connection = j.connection AND r.id = j.repository_id
        WHERE j.failures > 0 AND coalesce(r.listed, 1) = 1"""), [])
    everything = imported(host)
    assert len(everything) > 5, everything
    equal(differences(host, "acme", fake.truth(), everything, TABLES), [])


def check_shared(fake, workers):
    """Of what they asked the server until now."""
    requests = fake.requests()
    told = (requests, workers.deaths, workers.pauses, MOST)
    equal(overlaps(*told), [])
    highest = most_in_flight(*told)
    print(f"# {len(requests)} requests, at most {highest} at a time; seed {SEED}", flush=True)
    assert highest <= MOST, f"{highest} requests at a time"
    equal([one["path"] for one in requests if one["login"] == "failed"], [])


@test
def four_workers_share_the_work():
    with scene(60) as (fake, _, host, _), Workers(host, fake) as workers:
        check_equal_to_truth(host, fake)
        check_shared(fake, workers)
        names = {request["client"] for request in fake.requests() if "/scm/" in request["path"]}
        equal(sorted(names), sorted(worker.name for worker in workers))
        equal(workers.stop(), [0] * 4)


@test
def four_workers_that_are_killed_and_frozen_lose_nothing_and_double_nothing():
    chance = random.Random(SEED)
    with scene(60) as (fake, _, host, people), Workers(host, fake, ("run", "run", "worker", "worker")) as workers:
        workers.harass(chance, KILLS, lambda: people.work() if chance.random() < 0.3 else None)
        check_equal_to_truth(host, fake)
        check_shared(fake, workers)
        equal([worker.is_alive for worker in workers], [True] * 4)
        equal(workers.stop(), [0] * 4)


@test
def a_command_elsewhere_leaves_mirrors_where_they_are():
    with scene() as (fake, _, host, _), Workers(host, fake, ("run",)) as workers:
        check_equal_to_truth(host, fake)
        clones = sum("git-upload-pack" in one["path"] for one in fake.requests())
        result = host.run("sync")
        equal(result.code, 1)
        assert "has its mirror, and updates it now" in result.err, result
        equal(sum("git-upload-pack" in one["path"] for one in fake.requests()), clones)
        equal(workers.stop(), [0])
        equal(host.run("sync").code, 0)  # nobody is there who would


@test
def who_stood_still_past_its_lease_writes_nothing():
    """Its import is another's meanwhile; the server has other things to tell by the time it comes back."""
    with scene() as (fake, _, host, _), Workers(host, fake, ("run", "worker")) as workers:
        wait_until(lambda: is_begun(host))
        fake.fault("stall", "/repos/api/pull-requests/.*/activities", count=1)
        fake.mutate("comment", repository="PLAT/api", pull_request=1, text="before")

        def stalled():
            return [one for one in fake.requests() if "/repos/api/" in one["path"] and "/activities" in one["path"]
                    and one["answered"] is None]
        held = []
        wait_until(lambda: held.extend(stalled()) or held, SETTLES_S)
        frozen = next(worker.number for worker in workers if worker.name == held[0]["client"])
        workers.freeze(frozen)
        fake.mutate("comment", repository="PLAT/api", pull_request=1, text="meanwhile")
        since = now_ms()
        wait_until(lambda: any(one["client"] == workers[1 - frozen].name and one["time"] > since and
                               "/repos/api/pull-requests/1/activities" in one["path"] for one in fake.requests()), SETTLES_S)
        fake.control("DELETE", "fault")
        workers.thaw(frozen)
        check_equal_to_truth(host, fake)
        check_shared(fake, workers)
        equal(host.rows("SELECT text FROM activity WHERE text IN ('before', 'meanwhile') ORDER BY text"),
              [{"text": "before"}, {"text": "meanwhile"}])


@test
def a_wrong_password_is_one_failed_login_of_all():
    with scene(settings={"password": "wrong"}) as (fake, postgres, host, _):
        # The other connection tells that time has passed.
        host.connection("zoe", base_url=fake.url, username="reader", password="reader")
        with Workers(host, fake, ("run", "run", "worker", "worker")) as workers:
            wait_until(lambda: fake.users()["flow-service"]["failures"])
            for worker in (0, 1, 2, 3):
                workers.kill(worker)
                workers.start(worker)
            since = now_ms()
            wait_until(lambda: 5 <= sum(one["user"] == "reader" and one["path"].endswith("/repos") and one["time"] > since
                                        for one in fake.requests()))
            equal(fake.users()["flow-service"]["failures"], 1)
            equal(sum(one["login"] == "failed" for one in fake.requests()), 1)
            equal([worker.is_alive for worker in workers], [True] * 4)

            def is_told():
                row = next(row for row in host.run("--json", "status", "acme").objects if row.get("path") is None)
                return row["state"] == "blocked"
            wait_until(is_told)
            # what the end of a worker's lease leaves, which was killed while it listed
            postgres.query(host.url, "UPDATE job SET state = 'queued' WHERE connection = 'acme' AND repository_id = 0")
            wait_until(is_told)


@test
def a_login_that_is_refused_while_the_database_is_away_is_not_tried_again():
    with scene(options=("--delay-ms", "2000"), settings={"password": "wrong"}) as (fake, postgres, host, _):
        with Workers(host, fake, ("run", "run")) as workers:
            wait_until(fake.requests)
            postgres.stop("immediate")
            wait_until(lambda: fake.users()["flow-service"]["failures"])
            time.sleep(2)
            postgres.start()
            wait_until(lambda: host.rows("SELECT 1 AS n FROM login_refusal"))
            for worker in (0, 1):
                workers.kill(worker)
                workers.start(worker)
            time.sleep(8)
            equal(fake.users()["flow-service"]["failures"], 1)
            equal(host.rows("SELECT prover FROM login_account WHERE prover IS NOT NULL"), [])


@test
def what_a_process_beside_holds_up_does_not_hold_up_others():
    """It stands still, past its lease, with the locks of the data directory that both have."""
    with scene(12) as (fake, postgres, host, _):
        equal(host.run("repos", "acme").code, 0)
        postgres.query(host.url, "UPDATE job SET next_at = 1")
        held = [row["id"] for row in host.rows("SELECT id FROM repository ORDER BY path LIMIT 4")]
        os.makedirs(os.path.join(host.folder, "machine0"))
        file = os.open(os.path.join(host.folder, "machine0", "claims-acme"), os.O_RDWR | os.O_CREAT, 0o600)
        for one in held:
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, one, 1, 0))

        def done():
            return {row["repository_id"] for row in host.rows("SELECT repository_id FROM job WHERE succeeded_at > 0")} - {0}
        with Workers(host, fake, ("worker",)):
            wait_until(lambda: done() and done() | set(held) >= set(imported(host)), 60)
            assert not done() & set(held)
            os.close(file)
            wait_until(lambda: done() == set(imported(host)), 60)


def outages(fake, postgres, host, workers, modes):
    """The database goes away in the middle of imports, for some seconds each time."""
    processes = [worker.process.pid for worker in workers]
    wait_until(lambda: is_begun(host))
    for mode in modes:
        postgres.stop(mode)
        time.sleep(3)
        postgres.start()
        seen = len(fake.requests())
        wait_until(lambda at=seen: len(fake.requests()) > at + 20, SETTLES_S)
    check_equal_to_truth(host, fake)
    check_shared(fake, workers)
    equal([worker.process.pid for worker in workers if worker.is_alive], processes)


@test
def a_database_that_is_restarted_loses_nothing():
    with scene(60) as (fake, postgres, host, _), Workers(host, fake) as workers:
        outages(fake, postgres, host, workers, ("fast", "immediate", "fast"))
        equal(workers.stop(), [0] * 4)


@test
def connections_that_are_cut_again_and_again_lose_nothing():
    """As at a fail-over: in the middle of whatever is being written."""
    chance = random.Random(SEED)
    with scene(30) as (fake, postgres, host, people), Workers(host, fake, ("run", "worker")) as workers:
        for worker in workers:
            worker.wait("started")  # who loses the store before that ends, for systemd to start again
        for _ in range(20):
            time.sleep(chance.uniform(0.05, 0.4))
            postgres.query(postgres.url("postgres"), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'store'")
            people.work()
        check_equal_to_truth(host, fake)
        check_shared(fake, workers)
        equal([worker.is_alive for worker in workers], [True] * 2)


@test
def who_ends_while_the_database_is_away_ends_soon():
    with scene() as (fake, postgres, host, _), Workers(host, fake, ("run", "worker")) as workers:
        wait_until(lambda: is_begun(host))
        postgres.stop("immediate")
        began = time.monotonic()
        codes = workers.stop()
        assert time.monotonic() - began < 30 and all(code in (0, 1) for code in codes), codes


def refused(host, code, *words, command=("status",)):
    """It ends with that code, says these words in one line, and no secret."""
    result = host.run(*command)
    assert result.code == code and result.err.count("\n") == 1, result
    assert all(word in result.err for word in words) and "S3cret" not in result.err, result


@test
def a_wrong_place_is_said_in_one_line():
    places = {
        "postgresql:///store?host=%2Fnonexistent&user=postgres&password=S3cret": (1, "/nonexistent"),
        "postgresql://postgres:S3cret@127.0.0.1:1/store": (1, "127.0.0.1"),
        "postgresql:///store?hots=x&password=S3cret": (2, "postgresql://USER@"),
        "postgresql://[::1/store": (2, "postgresql://USER@"),
        "postgresql:///%zz": (2, "postgresql://USER@"),
        "mysql://127.0.0.1/store": (2, "postgresql://"),
    }
    for url, (code, *words) in places.items():
        with Hosting(url) as host:
            for command in ("status",), ("worker",):
                refused(host, code, *words, command=command)


@test
def a_database_or_a_role_that_is_not_there_is_named():
    with scene() as (_, postgres, host, _):
        for url, word in ((postgres.url("nowhere"), "nowhere"), (host.url.replace("user=postgres", "user=nobody_here"), "nobody_here")):
            host.url = url
            refused(host, 1, word, "does not exist")
            refused(host, 1, word, "does not exist", command=("worker",))


@test
def newer_tables_are_refused_with_both_versions():
    with scene() as (_, postgres, host, _):
        known = postgres.query(host.url, "SELECT max(version) FROM schema_version")[0][0]
        postgres.query(host.url, "INSERT INTO schema_version VALUES (1000)")
        refused(host, 1, "1000", f"knows {known}", "newer program")
        refused(host, 1, "1000", f"knows {known}", "newer program", command=("worker",))


@test
def many_that_begin_at_once_make_the_tables_once():
    with scene() as (_, postgres, host, _):
        host.url = postgres.database("fresh")
        processes = [subprocess.Popen(host.command("status"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                     for _ in range(8)]
        told = [(process.communicate()[1], process.returncode) for process in processes]
        equal(told, [("", 0)] * 8)
        equal(postgres.query(host.url, "SELECT count(*) - max(version) FROM schema_version"), [["0"]])


@test
def a_role_that_may_make_no_tables_is_told():
    with scene() as (_, postgres, host, _):
        host.url = postgres.database("fresh")
        postgres.query(host.url, "CREATE ROLE guest LOGIN")
        host.url = host.url.replace("user=postgres", "user=guest")
        refused(host, 1, "permission denied")


@contextmanager
def pooler(postgres, mode):
    """The URL of the database `store` behind a PgBouncer."""
    program = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")
    if not program:
        raise Skip("no PgBouncer here: apt-get install pgbouncer")
    place = os.path.join(postgres.folder, "pooler")
    os.mkdir(place)
    if postgres.user:
        os.chown(place, postgres.user.pw_uid, postgres.user.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with open(os.path.join(place, "users"), "w", encoding="ascii") as file:
        file.write('"postgres" ""\n')
    with open(os.path.join(place, "ini"), "w", encoding="ascii") as file:
        file.write(f"[databases]\nstore = host={postgres.folder} user=postgres\n[pgbouncer]\npool_mode = {mode}\n"
                   f"unix_socket_dir = {place}\nlisten_port = {port}\nauth_type = trust\nauth_file = {place}/users\n")
    process = postgres.run_beside(program, os.path.join(place, "ini"))
    url = f"postgresql:///store?host={quote(place, safe='')}&port={port}&user=postgres"
    try:
        wait_until(lambda: subprocess.run([os.path.join(programs(), "pg_isready"), "-qd", url], env=environment(),
                                          check=False).returncode == 0)
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE)


@test
def a_pooler_in_transaction_mode_is_refused_or_harmless():
    with scene() as (fake, postgres, host, _), pooler(postgres, "transaction") as url:
        host.url = url
        result = host.run("sync")
        if result.code:
            refused(host, 1, "pool", "PostgreSQL itself", command=("sync",))
        else:
            equal(differences(host, "acme", fake.truth(), imported(host), TABLES), [])


def asked(client, begin, end, what):
    path = {"list": "/rest/api/1.0/projects/P/repos/r/pull-requests", "read": "/rest/api/1.0/projects/P/repos/r/pull-requests/1/commits",
            "git": "/scm/p/r.git/info/refs"}[what]
    return {"client": client, "time": begin, "answered": end, "path": path}


@test
def overlaps_are_seen():
    one, two = asked("w0.1", 10, 20, "list"), asked("w0.1", 20, 30, "read")
    equal(overlaps([one, two, asked("w1.1", 30, 40, "list"), asked("w1.1", 15, 25, "git")], {}, {}, 4), [])
    equal(len(overlaps([one, two, asked("w1.1", 25, 40, "list")], {}, {}, 4)), 1)  # at the same time
    equal(overlaps([one, two, asked("w1.1", 25, 40, "list")], {"w0.1": 24}, {}, 4), [])  # it was dead
    back = [one, two, asked("w1.1", 30, 40, "list"), asked("w0.1", 50, 60, "read"), asked("w1.1", 70, 80, "read")]
    equal(len(overlaps(back, {}, {}, 4)), 2)
    equal(len(overlaps(back[:4], {}, {"w0.1": [(25, 45)]}, 4)), 0)  # it had decided on it before it stood still
    equal(overlaps([*back[:3], asked("w0.1", 50, 60, "list"), asked("w0.1", 60, 70, "read")], {}, {}, 4), [])
    equal(most_in_flight([one, two, asked("w1.1", 12, 30, "git")], {}, {}, 4), 2)


if __name__ == "__main__":
    run()
