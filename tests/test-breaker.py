#!/usr/bin/env python3
"""A refused login is never repeated: not by other commands, processes or connections of the account. Prints TAP."""

import os
import signal
import subprocess
import time

from hosting import PASSWORD, Hosting

from client import FakeBitbucket
from tap import equal, run, test


def failures(fake, name="flow-service"):
    return fake.users()[name]["failures"]


@test
def fifty_passes_with_a_wrong_password_are_one_failed_login():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, password="wrong")
        for _ in range(50):
            result = host.run("sync")
            equal(result.code, 4)
        assert "not tried again since" in result.err and "resume acme" in result.err, result
        for command in (("check",), ("repos", "acme"), ("import", "acme", "--all")):
            equal(host.run(*command).code, 4)
        equal(failures(fake), 1)
        assert "login refused" in host.run("status").out, host.run("status")


@test
def status_says_how_a_blocked_login_is_tried_again():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api"})
        fake.fault("answer", "/info/refs", status=401)
        for listing in ("done", "blocked"):
            equal(host.run("sync").code, 4)
            for state, row in zip((listing, "blocked"), host.run("status", "--json").objects):
                equal(row["state"], state)
                equal((row["reason"] or "").count("`source-host resume acme`"), int(state == "blocked"))


@test
def a_mended_password_is_tried_at_once():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, password="wrong")
        equal(host.run("sync").code, 4)
        host.connection("acme", base_url=fake.url)
        equal(host.run("sync").code, 0)
        host.connection("acme", base_url=fake.url, password="wrong again")
        equal(host.run("sync").code, 4)
        equal(host.run("sync").code, 4)
        equal(failures(fake), 1)


@test
def resume_tries_again_once():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.user("flow-service", password="other")
        for _ in range(3):
            equal(host.run("sync").code, 4)
        equal(failures(fake), 1)
        equal(host.run("resume", "acme").code, 0)
        for _ in range(3):
            equal(host.run("sync").code, 4)
        equal(failures(fake), 2)
        fake.user("flow-service", password=PASSWORD)
        equal(host.run("resume", "acme").code, 0)
        equal(host.run("sync").code, 0)


@test
def connections_of_one_account_share_the_refusal():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("dana", base_url=fake.url, password="wrong")
        host.connection("ron", base_url=fake.url, password="also wrong", username="Flow-Service", page_size=10)
        host.connection("zoe", base_url=fake.url, username="reader", password="reader")
        for _ in range(3):
            equal(host.run("sync").code, 4)
        equal(failures(fake), 1)
        assert host.rows("SELECT * FROM repository WHERE connection = 'zoe'")
        host.connection("ron", base_url=fake.url, username="Flow-Service")
        equal(host.run("sync", "ron").code, 0)
        equal(host.run("sync", "dana").code, 4)
        equal(host.run("sync", "ron").code, 0)
        equal(failures(fake), 0)  # ron's success has taken it back, and dana's was not repeated


@test
def names_are_the_same_in_upper_and_lower_case_of_all_letters():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.user("üser@example.com", permission="ADMIN")
        host.connection("dana", base_url=fake.url, username="ÜSER@example.com", password="pässwörd€")
        result = host.run("import", "dana", "PLAT/docs")
        equal((result.code, result.err), (0, ""))
        equal({row["status"] for row in host.run("check", "--json").objects}, {"pass", "skip"})
        host.connection("dana", base_url=fake.url, username="ÜSER@example.com", password="wrong")
        host.connection("ron", base_url=fake.url, username="üser@EXAMPLE.com", password="wrong too")
        for _ in range(2):
            equal(host.run("sync").code, 4)
        equal(failures(fake, "üser@example.com"), 1)


@test
def a_new_refusal_stops_those_that_an_earlier_one_let_go():
    names = [f"c{i}" for i in range(6)]
    with FakeBitbucket() as fake, Hosting() as host:
        for name in names:
            host.connection(name, base_url=fake.url, password="old")
        equal(host.run("sync").code, 4)
        for name in names:
            host.connection(name, base_url=fake.url)
        equal(host.run("sync").code, 0)
        fake.user("flow-service", password="rotated")
        for _ in range(3):
            equal(host.run("sync").code, 4)
        equal(failures(fake), 1)


