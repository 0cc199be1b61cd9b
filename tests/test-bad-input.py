#!/usr/bin/env python3
"""Wrong files, wrong modules and wrong answers: each is named, and nothing half of it is kept. Prints TAP."""

import os
import re
import shutil
import signal
import subprocess
import time

from hosting import Hosting
from truth_tables import differences

from client import FakeBitbucket
from tap import equal, run, test

GOOD = "[connection]\nprovider = bitbucket-server\n[settings]\nbase_url = https://bitbucket.example.com\n" \
       "username = u\npassword = p\n"

# What is in the file, the line that is to be named, and words of the message.
FILES = {
    "an unknown setting": (GOOD + "colour = blue\n", 7, "unknown setting colour"),
    "an unknown key": ("[connection]\ncolour = blue\n" + GOOD, 2, "unknown key colour"),
    "an unknown section": (GOOD + "[colours]\nsky = blue\n", 8, "unknown section"),
    "a missing base_url": (GOOD.replace("base_url = https://bitbucket.example.com\n", ""), 3, "base_url is missing"),
    "a base_url without scheme": (GOOD.replace("https://", ""), 4, "has no scheme"),
    "a base_url without host": (GOOD.replace("bitbucket.example.com", "/context"), 4, "base_url"),
    "a base_url of another scheme": (GOOD.replace("https", "ftp"), 4, "neither https:// nor http://"),
    "a base_url with a login": (GOOD.replace("https://", "https://u:s3cretword@"), 4, "user name"),
    "plain http to another host": (GOOD.replace("https", "http"), 4, "allow_plaintext"),
    "a provider that is not there": (GOOD.replace("bitbucket-server", "gitlab"), 2, "provider gitlab"),
    "no provider": (GOOD.replace("provider = bitbucket-server\n", ""), 1, "provider is missing"),
    "a wrong number": (GOOD + "max_concurrency = many\n", 7, "is not a number"),
    "a number out of range": (GOOD + "max_concurrency = 65\n", 7, "between 1 and 64"),
    "neither true nor false": (GOOD + "verify_tls = maybe\n", 7, "neither true nor false"),
    "a date that is none": (GOOD + "history_since = yesterday\n", 7, "no date"),
    "a CA file that is not there": (GOOD + "ca_file = /nonexistent/ca.pem\n", 7, "No such file"),
    "a CA file that is not PEM": (GOOD + "ca_file = /etc/passwd\n", 7, "ca_file: /etc/passwd: it is no PEM file"),
    "a client certificate that is not PEM": (GOOD + "client_cert = /etc/passwd\n", 7, "client_cert: /etc/passwd: it is no PEM"),
    "a client key that is not PEM": (GOOD + "client_key = /etc/passwd\n", 7, "client_key: /etc/passwd: it is no PEM file"),
    "a client key that is not there": (GOOD + "client_key = /nonexistent/key.pem\n", 7, "No such file"),
    "a CA file that is a folder": (GOOD + "ca_file = /etc\n", 7, "ca_file: /etc: it is no file"),
    "a line that is nothing": (GOOD + "just words\n", 7, "neither"),
    "a setting twice": (GOOD + "username = v\n", 7, "set twice"),
    "password and token": (GOOD + "token = t0ken\n", 7, "token"),
    "no password": (GOOD.replace("password = p\n", ""), 3, "password"),
    "a password file that is not there": (GOOD.replace("password = p", "password_file = /nonexistent/p"), 6, "No such file"),
    "a repository without organization": (GOOD + "[import]\nrepositories = api\n", 8, "KEY/slug"),
}
for _name, (_text, _line, _words) in FILES.items():
    def check(text=_text, line=_line, words=_words):
        with Hosting() as host:
            path = host.write("bad.conf", text)
            result = host.run("connections")
            equal(result.code, 2)
            assert re.search(rf"{re.escape(path)}:{line}: .*{re.escape(words)}", result.err), result
            assert "s3cretword" not in result.err + result.out, "a secret is told"
    check.__name__ = _name + " is named with its line"
    test(check)


