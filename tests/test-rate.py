#!/usr/bin/env python3
"""No more requests than the server grants, nor than were configured, whoever sends them. Prints TAP."""

import os
import signal
import sqlite3
import subprocess
import time

from hosting import Hosting
from postgres import Postgres
from psql import programs
from tracing import Trace, trace_of
from workers import now_ms, wait_until

from client import FakeBitbucket
from tap import Skip, equal, run, test

SETTINGS = "/rest/api/1.0/admin/rate-limit/settings"
JITTER = 2  # requests that left, or were taken, a little after they were let go


def imported(host, fake, *names, **settings):
    """Imports HIST/long by each connection, all at once in processes of their own; on machines of their own where they
    can share a store."""
    for name in names:
        host.connection(name, base_url=fake.url, **settings)
        equal(host.run("sync", name).code, 0)  # the listing
    fake.clear()
    commands = [host.command("--trace", trace_of(host, f"{name}.json"), "import", name, "HIST/long",
                             data=host.url and os.path.join(host.folder, name)) for name in names]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for command in commands]
    for process in processes:
        equal((process.communicate(timeout=60)[1], process.returncode), ("", 0))
    return fake.requests()


def refused(requests):
    return [request for request in requests if request["status"] == 429]


def asked(requests):
    return sum(request["path"] == SETTINGS for request in requests)


def most_in_a_second(times):
    """Milliseconds."""
    return max(sum(begin <= one < begin + 1000 for one in times) for begin in times)


def arrivals(fake):
    return [request["time"] for request in fake.requests() if "/scm/" not in request["path"]]


def departures(host, *names):
    """A server that is busy takes them later, and closer together."""
    return [span["ts"] / 1e6 for name in names for span in Trace.read(host, f"{name}.json").of("request")]


@test
def an_import_of_hundreds_of_pull_requests_keeps_to_what_is_granted():
    with FakeBitbucket("--history", "300", "--rate-limit", "40", "100") as fake, Hosting() as host:
        requests = imported(host, fake, "acme")
        equal((len(refused(requests)) <= JITTER, asked(requests)), (True, 1))
        assert len(requests) > 300, len(requests)
        equal(host.rows("SELECT count(*) AS n FROM pull_request"), [{"n": 300}])


@test
def two_processes_with_one_account_share_what_it_is_granted():
    with FakeBitbucket("--history", "250", "--rate-limit", "160", "100") as fake, Hosting() as host:
        requests = imported(host, fake, "acme", "beta")
        assert len(refused(requests)) <= JITTER, refused(requests)
        assert len(requests) > 500, len(requests)


@test
def two_machines_with_one_account_share_it_too():
    if programs() is None:
        raise Skip("no PostgreSQL here: apt-get install postgresql-15")
    with FakeBitbucket("--history", "250", "--rate-limit", "160", "100") as fake, Postgres() as postgres, \
            Hosting(postgres.database("store")) as host:
        requests = imported(host, fake, "acme", "beta")
        assert len(refused(requests)) <= JITTER, refused(requests)
        assert len(requests) > 500, len(requests)


@test
def two_processes_together_keep_to_the_pace_that_is_configured():
    with FakeBitbucket("--history", "30") as fake, Hosting() as host:
        imported(host, fake, "acme", "beta", max_requests_per_second=20)
        times = departures(host, "acme", "beta")
        equal(len(times), len(arrivals(fake)))
        most = most_in_a_second(times)
        assert 10 <= most <= 20 + JITTER, most


def put_off(host, seconds):
    """The next request with a pace may go only then."""
    until_us = int((time.clock_gettime(time.CLOCK_BOOTTIME) + seconds) * 1_000_000)
    with sqlite3.connect(host.store, timeout=30) as database:
        database.execute("UPDATE login_account SET rate_paced_us = ?", (until_us,))
    database.close()