@test
def connections_with_the_same_token_share_the_refusal():
    names = [f"c{i}" for i in range(6)]
    with FakeBitbucket() as fake, Hosting() as host:
        fake.token("expired-one", user="flow-service", expired=True)
        for name in names:
            host.connection(name, base_url=fake.url, username=None, password=None, token="expired-one")
        for _ in range(2):
            equal(host.run("sync").code, 4)
            equal(failures(fake), 1)
        assert "of connection c0" in host.run("sync", "c5").err
        equal(host.run("resume", "c5").code, 0)
        equal(host.run("sync", "c0").code, 4)
        equal(host.run("sync").code, 4)
        equal(failures(fake), 2)
        fake.token("new-one", user="flow-service")
        host.connection("c3", base_url=fake.url, username=None, password=None, token="new-one")
        equal(host.run("sync", "c3").code, 0)
        equal(host.run("sync", "c4").code, 4)
        assert not [row for row in host.rows("SELECT name FROM login_account") if "-one" in row["name"]]


@test
def no_login_is_tried_where_its_refusal_cannot_be_kept():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("repos", "acme").code, 0)
        host.connection("acme", base_url=fake.url, password="wrong")
        for table, what in (("login_account", "UPDATE"), ("login_refusal", "INSERT")):
            host.rows(f"CREATE TRIGGER full_{table} BEFORE {what} ON {table} "
                      "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END")
        for command in (("sync",), ("check",), ("repos", "acme")):
            result = host.run(*command)
            equal(result.code, 1)
            assert "not tried, since a refusal could not be kept: store: database or disk is full" in \
                result.out + result.err, result
        equal(failures(fake), 0)


@test
def the_same_settings_in_another_order_are_not_tried_again():
    with FakeBitbucket() as fake, Hosting() as host:
        settings = {"base_url": fake.url, "username": "flow-service", "password": "wrong"}
        for order in (settings, dict(reversed(settings.items()))):
            lines = "".join(f"{key} = {value}\n" for key, value in order.items())
            host.write("acme.conf", "[connection]\nprovider = bitbucket-server\n[settings]\n" + lines)
            equal(host.run("sync").code, 4)
        equal(failures(fake), 1)


def start(host, *arguments):
    return subprocess.Popen(host.command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_until(condition, *processes):
    """The condition must come while these run."""
    while not condition():
        equal([process.poll() for process in processes], [None] * len(processes))
        time.sleep(0.01)


@test
def six_processes_at_once_fail_once():
    with FakeBitbucket("--delay-ms", 50) as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, password="wrong")
        processes = [start(host, "sync") for _ in range(6)]
        equal([process.wait(60) for process in processes], [4] * 6)
        equal(failures(fake), 1)


@test
def six_connections_of_an_account_in_six_processes_fail_once():
    with FakeBitbucket("--delay-ms", 50) as fake, Hosting() as host:
        for i in range(6):
            host.connection(f"c{i}", base_url=fake.url, password=f"wrong {i}")
        processes = [start(host, "sync", f"c{i}") for i in range(6)]
        equal([process.wait(60) for process in processes], [4] * 6)
        equal(failures(fake), 1)


@test
def passwords_that_were_refused_once_are_remembered():
    with FakeBitbucket() as fake, Hosting() as host:
        for password in "ABABA":
            host.connection("acme", base_url=fake.url, password=password)
            equal(host.run("sync").code, 4)
        equal(failures(fake), 2)


def began(fake):
    return sum("/activities" in request["path"] for request in fake.requests()) > 4


@test
def a_password_that_changes_during_two_imports_does_not_lock_the_account():
    with FakeBitbucket("--delay-ms", 60) as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        host.connection("other", base_url=fake.url)
        processes = [start(host, "import", name, "--all") for name in ("acme", "other")]
        wait_until(lambda: began(fake), *processes)
        fake.user("flow-service", password="new")
        equal([process.wait(60) for process in processes], [4, 4])
        user = fake.users()["flow-service"]
        assert not user["captcha"] and 1 <= user["failures"] <= 4, user
        equal(max(request["in_flight"] for request in fake.requests()) <= 4, True)
        fake.clear()  # the server may still be at the last ones
        equal(host.run("sync").code, 4)
        equal(fake.requests(), [])