@test
def an_unreadable_file_is_named_and_the_others_work():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("good", base_url=fake.url)
        os.makedirs(os.path.join(host.connections, "folder.conf"))
        os.symlink("/nonexistent/file", os.path.join(host.connections, "nowhere.conf"))
        host.write("bad.conf", GOOD + "colour = blue\n")
        result = host.run("sync")
        equal(result.code, 2)
        for name in ("folder", "nowhere", "bad"):
            assert f"{name}.conf" in result.err, (name, result)
        assert host.rows("SELECT * FROM repository WHERE connection = 'good'")
        equal(host.run("repos", "good").code, 0)
        equal(host.run("repos", "bad").code, 2)


@test
def a_file_that_others_may_read_is_warned_of():
    with Hosting() as host:
        host.write("open.conf", GOOD, mode=0o644)
        result = host.run("connections")
        equal(result.code, 0)
        assert "warning" in result.err and "0644" in result.err, result


@test
def unknown_names_are_usage_errors_with_a_hint():
    with Hosting() as host:
        host.write("acme.conf", GOOD)
        for arguments, words in ((("repos", "acne"), "acme"), (("describe", "x"), "no provider x"), (("frob",), "unknown command"),
                                 ((), "no command"), (("import", "acme"), "import what"), (("repos",), "usage"),
                                 (("sync", "--all"), "usage"), (("repos", "acme", "--frob"), "frob")):
            result = host.run(*arguments)
            equal(result.code, 2)
            assert words in result.err, (arguments, result)


@test
def modules_that_cannot_be_used_are_listed_with_the_reason():
    with Hosting() as host:
        with open(os.path.join(host.providers, "junk.so"), "w", encoding="ascii") as file:
            file.write("this is no module\n")
        open(os.path.join(host.providers, "empty.so"), "w", encoding="ascii").close()
        os.symlink("/nonexistent", os.path.join(host.providers, "nowhere.so"))
        rows = {os.path.basename(row["file"]): row for row in host.run("providers", "--json").objects}
        equal(rows["bitbucket-server.so"]["usable"], True)
        assert "invalid ELF header" in rows["junk.so"]["reason"] or "too short" in rows["junk.so"]["reason"], rows
        assert "too short" in rows["empty.so"]["reason"], rows
        assert "No such file" in rows["nowhere.so"]["reason"], rows


def failing(words, code=1, command=("import", "acme", "PLAT/api"), prepare=None, **fault):
    """Provokes a fault and returns the store's rows of pull requests that were touched."""
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        if prepare:
            prepare(fake, host)
        fake.fault(fault.pop("kind"), fault.pop("path"), **fault)
        result = host.run(*command)
        equal(result.code, code)
        for word in words:
            assert word in result.err, result
        half = host.rows("""SELECT p.number FROM pull_request p WHERE NOT EXISTS (SELECT 1 FROM activity a
            WHERE a.repository_id = p.repository_id AND a.pull_request_number = p.number AND a.action = 'OPENED')""")
        equal(half, [])
        return result


ANSWERS = {
    "a login page instead of a listing": dict(kind="html", path="/rest/api/1.0/repos", status=200,
                                              words=["/rest/api/1.0/repos", "no JSON"]),
    "half a JSON text": dict(kind="answer", path="/pull-requests.state", body='{"values": [{"id": 1, "tit',
                             words=["/pull-requests", "ends in its middle"]),
    "a string for an id": dict(kind="replace", path="/pull-requests.state", at="values[3].id", value="seven",
                               code=3, words=["pull_requests[3].id", "string", "number"]),
    "a number for an author": dict(kind="replace", path="/pull-requests.state", at="values[0].author.user", value=7,
                                   code=3, words=["pull request ", "pull_requests[0].author.user", "object"]),
    "a missing id of an activity": dict(kind="remove", path="/10/activities", at="values[0].id", code=3,
                                        words=["/activities", "activities[0].id", "missing"]),
    "an activity that is no object": dict(kind="replace", path="/10/activities", at="values[0]", value=[1], code=3,
                                          words=["/activities", "activities[0]", "array"]),
    "values that are no array": dict(kind="replace", path="/rest/api/1.0/projects.start", at="values", value={},
                                     words=["/rest/api/1.0/projects", "values"]),
    "an error that stays": dict(kind="answer", path="/pull-requests.state", status=500, body="{}",
                                words=["/pull-requests", "500"]),
}
for _name, _fault in ANSWERS.items():
    def check(fault=_fault):
        failing(**fault)
    check.__name__ = _name + " is named with its place"
    test(check)


