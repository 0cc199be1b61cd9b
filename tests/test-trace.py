#!/usr/bin/env python3
"""source-host --trace: where the time goes, in a file that Perfetto draws. Prints TAP."""

import json
import os
import signal
import stat
import statistics
import subprocess
from collections import Counter
from urllib.parse import quote

from hosting import PASSWORD, Hosting
from postgres import Postgres
from psql import programs
from running import Running
from tracing import Trace, trace_of, traced

from client import FakeBitbucket, basic
from tap import Skip, equal, run, test

REST = "/rest/api/1.0"
DELAY_MS = 20


def end(span):
    return span["ts"] + span["dur"]


def holds(outer, inner):
    return outer["ts"] <= inner["ts"] and end(inner) <= end(outer)


def check_drawable(trace):
    """What Perfetto asks for: a track has a name, and of two spans in it one holds the other, or ends before it."""
    equal(sorted(set(trace.by_track()) - set(trace.tracks)), [])
    for spans in trace.by_track().values():
        around = []
        for span in sorted(spans, key=lambda span: (span["ts"], -span["dur"])):
            while around and end(around[-1]) <= span["ts"]:
                around.pop()
            assert not around or holds(around[-1], span), (around[-1], span)
            around.append(span)


def check_within_command(trace, name):
    command, = trace.of("command")
    equal(command["name"], name)
    equal([span for span in trace.spans if not holds(command, span)], [])
    equal(command["args"]["lost_spans"], 0)


def asked(fake):
    """Paths of the requests that the provider made: those below /scm are Git's own."""
    return Counter(request["path"] + (f"?{request['query']}" if request.get("query") else "")
                   for request in fake.requests() if "/rest/" in request["path"])


@test
def an_import_tells_what_takes_its_time():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        result = traced(host, "import", "acme", "PLAT/api", "PLAT/web")
        equal((result.code, result.err), (0, ""))
        trace = Trace.read(host)
        check_drawable(trace)
        check_within_command(trace, "import")
        kinds = {"command", "listing", "import", "request", "request part", "parse", "pull request", "wait", "store", "git"}
        equal({span["cat"] for span in trace.spans}, kinds)
        equal([span["name"] for span in trace.of("import")], ["PLAT/api", "PLAT/web"])
        numbers = [span["args"]["number"] for span in trace.of("store") if span["name"] == "put pull request"]
        equal(sorted(numbers), sorted(row["number"] for row in host.rows("SELECT number FROM pull_request")))
        for git in trace.of("git"):
            equal((git["args"]["verb"], git["args"]["exit_status"]), (git["name"], 0))
            assert any(holds(span, git) for span in trace.of("import")), git
        for page in trace.of("parse"):
            assert page["args"]["elements"] > 0 and page["args"]["json_us"] * 1000 <= page["dur"], page
        equal(sum(page["args"]["elements"] for page in trace.of("parse") if page["name"] == "pull_requests"), len(numbers))
        equal(stat.S_IMODE(os.stat(trace_of(host)).st_mode), 0o600)


@test
def a_request_is_a_span_whose_parts_tell_the_wait_from_the_receiving():
    with FakeBitbucket("--delay-ms", DELAY_MS) as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(traced(host, "import", "acme", "PLAT/api").code, 0)
        trace = Trace.read(host)
        requests = trace.of("request")
        equal(Counter(span["args"]["path"].split("?")[0] for span in requests),
              Counter(path.split("?")[0] for path in asked(fake).elements()))
        equal({span["args"]["status"] for span in requests}, {200})
        equal({span["name"] for span in requests}, {"users", "projects", "repos", "pull-requests", "activities", "commits",
                                                      "settings"})  # of the server's limit
        kept = Counter(span["args"]["connection"] for span in requests)
        assert kept["new"] >= 1 and kept["reused"] > kept["new"], kept
        waits = []
        for span in requests:
            parts = [part for part in trace.of("request part") if part["tid"] == span["tid"] and holds(span, part)]
            equal((sum(part["dur"] for part in parts), parts[-1]["name"]), (span["dur"], "receive"))
            assert span["dur"] - parts[-1]["dur"] >= DELAY_MS * 1_000_000, (span, parts)
            waits += [part["dur"] for part in parts if part["name"] == "wait for the first byte"]
            assert span["args"]["bytes"] > 0, span
        # On a busy machine one that was sent is seen to be so late, and its wait is the shorter.
        assert len(waits) == len(requests) and statistics.median(waits) >= DELAY_MS * 1_000_000, waits


@test
def requests_in_flight_have_lanes_in_which_they_do_not_overlap():
    with FakeBitbucket("--delay-ms", DELAY_MS) as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, max_concurrency=3)
        equal(traced(host, "import", "acme", "PLAT/api").code, 0)
        trace = Trace.read(host)
        lanes = {}
        for span in trace.of("request"):
            lanes.setdefault(span["tid"], []).append(span)
        equal(sorted(trace.tracks[lane] for lane in lanes), [f"main: in flight {n + 1}" for n in range(3)])
        for spans in lanes.values():
            spans.sort(key=lambda span: span["ts"])
            for before, after in zip(spans, spans[1:]):
                assert end(before) <= after["ts"], (before, after)