@test
def whoever_waits_for_the_pace_can_be_stopped():
    with FakeBitbucket("--history", "30") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, max_requests_per_second=1, imports={"repositories": "HIST/long"})
        with subprocess.Popen(host.command("run"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            def it_has_begun():
                return len(fake.requests()) >= 2

            def it_waits():
                return now_ms() - fake.requests()[-1]["time"] > 2000
            wait_until(it_has_begun)
            put_off(host, 90)
            wait_until(it_waits)
            process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            process.wait(60)
            assert time.monotonic() - began < 20  # the pace would have it wait for more than a minute
        assert most_in_a_second(arrivals(fake)) <= 1 + JITTER


@test
def a_429_halves_the_requests_at_once_and_answers_bring_them_back():
    with FakeBitbucket("--history", "200", "--delay-ms", "40") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("sync").code, 0)
        fake.clear()
        fake.fault("rate_limit", "/activities", count=1, skip=40, retry_after=1)
        equal(host.run("import", "acme", "HIST/long").code, 0)
        requests = fake.requests()
        at = next(number for number, request in enumerate(requests) if request["status"] == 429)
        told = requests[at]["answered"]
        meanwhile = [request for request in requests if told + 300 < request["time"] < told + 900]
        assert len(meanwhile) < 4, meanwhile  # those that were under way, and late
        after = [request["in_flight"] for request in requests if request["time"] > told + 900]
        equal(max(request["in_flight"] for request in requests[:at]), 4)
        equal((max(after[:24]), max(after[-60:])), (2, 4))


@test
def a_server_without_a_limit_is_asked_once_in_a_long_import_and_never_in_a_short_sync():
    with FakeBitbucket("--history", "60") as fake, Hosting() as host:
        requests = imported(host, fake, "acme")
        equal((asked(requests), len(requests) > 60), (1, True))
        for command, most in ("sync", 20), ("import", 200):
            fake.clear()
            equal(host.run(command, "acme", *(["--all"] if command == "import" else [])).code, 0)
            equal((asked(fake.requests()), len(fake.requests()) < most), (0, True))


@test
def a_server_that_does_not_tell_its_limit_is_asked_no_more_and_refuses_no_login():
    told = {"not found": {"status": 404}, "not allowed": {"status": 403},
            "a login by something else": {"status": 401, "headers": {"X-AUSERNAME": None}, "content_type": "text/html"},
            "a page": {"status": 200, "headers": {"X-AUSERNAME": None}, "content_type": "text/html"}}
    for name, answer in told.items():
        with FakeBitbucket("--history", "60") as fake, Hosting() as host:
            host.connection("acme", base_url=fake.url)
            equal(host.run("sync").code, 0)
            fake.clear()
            fake.fault("answer", SETTINGS, body="<html>", **answer)
            result = host.run("import", "acme", "HIST/long")
            equal((name, result.code, result.err, asked(fake.requests())), (name, 0, "", 1))
            equal(host.rows("SELECT reason FROM login_refusal"), [])


@test
def a_health_report_notes_the_limit_for_all():
    with FakeBitbucket("--history", "100", "--rate-limit", "30", "60") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("check", "acme").code, 0)
        equal(host.rows("SELECT rate_capacity, rate_fill FROM login_account WHERE rate_told_at > 0"),
              [{"rate_capacity": 30, "rate_fill": 60}])
        requests = imported(host, fake, "acme")
        equal((len(refused(requests)) <= JITTER, asked(requests)), (True, 0))


@test
def an_exception_for_the_account_is_what_counts():
    exceptions = {(0, 0): "does not limit requests of this account", (40, 100): "grants this account 40 requests at once"}
    for exception, words in exceptions.items():
        with FakeBitbucket("--history", "120", "--rate-limit", "20", "1") as fake, Hosting() as host:
            fake.rate_limit(*exception, user="flow-service")
            host.connection("acme", base_url=fake.url)
            result = host.run("check", "acme")
            assert words in result.out, result
            assert len(refused(imported(host, fake, "acme"))) <= JITTER  # with one a second it would not end in time


run()