@test
def what_is_wrong_with_one_pull_request_costs_that_one():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("answer", "/pull-requests/10/activities", status=200, body='{"values": [{"id": 1, "tit')
        result = host.run("import", "acme", "PLAT/api")
        equal(result.code, 3)
        assert "1 record skipped, pull request 10, " in result.err, result
        equal(len(host.rows("SELECT 1 FROM pull_request")), 29)
        equal(host.rows("SELECT state FROM job WHERE repository_id <> 0"), [{"state": "partial"}])
        fake.clear()
        equal(host.run("sync").code, 0)
        equal(len(host.rows("SELECT 1 FROM pull_request")), 30)


@test
def what_goes_wrong_on_the_way_drops_a_set_that_was_begun():
    """The last one, so that no other set comes after it, and its second page, so that the first was handed over."""
    for fault in dict(status=200, body='{"values": [{"id'), dict(status=403, body="no", content_type="text/plain"):
        with FakeBitbucket() as fake, Hosting() as host:
            host.connection("acme", base_url=fake.url, page_size=2)
            fake.fault("answer", "/1/activities.*start=2", **fault)
            result = host.run("import", "acme", "PLAT/legacy-import")
            equal(result.code, 3)
            assert "1 record skipped, pull request 1, " in result.err, result
            fake.clear()
            equal(host.run("sync").code, 0)
            equal(differences(host, "acme", fake.truth(), {6}), [])


@test
def text_with_nul_escapes_and_lone_surrogates_arrives():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.mutate("update", repository="PLAT/docs", pull_request=1, title="a\0b \\\\u0000 c", user="admin")
        equal(host.run("import", "acme", "PLAT/docs").code, 0)
        equal(host.rows("SELECT title FROM pull_request WHERE number = 1"), [{"title": "a\ufffdb \\\\u0000 c"}])


@test
def passing_faults_are_waited_out():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("answer", "/scm/plat/api.git/info/refs", count=1, status=503, body="busy", content_type="text/plain")
        fake.fault("close", "/pull-requests/5/activities", count=1)
        fake.fault("truncate", "/pull-requests/6/activities", count=1, bytes=100)
        fake.fault("rate_limit", "/pull-requests/7/activities", count=1, retry_after=1)
        fake.fault("answer", "/pull-requests/8/activities", count=1, status=503, body="busy", content_type="text/plain")
        fake.fault("answer", "/pull-requests/9/activities", count=1, body='{"values": [{"id')
        result = host.run("import", "acme", "PLAT/api")
        equal((result.code, result.err), (0, ""))
        equal(len(host.rows("SELECT 1 FROM pull_request")), 30)


def timed(function, *arguments):
    start = time.monotonic()
    result = function(*arguments)
    return result, time.monotonic() - start


@test
def an_error_without_end_is_cut():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, request_timeout=30)
        for status, words in ((404, "not found"), (200, "no JSON"), (401, "not permitted")):
            fake.clear()
            fake.fault("endless", "/rest/api/1.0/repos", status=status)
            result, seconds = timed(host.run, "repos", "acme")
            assert words in result.err and seconds < 25, (seconds, result)
            sent = []
            while not sent:  # the server has seen that the client hung up
                sent = [request["sent"] for request in fake.requests() if "sent" in request]
            # what fits into the buffers of sockets goes out before that
            assert len(sent) == 1 and sent[0] < 32 * 1024 * 1024, sent


