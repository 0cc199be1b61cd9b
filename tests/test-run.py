#!/usr/bin/env python3
"""source-host run: what is due is done, and what fails waits, for as long as it runs. Prints TAP."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import contextmanager

from hosting import PASSWORD, Hosting
from running import Running
from truth_tables import differences

from client import FakeBitbucket
from tap import equal, run, test

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
PULL_REQUESTS = "/repos/api/pull-requests"


def with_login(fake):
    return [request for request in fake.requests() if request["scheme"]]


def status(host, path=None):
    """The row of `status` for a repository, or for the connection."""
    return next(row for row in host.run("--json", "status", "acme").objects if row.get("path") == path)


def rows(host, sql):
    """Those of a store that may be about to be made."""
    try:
        return host.rows(sql) if os.path.exists(host.store) else []
    except sqlite3.OperationalError:
        return []


def wait_until(condition):
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, "it does not come true"
        time.sleep(0.02)


@test
def imports_what_the_file_asks_for_and_what_appears_later():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"auto_import": "PLAT", "exclude": "PLAT/[bdew]*"},
                        pull_requests="true")
        with Running(host) as running:
            running.idle()
            fake.mutate("create_repository", project="PLAT", name="later", files={"a": "b"})
            fake.mutate("comment", repository="PLAT/api", pull_request=1, text="late")
            running.advance(days=1, hours=6)
            assert "PLAT/later" in [event["path"] for event in running.of("synced")]
            equal(running.stop(), 0)
        equal(differences(host, "acme", fake.truth(), tables=("repository",)), [])
        equal(host.rows("SELECT count(*) AS n FROM activity WHERE text = 'late'"), [{"n": 1}])


@test
def a_restart_asks_for_nothing_that_is_not_due():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"auto_import": "PLAT"})
        with Running(host) as running:
            running.idle()
        fake.clear()
        with Running(host) as running:
            running.idle()
        equal(fake.requests(), [])


@test
def a_signal_to_end_finishes_the_record_and_is_no_failure():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api"})
        fake.fault("stall", "/activities", skip=5)
        with Running(host, clock=False) as running:
            wait_until(lambda: sum("/activities" in request["path"] for request in fake.requests()) > 5)
            began = time.monotonic()
            equal(running.stop(), 0)
            assert time.monotonic() - began < 20
        equal(status(host, "PLAT/api") | {"failures": 0, "state": "queued", "reason": None}, status(host, "PLAT/api"))
        fake.clear()
        with Running(host) as running:
            running.idle()
        equal(differences(host, "acme", fake.truth(), [1], ("activity",)), [])


@test
def files_are_read_again_when_they_change():
    with FakeBitbucket() as fake, Hosting() as host:
        with Running(host) as running:
            running.idle()
            host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/web"})
            running.wait("synced", connection="acme", path="PLAT/web")
            running.idle()
            host.write("acme.conf", "[connection]\nprovider = bitbucket-server\n[settings]\nbase_url = nonsense\n"
                       "username = u\npassword = p\n")
            running.wait("broken", connection="acme")
            assert "acme.conf:4:" in status(host)["problem"], status(host)
            assert "is not in force" in host.run("status").out
            fake.clear()
            running.advance(hours=3)
            assert with_login(fake)  # what was read before stays in force
            host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/docs"})
            running.wait("configured", connection="acme")
            equal(status(host)["problem"], None)
            running.set_clock(running.now() + DAY)
            running.wait("synced", path="PLAT/docs")
            os.unlink(os.path.join(host.connections, "acme.conf"))
            running.wait("ended", connection="acme")
            fake.clear()
            running.set_clock(running.now() + DAY)
            host.connection("other", base_url=fake.url)
            running.wait("listed", connection="other")
        assert host.rows("SELECT * FROM repository WHERE connection = 'acme' AND imported = 1")


@test
def a_broken_file_is_told_once():
    with FakeBitbucket() as fake, Hosting() as host:
        secret = os.path.join(host.folder, "secret")
        with open(secret, "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(PASSWORD)
        good = {"base_url": fake.url, "password": None, "password_file": secret}
        broken = ["[connection]\nprovider = bitbucket-server\n[settings\n",  # not read at all, or without that secret
                  "[connection]\nprovider = bitbucket-server\n[settings]\nbase_url = nonsense\nusername = u\n"
                  f"password_file = {secret}\n"]
        host.connection("acme", **good)
        host.write("never.conf", broken[1])  # of which nothing was read before
        with Running(host) as running:
            running.wait("listed")
            for at, text in enumerate(broken):
                host.write("acme.conf", text)
                running.wait("broken", connection="acme")
                host.connection("other" + str(at), **good)
                running.wait("configured", connection="other" + str(at))  # files were looked at again
                equal(len(running.of("broken")), at + 1)
            with open(secret, "a", encoding="utf-8") as file:
                file.write("\n")  # it may be what was wrong
            running.wait("broken", connection="acme")
            host.connection("acme", **good)
            running.wait("configured", connection="acme")
        equal(len([one for one in running.events if "never.conf" in one.get("message", "")]), 2)


@test
def the_configuration_is_read_again_when_it_changes():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/web"})
        with Running(host, clock=False) as running:
            running.wait("synced", path="PLAT/web")
            running.configure(min_free="900 TiB")
            running.wait("configured", connection=None)
            host.connection("zoe", base_url=fake.url, imports={"repositories": "PLAT/docs"})
            assert "less than min_free = 900 TiB" in running.wait("failed", path="PLAT/docs")["message"]
            assert "paused" in host.run("status", "zoe", "--failing").out
            running.configure(min_free="much")
            assert "min_free = much is no size" in running.wait("broken")["message"]
            running.configure(min_free="1 KiB")
            running.wait("configured", connection=None)
            host.connection("yan", base_url=fake.url, imports={"repositories": "PLAT/docs"})
            running.wait("synced", connection="yan", path="PLAT/docs")
        equal(len(running.of("broken")), 1)


def wait_asked(fake, path):
    wait_until(lambda: any(path in request["path"] for request in fake.requests()))


@contextmanager
def standing_still(fake, host):
    """While its import of PLAT/api waits for an answer, until lift(PULL_REQUESTS)."""
    fake.fault("slow", PULL_REQUESTS, bytes=1, pause_ms=DAY, count=1)
    host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api"})
    with Running(host, clock=False) as running:
        running.wait("configured", connection="acme")
        wait_asked(fake, PULL_REQUESTS)
        yield running


@test
def hangup_reads_all_files_again_and_ends_nothing():
    with FakeBitbucket() as fake, Hosting() as host:
        with standing_still(fake, host) as running:
            running.process.send_signal(signal.SIGHUP)
            running.wait("configured", connection="acme")
            host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api PLAT/docs"})  # the same settings
            running.wait("synced", path="PLAT/docs")
            equal(len(running.of("synced")), 1)
            fake.lift(PULL_REQUESTS)
            running.wait("synced", path="PLAT/api")
        equal(host.rows("SELECT result FROM sync_run WHERE repository_id <> 0"), [{"result": "done"}] * 2)


@test
def a_changed_file_counts_at_once_and_its_old_login_no_more():
    with FakeBitbucket() as fake, Hosting() as host:
        with standing_still(fake, host) as running:
            fake.user("flow-service", password="rotated")
            host.connection("acme", base_url=fake.url, password="rotated", imports={"repositories": "PLAT/api PLAT/docs"})
            running.wait("synced", path="PLAT/docs")
            equal(len(running.of("synced")), 1)  # the other stalls still
            fake.lift(PULL_REQUESTS)
            running.wait("synced", path="PLAT/api")
        equal(fake.users()["flow-service"]["failures"], 0)
        equal([one for one in fake.requests() if one["status"] == 401 and one["scheme"]], [])
        equal(running.of("failed"), [])


@test
def a_login_that_was_replaced_while_git_used_it_is_no_failure():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.fault("slow", "/scm/plat/web.git/info/refs", bytes=1, pause_ms=DAY, count=1)
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/web"})
        with Running(host) as running:
            running.wait("configured", connection="acme")
            wait_asked(fake, "/info/refs")
            fake.user("flow-service", password="rotated")
            host.connection("acme", base_url=fake.url, password="rotated", imports={"repositories": "PLAT/web"})
            running.wait("configured", connection="acme")
            fake.lift("/scm/plat/web.git/info/refs")  # its next request has the old one
            running.wait("synced", path="PLAT/web")
        equal(running.of("failed"), [])
        equal(host.rows("SELECT * FROM job WHERE failures > 0"), [])


@test
def a_refused_login_is_told_once_and_tried_when_mended():
    with FakeBitbucket() as fake, Hosting() as host:
        secret = os.path.join(host.folder, "secret")

        def write_secret(text):
            with open(secret + ".new", "w", opener=lambda path, flags: os.open(path, flags, 0o600), encoding="utf-8") as f:
                f.write(text)
            os.rename(secret + ".new", secret)

        write_secret("wrong")
        host.connection("acme", base_url=fake.url, password=None, password_file=secret,
                        imports={"repositories": "PLAT/web"})
        host.connection("zoe", base_url=fake.url, username="reader", password="reader",
                        imports={"repositories": "PLAT/docs"})
        with Running(host) as running:
            running.wait("blocked", connection="acme")
            wait_until(lambda: ("zoe", "PLAT/docs") in [(one["connection"], one["path"]) for one in running.of("synced")])
            running.idle()
            running.advance(hours=4)
            equal(fake.users()["flow-service"]["failures"], 1)
            equal(len([one for one in running.of("blocked") if one["connection"] == "acme"]), 1)
            equal(status(host)["state"], "blocked")
            assert "blocked since" in host.run("status", "acme").out
            write_secret(PASSWORD)
            running.wait("unblocked", connection="acme")
            running.wait("synced", connection="acme", path="PLAT/web")
        equal(fake.users()["flow-service"]["failures"], 0)
        assert status(host)["state"] == "done", status(host)


@test
def resume_by_another_process_is_noticed():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/web"})
        fake.user("flow-service", password="other")
        with Running(host) as running:
            running.wait("blocked", connection="acme")
            fake.user("flow-service", password=PASSWORD)
            equal(host.run("resume", "acme").code, 0)
            running.wait("synced", path="PLAT/web")


@test
def a_server_that_is_down_is_asked_less_and_less_and_nobody_else_suffers():
    with FakeBitbucket() as fake, FakeBitbucket() as other, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/web PLAT/docs"})
        host.connection("zoe", base_url=other.url, imports={"repositories": "PLAT/web"})
        with Running(host) as running:
            running.idle()
            fake.state("MAINTENANCE")
            fake.clear()
            before = len(running.of("listed"))
            running.advance(hours=8)
            assert len(fake.requests()) < 60, [request["path"] for request in fake.requests()]
            # A minute, doubled up to an hour: some 12 attempts of one listing, and at most one of each repository.
            failed = [one for one in running.of("failed") if one["connection"] == "acme"]
            assert 10 <= len(failed) < 20, failed
            row = status(host)
            assert row["failures"] >= 10 and row["since"] and row["next_run"] - running.now() <= HOUR, row
            assert "failing" in host.run("status", "acme", "--failing").out
            assert any(one["connection"] == "zoe" for one in running.of("listed")[before:])
            fake.state("RUNNING")
            running.advance(hours=2)
        equal(host.rows("SELECT * FROM job WHERE state <> 'done'"), [])


@test
def a_file_that_was_mended_is_tried_at_once():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url="http://127.0.0.1:9", imports={"repositories": "PLAT/web"})
        with Running(host) as running:
            running.idle()
            running.advance(hours=7, minutes=10)
            assert status(host)["next_run"] - running.now() > 20 * MINUTE, status(host)
            host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/web"})
            running.wait("synced", path="PLAT/web")
            running.idle()
            host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/web PLAT/docs"})
            running.wait("synced", path="PLAT/docs")


@test
def one_repository_that_fails_waits_alone_twice_as_long_each_time():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/web PLAT/docs"})
        fake.fault("html", "/repos/docs/pull-requests", headers={"X-AUSERNAME": "flow-service"})
        with Running(host) as running:
            running.idle()
            running.advance(hours=30)
            row = status(host, "PLAT/docs")
            equal(row["state"], "failing")
            equal(status(host)["failures"], 0)
            starts = [one["time"] for one in running.of("failed") if one["path"] == "PLAT/docs"]
            gaps = [round((b - a) / MINUTE) for a, b in zip(starts, starts[1:])]
            equal(gaps, ([1, 2, 4, 8, 16, 32, 64, 128, 256] + [360] * 9)[:len(gaps)])
            assert len(gaps) >= 11, gaps
            text = host.run("status", "--failing").out
            assert "PLAT/docs" in text and "PLAT/web" not in text and "next try" in text, text
            fake.clear()
            running.advance(hours=6)
            equal(status(host, "PLAT/docs")["state"], "done")


@test
def a_rate_limit_is_no_failure_and_status_says_until_when():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api"})
        fake.fault("rate_limit", "/activities", retry_after=300, skip=3)
        with Running(host, clock=False) as running:
            wait_until(lambda: rows(host, "SELECT * FROM job WHERE state = 'limited'"))
            text = host.run("status").out
            assert "rate limited until" in text, text
            equal(status(host, "PLAT/api")["failures"], 0)
            running.stop()


@test
def a_rate_limit_of_git_or_for_long_is_waited_out():
    for path, least in ("/scm/", 5 * MINUTE), ("/pull-requests", 2 * HOUR):
        with FakeBitbucket() as fake, Hosting() as host:
            host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/web"})
            fake.fault("rate_limit", path, retry_after=7200)
            with Running(host) as running:
                running.wait("failed", path="PLAT/web")
                running.idle()
                row = status(host, "PLAT/web")
                equal((row["state"], row["failures"]), ("limited", 0))
                assert row["next_run"] - running.now() >= least - 1000, row
                fake.clear()
                running.advance(hours=3)
            equal(status(host, "PLAT/web")["state"], "done")


@test
def a_rate_limit_of_which_no_end_or_one_that_is_past_is_told_is_waited_out():
    for told in ({}, {"Retry-After": "Wed, 01 Jan 2020 00:00:00 GMT"}):
        with FakeBitbucket() as fake, Hosting() as host:
            host.connection("acme", base_url=fake.url)
            fake.fault("answer", "/rest/api/1.0/repos", status=429, headers={"X-AUSERNAME": "flow-service", **told})
            with Running(host) as running:
                running.wait("failed")
                running.idle()
                row = status(host)
                equal((row["state"], row["failures"]), ("limited", 0))
                assert MINUTE - 1000 <= row["next_run"] - running.now() <= HOUR, row


@test
def a_clock_that_was_ahead_puts_nothing_off():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api"})
        where = {"repository": "PLAT/api"}
        fake.mutate("push", **where, branch="late", files={"late.txt": "x\n"})
        where["pull_request"] = fake.mutate("open", **where, **{"from": "late"}, title="Late")["pull_request"]
        comment = fake.mutate("comment", **where, text="Before")["comment"]
        with Running(host) as running:
            running.idle()
            now = running.now()
            running.set_clock(now + 400 * DAY)
            running.wait("synced", path="PLAT/api")
            running.idle()
            fake.mutate("edit_comment", **where, comment=comment, text="After")  # which moves no revision
            host.rows("UPDATE job SET state = 'limited' WHERE repository_id = 0")  # as by a server that asked it to wait
            running.set_clock(now + HOUR)
            running.wait("listed")
            running.wait("synced", path="PLAT/api")
        equal(host.rows("SELECT text FROM activity WHERE comment_id = ?", comment), [{"text": "After"}])
        equal(host.rows("SELECT number FROM pull_request WHERE state = 'OPEN' AND read_at > ?", now + HOUR), [])


@test
def status_says_how_many_requests_the_last_day_took():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api"})
        with Running(host) as running:
            running.idle()
            running.stop()
        made = sum(request["method"] == "GET" for request in fake.requests())  # a fetch: one GET, and POSTs
        clock = {"SOURCE_HOST_CLOCK": running.clock}
        told = host.run("--json", "status", variables=clock)
        equal(told.objects[0]["requests_last_day"], made)
        assert f"\n  {made} requests in the last 24 h, a fetch counted as one\n" in host.run("status", variables=clock).out
        running.set_clock(running.now() + DAY + HOUR)
        equal(host.run("--json", "status", variables=clock).objects[0]["requests_last_day"], 0)


@test
def two_of_them_share_the_work():
    with FakeBitbucket("--delay-ms", 100) as fake, Hosting() as host:
        with Running(host, clock=False) as one, Running(host, clock=False) as two:
            for each in (one, two):
                each.wait("started")
            for name in ("acme", "zoe"):
                host.connection(name, base_url=fake.url, imports={"auto_import": "*"})
            wait_until(lambda: len(rows(host, "SELECT DISTINCT connection FROM repository WHERE imported = 1")) == 2 and not rows(
                host, "SELECT r.path FROM repository r LEFT JOIN job j ON j.connection = r.connection"
                " AND j.repository_id = r.id WHERE r.imported = 1 AND coalesce(j.succeeded_at, 0) = 0"))
            events = one.of("synced") + two.of("synced")
            assert one.of("synced") and two.of("synced"), events
        paths = [(event["connection"], event["path"]) for event in events]
        equal(len(paths), len(set(paths)))
        for name in ("acme", "zoe"):
            equal(differences(host, name, fake.truth("flow-service"), tables=("pull_request", "activity")), [])


@test
def a_command_leaves_to_the_service_what_that_is_importing():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api"})
        fake.fault("stall", "/activities", count=1)  # all would leave the command no seat to ask with
        with Running(host, clock=False) as running:
            wait_until(lambda: any("/activities" in request["path"] for request in fake.requests()))
            result = host.run("sync", "acme")
            assert f"process {running.process.pid} imports it now" in result.err, result
            equal(result.code, 1)
            text = host.run("status").out
            assert "importing" in text, text
            fake.clear()


@test
def one_with_much_to_import_leaves_threads_to_others():
    with FakeBitbucket("--world", "listing", "--repositories", 40) as slow, FakeBitbucket() as fake, Hosting() as host:
        def fetching():
            return rows(host, "SELECT * FROM job WHERE connection = 'acme' AND state = 'fetching'")

        slow.fault("stall", "/scm/")
        host.connection("acme", base_url=slow.url, max_concurrency=64, imports={"auto_import": "*"})
        with Running(host, clock=False) as running:
            wait_until(lambda: len(fetching()) >= 31)  # of 32 threads
            for name in ("yan", "zoe"):
                host.connection(name, base_url=fake.url, imports={"repositories": "PLAT/web PLAT/docs"})
            wait_until(lambda: sorted((one["connection"], one["path"]) for one in running.of("synced")) == [
                (name, path) for name in ("yan", "zoe") for path in ("PLAT/docs", "PLAT/web")])
            equal(len(fetching()), 31)  # they are at it still


@test
def levels_are_written_for_the_journal_alone():
    with Hosting() as host:
        for away, first in ((0, "<"), (1, "source-host: ")):
            with open(os.path.join(host.folder, "log"), "w+", encoding="utf-8") as log:
                here = os.fstat(log.fileno())
                journal = {"JOURNAL_STREAM": f"{here.st_dev}:{here.st_ino + away}"}
                service = subprocess.Popen(host.command("run"), stderr=log, env=os.environ | journal)
                try:
                    wait_until(lambda: os.fstat(log.fileno()).st_size > 0)
                finally:
                    service.terminate()
                    service.wait(60)
                log.seek(0)
                assert all(line.startswith(first) for line in log), (away, first)


@test
def the_log_is_json_whatever_is_wrong():
    with Hosting() as host:
        with open(os.path.join(host.connections, "latin.conf"), "wb") as file:
            file.write(b"[connection]\nprovider = bitb\xfccket\n")
        with Running(host) as running:  # reads each line as JSON
            running.idle()
        assert any("latin.conf:2: provider bitb?cket" in one["message"] for one in running.events[:-1]), running.events
        with open(os.path.join(host.folder, "config", "source-host.conf"), "w", encoding="ascii") as file:
            file.write("[host]\nmin_fre = 1\n")
        for command in "run", "sync":
            lines = host.run("--log-json", command).err.splitlines()
            equal([json.loads(line)["level"] for line in lines], ["warning"])


@test
def the_service_manager_is_told():
    with FakeBitbucket() as fake, Hosting() as host:
        place = os.path.join(host.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(place)
            manager.settimeout(60)
            host.connection("acme", base_url=fake.url)
            with Running(host, NOTIFY_SOCKET=place) as running:
                equal(manager.recv(512), b"READY=1")
                got = b""
                for told in b"STATUS=1 connection; 1 thing under way", b"STATUS=1 connection; nothing is due before ":
                    while not got.startswith(told):
                        got = manager.recv(512)
                while got != b"WATCHDOG=1":
                    got = manager.recv(512)
                running.stop()
                while got != b"STOPPING=1":
                    got = manager.recv(512)


if __name__ == "__main__":
    run()
