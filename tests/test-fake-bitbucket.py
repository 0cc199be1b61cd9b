#!/usr/bin/env python3
"""Tests the fake Bitbucket Server itself: what it says must be what real servers say. Prints TAP."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "bitbucket"))
sys.dont_write_bytecode = True

import recordings
from check_truth import hold_against_truth
from client import PROGRAM, FakeBitbucket, basic
from tap import Skip, equal, run, test

SHARED = os.environ.get("SHARED_DIR", os.path.join(HERE, "..", "..", "shared"))
VERSIONS = tuple(recordings.SERVERS.values())
API = "/projects/PLAT/repos/api"
READER = {"user": "reader", "password": "reader"}
WRONG = {"user": "kenji", "password": "wrong"}


# Every one that is documented, and one that is not.
ACTIONS = {"OPENED", "UPDATED", "RESCOPED", "COMMENTED", "APPROVED", "UNAPPROVED", "REVIEWED", "MERGED", "DECLINED",
           "REOPENED", "DELETED"}
AUTO_MERGE = {"AUTO_MERGE_REQUESTED", "AUTO_MERGE_CANCELLED"}
REVIEWS = {"REVIEW_COMMENTED", "REVIEW_DISCARDED", "REVIEW_FINISHED", "TELEPORTED"}


def exception_of(reply):
    return reply.json["errors"][0]["exceptionName"].rsplit(".", 1)[1]


FLOW = basic("flow-service", "s3cret pass:wörd")


@test
def starts_and_leaves_nothing_behind():
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, TMPDIR=folder)
        process = subprocess.Popen([sys.executable, PROGRAM, "--context", "/a/b"], env=environment,
                                   stdout=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:") and line.endswith("/a/b\n"), line
        equal(len(os.listdir(folder)), 1)
        process.send_signal(signal.SIGTERM)
        equal(process.stdout.read(), "")
        equal(process.wait(), 0)
        equal(os.listdir(folder), [])


@test
def ends_with_its_parent():
    parent = subprocess.Popen(["sleep", "600"])
    with subprocess.Popen([sys.executable, PROGRAM, "--world", "listing", "--parent-pid", str(parent.pid)],
                          stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        parent.kill()
        parent.wait()
        equal(process.wait(20), 0)


@test
def names_who_is_logged_in():
    with FakeBitbucket() as fake:
        reply = fake.get("/users?limit=1", user="üser@example.com", password="pässwörd€")
        equal((reply.status, reply.headers["X-AUSERNAME"]), (200, "%C3%BCser%40example.com"))
        assert reply.headers["X-AUSERID"].isdigit()
        reply = fake.get("/users", **WRONG)
        equal((reply.status, exception_of(reply)), (401, "IncorrectPasswordAuthenticationException"))
        assert reply.headers["X-AUSERNAME"] is None and reply.headers["WWW-Authenticate"]
        equal(fake.get("/application-properties", user=None).status, 200)
        equal(fake.get("/application-properties", **WRONG).status, 401)
        equal([r["login"] for r in fake.requests()], ["authenticated", "failed", "anonymous", "failed"])
        equal(fake.users()["kenji"]["failures"], 2)


@test
def asks_for_a_captcha_after_five_failures():
    with FakeBitbucket() as fake:
        remote = f"{fake.url}/scm/plat/api.git"
        for _ in range(4):
            fake.get("/users", **WRONG)
        equal(fake.get("/users", user="kenji", password="kenji").status, 200)
        for _ in range(4):
            equal(exception_of(fake.get("/users", **WRONG)), "IncorrectPasswordAuthenticationException")
        fake.git("ls-remote", remote, credentials=basic("kenji", "wrong"))
        reply = fake.get("/users", user="kenji", password="kenji")
        equal((reply.status, exception_of(reply)), (401, "CaptchaRequiredAuthenticationException"))
        assert reply.headers["X-AUSERNAME"] is None
        done = fake.git("ls-remote", remote, credentials=basic("kenji", "kenji"))
        assert "remote error: CAPTCHA required" in done.stderr, done.stderr
        fake.user("kenji", clear_captcha=True)
        equal(fake.get("/users", user="kenji", password="kenji").status, 200)
        fake.token("old", user="mira", expired=True)
        for _ in range(5):
            fake.get("/users", token="old")
        assert fake.users()["mira"]["captcha"]
        equal(fake.get("/admin/users/captcha?name=mira", method="DELETE").status, 204)
        assert not fake.users()["mira"]["captcha"]


@test
def tells_who_are_you_from_you_may_not():
    with FakeBitbucket() as fake:
        anonymous, forbidden = fake.get("/projects", user=None), fake.get("/projects/SECRET", **READER)
        for reply in anonymous, forbidden, fake.get("/projects/SECRET/repos/vault/pull-requests", **READER):
            equal((reply.status, exception_of(reply)), (401, "AuthorisationException"))
        equal((anonymous.headers["X-AUSERNAME"], forbidden.headers["X-AUSERNAME"]), (None, "reader"))
        equal(fake.get("/admin/permissions/users", **READER).status, 401)
        equal(fake.get("/admin/permissions/users").status, 200)
        assert "SECRET" not in [p["key"] for p in fake.values("/projects", **READER)]
        assert "SECRET" in [p["key"] for p in fake.values("/projects")]
        equal(exception_of(fake.get("/projects/NOPE")), "NoSuchProjectException")
        equal(exception_of(fake.get("/projects/PLAT/repos/nope")), "NoSuchRepositoryException")
        equal(fake.get("/nothing").headers["Content-Type"].split(";")[0], "text/html")


@test
def accepts_tokens_but_not_for_administration():
    with FakeBitbucket() as fake:
        fake.token("mine", user="admin")
        fake.token("plat", kind="project", project="PLAT")
        fake.token("docs", kind="repository", repository="PLAT/docs")
        equal(fake.get("/users", token="mine").headers["X-AUSERNAME"], "admin")
        equal(fake.get("/users", user="admin", password="mine").status, 200)
        equal(fake.get("/users", user="kenji", password="mine").status, 401)
        equal(fake.get("/admin/permissions/users", token="mine").status, 401)
        equal(fake.send("GET", f"{fake.url}/projects", {"Authorization": "Bearer mine"}).status, 404)
        equal([u["name"] for u in fake.get("/users?permission=ADMIN&filter=flow", token="mine").json["values"]],
              ["flow-service"])
        equal({r["project"]["key"] for r in fake.values("/repos", token="plat")}, {"PLAT"})
        equal([r["slug"] for r in fake.values("/repos", token="docs")], ["docs"])
        done = fake.git("ls-remote", f"{fake.url}/scm/plat/docs.git", credentials="Bearer docs")
        assert "refs/heads/main" in done.stdout, done.stderr
    with FakeBitbucket("--bitbucket-version", "8.19.12") as fake:
        fake.token("mine", user="mira")
        equal(fake.send("GET", f"{fake.url}/projects", {"Authorization": "Bearer mine"}).status, 401)
        equal(fake.users()["mira"]["failures"], 1)


@test
def can_be_a_server_behind_odd_settings():
    with FakeBitbucket("--no-ausername", "--public-access", "--open-properties") as fake:
        equal(fake.get("/users").headers["X-AUSERNAME"], None)
        equal([r["slug"] for r in fake.get("/repos", user=None).json["values"]], ["docs"])
        equal(fake.get("/users", user=None).status, 401)
        equal(fake.get("/application-properties", **WRONG).status, 200)
        equal(fake.users()["kenji"]["failures"], 0)
    with FakeBitbucket("--basic-disabled", "--iso-dates") as fake:
        equal(fake.get("/users").status, 403)
        fake.token("mine", user="admin")
        pull = fake.get(f"{API}/pull-requests/1", token="mine").json
        assert pull["createdDate"].startswith("2025-01-") and pull["createdDate"].endswith("Z"), pull["createdDate"]


def listings(fake):
    numbers = {p["title"]: p["id"] for p in fake.values(f"{API}/pull-requests?state=ALL")}
    return ("/projects", "/repos?archived=ALL", "/projects/PLAT/repos", "/users", f"{API}/branches", f"{API}/tags",
            f"{API}/commits?until=main", f"{API}/pull-requests?state=ALL",
            f"{API}/pull-requests/{numbers['One step after the other']}/commits",
            f"{API}/pull-requests/{numbers['Rate limiter']}/activities")


def identity(value):
    return value.get("id", value.get("key"))


@test
def is_the_same_each_time():
    with FakeBitbucket() as one, FakeBitbucket() as other:
        equal(one.truth(), other.truth())


@test
def speaks_tls():
    if not shutil.which("openssl"):
        raise Skip("no openssl program")
    with tempfile.TemporaryDirectory() as folder:
        cert, key = os.path.join(folder, "cert"), os.path.join(folder, "key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", cert], check=True, stderr=subprocess.DEVNULL)
        with FakeBitbucket("--tls-cert", cert, "--tls-key", key) as fake:
            assert fake.url.startswith("https://"), fake.url
            assert fake.get("/projects/PLAT").json["links"]["self"][0]["href"].startswith(fake.url)
            equal(fake.git("ls-remote", f"{fake.url}/scm/plat/api.git", credentials=FLOW).returncode, 0)


@test
def pages_hold_everything_once():
    with FakeBitbucket() as whole, FakeBitbucket("--page-cap", 10) as capped, FakeBitbucket(
            "--page-cap", 4, "--gaps", "--null-next") as sparse:
        for path in listings(whole):
            wanted = [identity(v) for v in whole.values(path)]
            pages = list(sparse.pages(path))
            equal([identity(v) for v in capped.values(path)], wanted)
            equal([identity(v) for page in pages for v in page["values"]], wanted)
            assert any(not page["values"] for page in pages[:-1]), f"no empty page of {path}"
            assert any(page["nextPageStart"] > page["start"] + page["size"] for page in pages[:-1]), path
            equal(pages[-1]["nextPageStart"], None)
            equal({page["limit"] for page in pages}, {4})
        for path in listings(whole)[4:]:
            assert len(list(capped.pages(path))) > 2, f"{path} has too few pages"


@test
def limits_are_lowered_silently():
    for version, cap in (("5.16.0", 100), ("8.19.2", 1000)):
        with FakeBitbucket("--bitbucket-version", version) as fake:
            equal(fake.get(f"{API}/pull-requests?limit=2000").json["limit"], cap)
            equal(fake.get(f"{API}/pull-requests/1/activities?limit=1000").json["limit"], 500)
            page = fake.get(f"{API}/pull-requests/1/commits?limit=1000").json
            equal((list(page)[0], page["nextPageStart"]), ("values", None))
            assert "nextPageStart" not in fake.get("/projects").json
            equal(fake.get("/projects").json["limit"], 25)


@test
def serves_git():
    with FakeBitbucket("--context", "/bitbucket") as fake, tempfile.TemporaryDirectory() as folder:
        truth = fake.truth()
        for repository in truth["repository"]:
            path = os.path.join(folder, str(repository["id"]))
            remote = f"{fake.url}/scm/{repository['path']}.git"
            done = fake.git("clone", "-q", "--mirror", remote, path, credentials=FLOW)
            equal((done.returncode, repository["path"]), (0, repository["path"]))
            equal(fake.git("-C", path, "fsck", "--strict").returncode, 0)
            listed = fake.git("-C", path, "rev-list", "--branches", "--tags").stdout.split()
            equal(set(listed), {c["sha"] for c in truth["git_commit"] if c["repository_id"] == repository["id"]})
        done = fake.git("ls-remote", f"{fake.url}/scm/plat/nope.git", credentials=FLOW)
        assert "remote error: Repository not found" in done.stderr, done.stderr
        done = fake.git("ls-remote", f"{fake.url}/scm/secret/vault.git", credentials=basic("reader", "reader"))
        assert "remote error: Repository not found" in done.stderr, done.stderr
        assert fake.git("ls-remote", f"{fake.url}/scm/plat/api.git").returncode
        equal(fake.requests()[-1]["login"], "anonymous")


@test
def makes_heads_of_pull_requests_when_their_changes_are_looked_at():
    for version, lazy in (("6.10.0", False), ("7.21.0", True)):
        with FakeBitbucket("--bitbucket-version", version) as fake:
            pull = next(p for p in fake.values(f"{API}/pull-requests?state=ALL") if p["title"] == "Fix a typo")
            head, at = f"refs/pull-requests/{pull['id']}/from", f"{API}/pull-requests/{pull['id']}"

            def offered():
                listed = fake.git("ls-remote", f"{fake.url}/scm/plat/api.git", credentials=FLOW).stdout
                return dict(line.split()[::-1] for line in listed.splitlines()).get(head)
            tip = pull["fromRef"]["latestCommit"]
            equal(offered(), None if lazy else tip)
            equal([(row["path"]["toString"], row["type"]) for row in fake.values(f"{at}/changes")],
                  [("README.md", "MODIFY")])
            equal(offered(), tip)
            moved = fake.mutate("push", repository="~jdoe/api", branch="fix/typo", files={"a.txt": "a\n"})["commit"]
            equal(offered(), tip if lazy else moved)
            equal(fake.get(f"{at}/diff").json["diffs"][1]["source"], None)
            equal(offered(), moved)
            sizes = {row["number"]: row["head_offered"] for row in fake.truth()["pull_request"]
                     if row["repository_id"] == 1}
            equal((all(sizes.values()), sizes[pull["id"]]), (not lazy, True))


@test
def refuses_one_repository():
    with FakeBitbucket() as fake:
        docs, git = "/projects/PLAT/repos/docs", f"{fake.url}/scm/plat/docs.git"
        for listed in False, True:
            fake.mutate("refuse", repository="PLAT/docs", users=["flow-service"], listed=listed)
            reply = fake.get(f"{docs}/pull-requests")
            equal((reply.status, exception_of(reply), reply.headers["X-AUSERNAME"]),
                  (401, "AuthorisationException", "flow-service"))
            equal("docs" in [r["slug"] for r in fake.values("/repos")], listed)
            assert "Repository not found" in fake.git("ls-remote", git, credentials=FLOW).stderr
            equal(fake.get(docs, user="kenji", password="kenji").status, 200)
        fake.mutate("refuse", repository="PLAT/docs", users=[])
        equal((fake.get(docs).status, fake.git("ls-remote", git, credentials=FLOW).returncode), (200, 0))


@test
def sends_text_that_is_hard_to_read():
    with FakeBitbucket() as fake:
        here = {"repository": "PLAT/docs", "pull_request": 1}
        fake.mutate("comment", **here, text="nul \0 lone \ud800 mark")
        fake.fault("bytes", "/activities", count=1, find="mark", put="ff fe c3")
        bodies = [fake.get("/projects/PLAT/repos/docs/pull-requests/1/activities").body for _ in range(2)]
        assert b"nul \\u0000 lone \\ud800 \xff\xfe\xc3" in bodies[0], bodies[0]
        assert b"lone \\ud800 mark" in bodies[1], bodies[1]


@test
def hides_archived_repositories_since_8():
    for version, hidden in (("7.21.0", 0), ("8.19.2", 2)):
        with FakeBitbucket("--bitbucket-version", version) as fake:
            total = len(fake.truth()["repository"])
            equal(len(fake.values("/repos")), total - hidden)
            equal(len(fake.values("/repos?archived=ALL")), total)
            equal(len(fake.values("/repos?archived=ARCHIVED")), hidden or total)
            equal(len(fake.values("/projects/PLAT/repos")), 6)
            equal("archived" in fake.get(API).json, bool(hidden))
            equal({r["project"]["type"] for r in fake.values("/repos")}, {"NORMAL", "PERSONAL"})
            equal({p["type"] for p in fake.values("/projects")}, {"NORMAL"})
            equal(fake.get("/projects/~jDoe/repos/API").json["project"]["key"], "~JDOE")


@test
def remembers_where_repositories_were():
    with FakeBitbucket("--context", "/bitbucket") as fake:
        number = fake.get("/projects/plat/repos/WEB").json["id"]
        equal(fake.mutate("rename_repository", repository="PLAT/web", name="Web Site")["slug"], "web-site")
        fake.mutate("move_repository", repository="PLAT/web-site", project="MOB")
        reply = fake.get("/projects/PLAT/repos/web/branches?limit=3")
        equal((reply.status, reply.headers["Location"]),
              (301, f"{fake.url}/rest/api/1.0/projects/MOB/repos/web-site/branches?limit=3"))
        equal(fake.get("/projects/MOB/repos/web-site").json["id"], number)
        equal(fake.git("ls-remote", f"{fake.url}/scm/plat/web.git", credentials=FLOW).returncode, 0)
        made = fake.mutate("create_repository", project="PLAT", name="web", files={"a.txt": "a\n"})
        equal(fake.get("/projects/PLAT/repos/web").json["id"], made["id"])
        fake.mutate("delete_repository", repository="MOB/web-site")
        equal(exception_of(fake.get("/projects/MOB/repos/web-site")), "NoSuchRepositoryException")


@test
def every_version_tells_the_truth():
    for version in VERSIONS:
        with FakeBitbucket("--bitbucket-version", version) as fake:
            actions = {row["action"] for row in hold_against_truth(fake)["activity"]}
            major = int(version.split(".", maxsplit=1)[0])
            wanted = ACTIONS | (AUTO_MERGE if major >= 8 else set()) | (REVIEWS if major >= 9 else set())
            equal(actions, wanted)
            equal(any(p.get("draft") for p in fake.values(f"{API}/pull-requests")), major >= 8)


@test
def changes_move_what_they_move_on_the_real_server():
    with FakeBitbucket() as fake:
        made = fake.mutate("push", repository="PLAT/docs", branch="new", files={"new.txt": "1\n"}, user="jdoe")
        number = fake.mutate("open", repository="PLAT/docs", title="New", user="jdoe", reviewers=["mira"],
                             **{"from": "new"})["pull_request"]
        here = {"repository": "PLAT/docs", "pull_request": number}
        path = f"/projects/PLAT/repos/docs/pull-requests/{number}"
        equal(fake.get(path).json["fromRef"]["latestCommit"], made["commit"])

        def moved(op, **settings):
            before = fake.get(path).json
            done = fake.mutate(op, **here, **settings)
            after = fake.get(path).json
            return done, (after["updatedDate"] != before["updatedDate"], after["version"] - before["version"])
        root, change = moved("comment", user="mira", text="Hm", path="new.txt", line=1)
        equal(change, (False, 0))
        equal(moved("reply", comment=root["comment"], text="Yes?", severity="BLOCKER")[1], (False, 0))
        equal(moved("edit_comment", comment=root["comment"], text="Hm!")[1], (False, 0))
        for op in ("approve", "unapprove", "needs_work"):
            equal(moved(op, user="mira")[1], (False, 0))
        equal(moved("update", title="Newer", add_reviewers=["kenji"])[1], (True, 1))
        fake.mutate("push", repository="PLAT/docs", branch="new", force=True, files={"other.txt": "2\n"})
        equal(moved("decline")[1], (True, 1))
        equal(moved("reopen")[1], (True, 1))
        equal(moved("merge", user="mira")[1], (True, 2))
        throwaway = fake.mutate("comment", **here, text="Oops")["comment"]
        fake.mutate("delete_comment", **here, comment=throwaway)
        rescoped = [r for r in hold_against_truth(fake)["activity"] if r["action"] == "RESCOPED"][-1]
        equal((len(rescoped["added"]), rescoped["removed"]), (1, [made["commit"]]))


@test
def faults_do_what_they_say():
    with FakeBitbucket() as fake:
        fake.fault("rate_limit", "/repos", count=1, retry_after=7)
        reply = fake.get("/repos")
        equal((reply.status, reply.headers["Retry-After"]), (429, "7"))
        equal(fake.get("/repos").status, 200)
        fake.fault("replace", "/repos", count=1, at="values[0].id", value="odd")
        equal(fake.get("/repos").json["values"][0]["id"], "odd")
        fake.fault("remove", "/users", skip=1, count=1, at="values[0].emailAddress")
        equal(["emailAddress" in fake.get("/users").json["values"][0] for _ in range(3)], [True, False, True])
        fake.fault("redirect", "/users", count=1, location="http://127.0.0.1:1/login")
        equal(fake.get("/users").status, 302)
        fake.fault("html", "/users", count=1)
        assert b"<html" in fake.get("/users").body
        fake.fault("answer", "/users", count=1, status=503, headers={"Retry-After": 1}, body="busy")
        equal(fake.get("/users").body, b"busy")
        fake.fault("slow", "/users", count=1, bytes=400, pause_ms=1)
        equal(fake.get("/users").status, 200)
        for kind in ("close", "truncate"):
            fake.fault(kind, "/users", count=1, bytes=30)
            try:
                fake.get("/users")
                raise AssertionError(f"{kind} gave an answer")
            except OSError:
                pass
            except Exception as error:
                equal(type(error).__name__, "IncompleteRead")


@test
def requests_are_limited_for_each_user():
    with FakeBitbucket("--rate-limit", "3", "1") as fake:
        equal(fake.get("/admin/rate-limit/settings", user="reader", password="reader").json,
              {"enabled": True, "defaultSettings": {"capacity": 3, "fillRate": 1}})
        fake.rate_limit(3, 0.001)  # no machine is so busy that one more may go
        equal([fake.get("/repos").status for _ in range(4)], [200, 200, 200, 429])
        reply = fake.get("/repos")
        equal((reply.status, 900 < int(reply.headers["Retry-After"]) <= 1000), (429, True))
        equal(fake.get("/repos", user="reader", password="reader").status, 200)
        fake.rate_limit(0, 0, user="flow-service")
        equal({fake.get("/repos").status for _ in range(9)}, {200})
        equal(fake.get("/admin/rate-limit/settings/users/flow-service").json["whitelisted"], True)
        fake.rate_limit(50, 1000, user="flow-service")
        equal(fake.get("/admin/rate-limit/settings/users/flow-service").json["settings"], {"capacity": 50, "fillRate": 1000})
        equal(fake.get("/admin/rate-limit/settings/users/admin").status, 404)
        fake.rate_limit(0, 0)
        equal(fake.get("/admin/rate-limit/settings").json["enabled"], False)


@test
def stalls_until_told_otherwise_and_counts_who_waits():
    with FakeBitbucket() as fake, ThreadPoolExecutor(3) as pool:
        fake.fault("stall", "/users")
        waiting = [pool.submit(fake.get, "/users") for _ in range(3)]
        while [r["status"] for r in fake.requests()] != [200] * 3:
            pass
        equal([r["in_flight"] for r in fake.requests()], [1, 2, 3])
        fake.clear()
        for one in waiting:
            assert isinstance(one.exception(), OSError), one.exception()
        equal(fake.get("/users").status, 200)


@test
def status_follows_the_state():
    with FakeBitbucket() as fake:
        for state, code, rest in (("STARTING", 503, 503), ("MAINTENANCE", 200, 503), ("ERROR", 500, 503),
                                  ("RUNNING", 200, 200)):
            fake.state(state)
            reply = fake.send("GET", f"{fake.url}/status")
            equal((reply.status, reply.json["state"], fake.get("/users").status), (code, state, rest))


@test
def lists_many_repositories():
    with FakeBitbucket("--world", "listing", "--repositories", 10100, "--organizations", 7) as fake:
        equal(len({r["id"] for r in fake.values("/repos?limit=1000")}), 10100)
        equal(len(fake.requests()), 11)
        equal(len(fake.values("/projects/ORG1/repos?limit=1000")), 5050)


def answers_of_every_version():
    if not os.path.isdir(os.path.join(SHARED, "recordings")):
        raise Skip("no recordings here")
    return recordings.gather_all()


@test
def has_every_member_that_real_servers_sent():
    ours = answers_of_every_version()
    equal(recordings.unknown_recordings(SHARED), [])
    lacking = [f"{name}: {lack}" for name in recordings.HELD
               for lack in recordings.missing_members(SHARED, name, ours)]
    equal(lacking, [])


@test
def has_no_member_that_nobody_knows():
    ours = answers_of_every_version()
    for major in recordings.OPENAPI:
        document = recordings.OpenApi(SHARED, major)
        for kind, path in recordings.DOCUMENTED.items():
            schema = document.element_schema(path)
            equal(sorted({name for one in ours[major][kind] for name in document.unknown(one, schema, kind)}), [])


if __name__ == "__main__":
    run()