@test
def an_error_that_trickles_without_end_is_given_up_after_the_timeout():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, request_timeout=2)
        for status in (404, 500, 200):
            fake.clear()
            fake.fault("endless", "/rest/api/1.0/repos", status=status, bytes=100, pause_ms=20)
            result, seconds = timed(host.run, "repos", "acme")
            assert result.code == 1 and 2 < seconds < 30, (seconds, result)
            equal(len([request for request in fake.requests() if "/repos" in request["path"]]), 1)
        fake.clear()
        fake.fault("endless", "/status", bytes=100, pause_ms=20)
        result, seconds = timed(host.run, "check")
        assert seconds < 30, (seconds, result)


@test
def an_error_without_end_is_cancelled_at_once():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, request_timeout=60)
        fake.fault("endless", "/rest/api/1.0/repos", status=500, bytes=100, pause_ms=20)
        process = subprocess.Popen(host.command("repos", "acme"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not any("/repos" in request["path"] for request in fake.requests()):
            equal(process.poll(), None)
        process.send_signal(signal.SIGINT)
        code, seconds = timed(process.wait, 30)
        assert code == 1 and seconds < 20, (code, seconds)


@test
def a_wrong_password_is_named_and_exit_4():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, password="wrong")
        result = host.run("sync")
        equal(result.code, 4)
        assert "login refused for the account flow-service" in result.err, result
        equal(host.rows("SELECT * FROM repository"), [])


@test
def a_refusal_whose_body_breaks_off_is_not_tried_again():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, password="wrong")
        fake.fault("truncate", "/rest/", bytes=40)
        equal(host.run("sync").code, 4)
        equal(fake.users()["flow-service"]["failures"], 1)


@test
def a_proxy_login_is_in_no_message():
    with FakeBitbucket() as fake, Hosting() as host:
        for proxy in ("http://u:S3cretPw@proxy:abc", "gopher://u:S3cretPw@proxy:1", "http://u:S3cretPw@127.0.0.1:1"):
            host.connection("acme", base_url=fake.url, proxy=proxy)
            for command in (("sync",), ("check",), ("connections",)):
                result = host.run(*command, "--debug")
                assert "S3cretPw" not in result.out + result.err, result


@test
def the_commits_of_a_pull_request_survive_an_answer_that_denies_them():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        every = "SELECT * FROM pull_request_commit ORDER BY pull_request_number, position"
        before = host.rows(every)
        fake.fault("answer", "/pull-requests/[0-9]+/commits", status=404, body='{"errors":[{"context":null,"message":"no",'
                   '"exceptionName":"com.atlassian.bitbucket.repository.NoSuchRepositoryException"}]}')
        host.run("sync")
        equal(host.rows(every), before)


@test
def the_commits_that_a_server_has_forgotten_are_kept():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        late = {row["number"] for row in fake.truth()["pull_request"] if row["repository_id"] == 1 and row["state"] == "OPEN"
                and not row["head_offered"]}
        assert late, "the commits of all open ones are read from Git"
        every = "SELECT * FROM pull_request_commit ORDER BY pull_request_number, position"
        before = host.rows(every)
        fake.fault("answer", "/pull-requests/[0-9]+/commits", status=404, body='{"errors":[{"context":null,"message":"no",'
                   '"exceptionName":"com.atlassian.bitbucket.commit.NoSuchCommitException"}]}')
        result = host.run("sync")
        equal((result.code, result.err), (0, ""))
        assert late & {int(request["path"].split("/")[-2]) for request in fake.requests()
                       if request["status"] == 404 and request["path"].endswith("/commits")}
        equal(host.rows(every), before)


@test
def the_commits_of_a_merge_whose_target_is_told_as_it_is_now_are_kept():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.mutate("push", repository="PLAT/api", branch="topic", files={"a.txt": "a\n"}, user="jdoe")
        opened = fake.mutate("open", repository="PLAT/api", **{"from": "topic"}, title="Topic", user="jdoe")
        number = opened["pull_request"]
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        every = f"SELECT * FROM pull_request_commit WHERE pull_request_number = {number}"
        before = host.rows(every)
        merged = fake.mutate("merge", repository="PLAT/api", pull_request=number, user="admin", strategy="remote")
        listed = fake.get("/projects/PLAT/repos/api/pull-requests?state=ALL&limit=100").json["values"]
        place = [pull["id"] for pull in listed].index(number)
        fake.fault("replace", r"/pull-requests\?", at=f"values[{place}].toRef.latestCommit", value=merged["commit"])
        equal(host.run("sync").code, 0)
        row, = host.rows(f"SELECT state, to_commit, files FROM pull_request WHERE number = {number}")
        equal(row, {"state": "MERGED", "to_commit": merged["commit"], "files": None})
        equal(host.rows(every), before)