@test
def each_attempt_is_a_span_of_its_own():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("import", "acme", "PLAT/docs").code, 0)
        fake.clear()
        fake.fault("answer", f"{REST}/projects/PLAT/repos/docs/pull-requests", status=503, count=1)
        fake.fault("redirect", f"{REST}/repos", location=f"{fake.url}{REST}/repos?limit=1000&start=0&again", count=1)
        fake.fault("truncate", "/activities", count=1)
        equal(traced(host, "sync").code, 0)
        trace = Trace.read(host)
        check_drawable(trace)
        requests = trace.of("request")
        equal(Counter(span["args"]["path"] for span in requests), asked(fake))
        statuses = Counter(span["args"]["status"] for span in requests)
        equal((statuses[503], statuses[302]), (1, 1))
        equal(sum(span["args"]["ended"] != "No error" for span in requests), 1)
        assert "again" in "".join(span["args"]["path"] for span in requests)


@test
def what_fails_is_told_with_its_status():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("answer", "/scm/", status=403, body="no")
        result = traced(host, "import", "acme", "PLAT/docs")
        assert result.code != 0, result
        trace = Trace.read(host)
        check_drawable(trace)
        clone, = [git for git in trace.of("git") if git["name"] == "clone"]
        assert clone["args"]["exit_status"] != 0, clone
        assert trace.of("import")[0]["args"]["result"] != "done", trace.of("import")
        equal(trace.of("command")[0]["args"]["exit_status"], result.code)


@test
def no_secret_is_in_it():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        told = quote(PASSWORD, safe="")
        fake.fault("redirect", f"{REST}/repos", location=f"{fake.url}{REST}/repos/{told}", count=1)
        fake.fault("redirect", f"{REST}/projects", location=f"{fake.url}{REST}/projects?of={told}", count=1)
        fake.fault("answer", "/scm/", status=500, body=f"you sent {PASSWORD}")
        text = ""
        for command in ("repos", "acme"), ("import", "acme", "PLAT/docs"), ("check",), ("sync",):
            traced(host, *command)
            with open(trace_of(host), encoding="utf-8") as file:
                text += file.read()
        assert "***" in text, "the server was not asked for the path with the secret in it"
        for form in (PASSWORD, told, PASSWORD.split()[0], "pass:w", basic("flow-service", PASSWORD).split()[1],
                     json.dumps(PASSWORD)[1:-1], fake.url):
            equal((form, form in text), (form, False))


@test
def a_file_that_cannot_be_written_is_told_in_one_line():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        path = os.path.join(host.folder, "nowhere", "trace.json")
        result = host.run("--trace", path, "import", "acme", "PLAT/docs")
        equal((result.code, result.out, result.err),
              (2, "", f"source-host: --trace: {path} cannot be written: No such file or directory\n"))
        equal(fake.requests(), [])
        # What fails later does not end what it was to tell of.
        result = host.run("--trace", "/dev/full", "import", "acme", "PLAT/docs")
        equal(result.code, 0)
        assert result.err.count("\n") == 1 and "/dev/full: the trace cannot be written any more" in result.err, result.err


@test
def workers_have_tracks_of_their_own():
    with FakeBitbucket("--delay-ms", DELAY_MS) as fake, Hosting() as host:
        for name in "acme", "bolt":
            host.connection(name, base_url=fake.url, imports={"repositories": "PLAT/api PLAT/web PLAT/docs"})
        with Running(host, "--trace", trace_of(host)) as running:
            running.idle()
            equal(running.stop(), 0)
        trace = Trace.read(host)
        check_drawable(trace)
        check_within_command(trace, "run")
        at = {}
        for span in trace.of("import"):
            at.setdefault(trace.tracks[span["tid"]], []).append(span)
        assert len(at) > 1 and all(name.startswith("worker ") for name in at), at.keys()
        spans = sorted(trace.of("import"), key=lambda span: span["ts"])
        assert any(after["ts"] < end(before) for before, after in zip(spans, spans[1:])), "one after the other"
        equal(len(trace.of("request")), sum(asked(fake).values()))


@test
def what_says_that_we_are_there_has_its_track():
    if programs() is None:
        raise Skip("no PostgreSQL here: apt-get install postgresql-15")
    with FakeBitbucket() as fake, Postgres() as postgres, Hosting(postgres.database("store")) as host:
        host.connection("acme", base_url=fake.url)
        equal(traced(host, "import", "acme", "PLAT/api").code, 0)
        trace = Trace.read(host)
        check_drawable(trace)
        check_within_command(trace, "import")
        assert {"main", "presence"} <= set(trace.tracks.values()), trace.tracks


@test
def what_was_written_before_a_kill_can_be_read():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("stall", "/activities", skip=10)
        process = subprocess.Popen(host.command("--trace", trace_of(host), "import", "acme", "PLAT/api"),
                                   stdout=subprocess.DEVNULL)
        while sum("/activities" in request["path"] for request in fake.requests()) <= 10:
            equal(process.poll(), None)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        with open(trace_of(host), encoding="utf-8") as file:
            text = file.read()
        assert not text.rstrip().endswith("]"), text[-200:]
        trace = Trace(text + "]")
        check_drawable(trace)
        activities = [span for span in trace.of("request") if span["name"] == "activities"]
        assert len(activities) > 5 and trace.of("git"), len(activities)


if __name__ == "__main__":
    run()