@test
def a_file_of_seats_that_is_deleted_is_made_anew():
    with FakeBitbucket("--delay-ms", 60) as fake, Hosting() as host:
        seats = host.store + "-seats"
        for name in ("acme", "other"):
            host.connection(name, base_url=fake.url)
        processes = [start(host, "import", "acme", "--all")]
        wait_until(lambda: began(fake), *processes)
        os.unlink(seats)
        wait_until(lambda: os.path.exists(seats), *processes)
        fake.clear()
        processes.append(start(host, "import", "other", "--all"))
        equal([process.wait(60) for process in processes], [0, 0])
        assert max(request["in_flight"] for request in fake.requests()) <= 4


@test
def a_refusal_is_in_the_store_before_the_call_ends():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("stall", "/activities", count=1)
        process = start(host, "import", "acme", "PLAT/api")
        wait_until(lambda: any("/activities" in request["path"] for request in fake.requests()), process)
        fake.user("flow-service", password="new")
        while not host.rows("SELECT * FROM login_refusal"):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        equal(host.run("sync").code, 4)
        assert failures(fake) <= 3, fake.users()


@test
def who_was_killed_leaves_its_seats():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("stall", "/rest/", count=1)
        process = start(host, "sync")
        wait_until(fake.requests, process)
        other = start(host, "sync")  # must wait for who proves the login
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        equal(other.wait(60), 0)


def with_login(fake):
    return [request for request in fake.requests() if request["scheme"]]


@test
def a_login_page_is_asked_three_times():
    elsewhere = {"location": "https://login.invalid/sso"}
    for kind, settings in (("redirect", elsewhere), ("html", {"headers": {"X-AUSERNAME": None}})):
        with FakeBitbucket() as fake, Hosting() as host:
            host.connection("acme", base_url=fake.url)
            fake.fault(kind, "/rest/", **settings)
            for _ in range(6):
                result = host.run("sync")
            assert "not tried again since" in result.err, result
            equal((result.code, len(with_login(fake))), (4, 3))


@test
def a_login_page_in_the_middle_of_an_import_stops_it():
    with FakeBitbucket("--delay-ms", 60) as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        process = start(host, "import", "acme", "--all")
        wait_until(lambda: began(fake), process)
        fake.fault("html", "/rest/", headers={"X-AUSERNAME": None})
        fake.control("DELETE", "requests")
        equal(process.wait(60), 4)
        for _ in range(3):
            equal(host.run("sync").code, 4)
        assert len(with_login(fake)) <= 6, with_login(fake)  # four that were under way, and one alone


@test
def a_login_page_now_and_then_is_got_over():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        for skip in (4, 12, 20):
            fake.fault("html", "/rest/", headers={"X-AUSERNAME": None}, count=1, skip=skip)
        host.run("import", "acme", "--all")
        equal(host.rows("SELECT * FROM login_refusal WHERE certain = 1"), [])
        result = host.run("sync")
        equal((result.code, result.err), (0, ""))
        equal(host.rows("SELECT * FROM login_refusal"), [])


@test
def a_person_may_connect_again_after_a_refusal():
    with FakeBitbucket() as fake, Hosting() as host:
        arguments = ("connect", "bitbucket-server", "acme", "--set", f"base_url={fake.url}", "--set",
                     "username=flow-service", "--password-stdin")
        for _ in range(2):
            equal(host.run(*arguments, input="wrong\n").code, 4)
        equal(failures(fake), 1)
        equal(host.run(*arguments, input=PASSWORD + "\n").code, 0)


@test
def resume_means_each_account_that_the_connection_has_been():
    wrong = {"username": "flow-service", "password": "wrong too"}
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("dana", base_url=fake.url, password="wrong")
        host.connection("ron", base_url=fake.url, **wrong)
        equal((host.run("sync").code, failures(fake)), (4, 1))
        host.connection("ron", base_url=fake.url, username="reader", password="reader")
        equal(host.run("resume", "ron").code, 0)
        host.connection("ron", base_url=fake.url, **wrong)
        equal((host.run("sync", "ron").code, failures(fake)), (4, 2))