@test
def a_mirror_that_was_removed_is_made_anew():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.mutate("push", repository="PLAT/api", branch="gone", files={"a.txt": "a\n"}, user="jdoe")
        opened = fake.mutate("open", repository="PLAT/api", **{"from": "gone"}, title="Gone", user="jdoe")
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        fake.mutate("merge", repository="PLAT/api", pull_request=opened["pull_request"], user="admin",
                    strategy="squash", delete_branch=True)
        shutil.rmtree(os.path.join(host.data, "mirrors"))
        for _ in range(2):
            result = host.run("sync")
            equal((result.code, result.err), (0, ""))
        equal(differences(host, "acme", fake.truth(), {1}, ("pull_request_commit", "git_commit")), [])


@test
def a_captcha_is_named_with_its_remedy():
    with FakeBitbucket("--captcha-after", 1) as fake, Hosting() as host:
        fake.get("/users", password="wrong")
        host.connection("acme", base_url=fake.url)
        result = host.run("sync")
        equal(result.code, 4)
        assert "CAPTCHA" in result.err and "flow-service" in result.err and "Clear CAPTCHA" in result.err, result


@test
def an_anonymous_answer_is_no_listing():
    with FakeBitbucket("--public-access") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("repos", "acme").code, 0)
        before = host.rows("SELECT path FROM repository WHERE listed = 1")
        fake.fault("answer", "/rest/api/1.0/repos", headers={"X-AUSERNAME": None, "X-AUSERID": None},
                   body='{"size":0,"limit":25,"isLastPage":true,"values":[],"start":0}')
        result = host.run("repos", "acme")
        equal(result.code, 4)
        assert "anonymous" in result.err, result
        equal(host.rows("SELECT path FROM repository WHERE listed = 1"), before)


@test
def credentials_do_not_follow_a_redirect_elsewhere():
    with FakeBitbucket() as fake, FakeBitbucket() as other, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("redirect", "/rest/api/1.0/repos", location=other.url + "/rest/api/1.0/repos", status=302)
        result = host.run("repos", "acme")
        equal(result.code, 1)
        assert "redirected" in result.err, result
        equal(other.requests(), [])


@test
def a_redirect_to_where_the_login_may_go_is_followed():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        for status in (301, 302, 303, 307, 308):
            fake.clear()
            fake.fault("redirect", "/rest/api/1.0/repos", count=3, status=status)
            result = host.run("sync")
            equal((status, result.code, result.err), (status, 0, ""))
            equal([request["status"] for request in fake.requests() if request["status"] > 299], [status] * 3)
        assert host.rows("SELECT path FROM repository WHERE listed = 1")


@test
def credentials_do_not_follow_a_redirect_out_of_the_context_path():
    with FakeBitbucket("--context", "/bitbucket") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        for path in ("/rest/%2e%2e/%2E%2E/elsewhere", "/rest/..;/..;/elsewhere", "/rest/..%2f..%2felsewhere",
                     "/rest/..%5c..%5celsewhere", "/rest/..\\..\\elsewhere", "/rest/%252e%252e/elsewhere",
                     "/rest/../../elsewhere", "/../elsewhere"):
            fake.clear()
            fake.fault("redirect", "/rest/api/1.0/repos", location=fake.url + path, status=302)
            result = host.run("repos", "acme")
            equal(result.code, 1)
            assert "redirected" in result.err, (path, result)
            assert not any("elsewhere" in request["path"] for request in fake.requests()), path


if __name__ == "__main__":
    run()