@test
def resume_needs_no_file():
    with FakeBitbucket() as fake, Hosting() as host:
        arguments = ("connect", "bitbucket-server", "acme", "--set", f"base_url={fake.url}", "--set",
                     "username=flow-service", "--password-stdin")
        fake.user("flow-service", password="new")
        equal(host.run(*arguments, input=PASSWORD + "\n").code, 4)
        fake.user("flow-service", password=PASSWORD)
        equal(host.run(*arguments, input=PASSWORD + "\n").code, 4)
        equal(host.run("resume", "acme").code, 0)
        equal(host.run(*arguments, input=PASSWORD + "\n").code, 0)
        equal(host.run("resume", "nobody").code, 2)


@test
def a_password_that_changes_during_an_import_does_not_lock_the_account():
    with FakeBitbucket("--delay-ms", 60) as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        process = start(host, "import", "acme", "--all")
        wait_until(lambda: began(fake), process)
        fake.user("flow-service", password="new")
        equal(process.wait(60), 4)
        wait_until(lambda: all(one["answered"] for one in fake.requests()))  # those too that nobody waits for any more
        user = fake.users()["flow-service"]
        assert not user["captcha"] and 1 <= user["failures"] <= 4, user
        before = user["failures"]
        equal(host.run("sync").code, 4)
        equal(failures(fake), before)


@test
def a_password_that_changes_before_git_is_one_failed_login():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("answer", "/scm/", status=401, headers={"X-AUSERNAME": None}, body="no", content_type="text/plain")
        result = host.run("import", "acme", "PLAT/api", "PLAT/docs")
        equal(result.code, 4)
        assert "login refused for the account flow-service: Git says" in result.err, result
        equal(len([request for request in fake.requests() if "/scm/" in request["path"]]), 1)
        equal(host.run("sync").code, 4)
        equal(len([request for request in fake.requests() if "/scm/" in request["path"]]), 1)


@test
def a_listing_that_names_us_in_some_answers_only_is_not_believed():
    unnamed = {"headers": {"X-AUSERNAME": None, "X-AUSERID": None}, "body": {"values": [], "isLastPage": True, "size": 0}}
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("sync").code, 0)
        for anonymous in (("/users",), ("/users", "/projects"), ("/users", "/repos"), ("/repos",), ("/projects",)):
            for path in anonymous:
                fake.fault("answer", path, count=1, **unnamed)
            result = host.run("sync")
            assert result.code in (1, 4) and "X-AUSERNAME" in result.err, (anonymous, result)
            equal(host.rows("SELECT path FROM repository WHERE listed = 0"), [])
            fake.clear()
            host.run("resume", "acme")
        equal(host.run("sync").code, 0)


@test
def where_no_answer_names_us_an_import_counts_once_the_login_is_proven_again():
    with FakeBitbucket("--no-ausername") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        for command in ("import", "acme", "PLAT/api"), ("sync",):
            fake.clear()
            equal(host.run(*command).code, 0)
        proofs = sum(request["path"].endswith("/users") for request in fake.requests())
        equal(proofs, 3)  # the listing begins and ends with one, the import ends with one
        cursor = host.rows("SELECT cursor FROM job WHERE repository_id <> 0")
        fake.mutate("update", repository="PLAT/api", pull_request=1, title="Newer")
        fake.fault("answer", "/users", status=401, count=1, skip=proofs - 1)
        equal(host.run("sync").code, 4)
        equal(host.rows("SELECT cursor FROM job WHERE repository_id <> 0"), cursor)
        equal(host.run("resume", "acme").code, 0)
        equal(host.run("sync").code, 0)
        assert host.rows("SELECT cursor FROM job WHERE repository_id <> 0") != cursor


@test
def not_permitted_concerns_the_one_repository():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("answer", "/repos/docs/", status=401, body='{"errors":[{"context":null,"message":"You are not permitted",'
                   '"exceptionName":"com.atlassian.bitbucket.AuthorisationException"}]}')
        result = host.run("import", "acme", "PLAT/docs", "PLAT/web")
        equal(result.code, 3)
        assert "not permitted" in result.err, result
        equal(host.rows("SELECT * FROM login_refusal"), [])


@test
def an_expired_token_is_one_failed_login():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.token("old-token", user="flow-service", expired=True)
        host.connection("acme", base_url=fake.url, username=None, password=None, token="old-token")
        for _ in range(3):
            equal(host.run("sync").code, 4)
        equal(failures(fake), 1)


if __name__ == "__main__":
    run()
