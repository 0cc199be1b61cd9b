#!/usr/bin/env python3
"""The main job on real input: list and import, then hold every row against the truth. Prints TAP."""

import os
import signal
import subprocess

from hosting import Hosting
from truth_tables import differences

from client import FakeBitbucket
from tap import equal, run, test

VERSIONS = ("5.16.0", "6.10.0", "7.21.0", "8.19.2", "9.4.0", "10.0.0",
            "12.1.0")  # nobody has seen that one


def import_all(fake, host, **settings):
    host.connection("acme", base_url=fake.url, **settings)
    result = host.run("import", "acme", "--all")
    equal((result.code, result.err), (0, ""))
    return result


def before_tasks_were_comments(truth):
    """Up to 6.x a task is no comment: it has no comment's number, and tells not who resolved it."""
    for row in truth["activity"]:
        if row["severity"] == "BLOCKER":
            row.update(comment_id=None, comment_version=0, comment_updated_at=None, resolved_at=None, resolver_id=None)
    return truth


def check_version(version):
    with FakeBitbucket("--bitbucket-version", version, "--context", "/bitbucket") as fake, Hosting() as host:
        import_all(fake, host)
        truth = before_tasks_were_comments(fake.truth()) if int(version.split(".")[0]) < 7 else fake.truth()
        equal(differences(host, "acme", truth), [])
        result = host.run("sync")
        equal((result.code, result.err), (0, ""))
        equal(differences(host, "acme", truth), [])


for _version in VERSIONS:
    def check(version=_version):
        check_version(version)
    check.__name__ = f"every_row_equals_the_truth_of_{_version}"
    test(check)


@test
def small_pages_with_gaps_iso_dates_and_null_ends():
    with FakeBitbucket("--page-cap", "10", "--gaps", "--iso-dates", "--null-next", "--context", "/a/b-c") as fake, \
            Hosting() as host:
        import_all(fake, host)
        equal(differences(host, "acme", fake.truth()), [])


@test
def links_that_name_another_host_are_not_followed():
    with FakeBitbucket("--links-base", "http://private.invalid") as fake, Hosting() as host:
        import_all(fake, host)
        equal(differences(host, "acme", fake.truth()), [])


@test
def without_x_ausername_the_users_listing_is_the_proof():
    with FakeBitbucket("--no-ausername") as fake, Hosting() as host:
        import_all(fake, host)
        equal(differences(host, "acme", fake.truth()), [])
        listed = [request["path"] for request in fake.requests() if "/rest/" in request["path"]]
        assert listed[0].endswith("/users"), listed[0]


@test
def changes_arrive_with_the_next_sync():
    with FakeBitbucket() as fake, Hosting() as host:
        import_all(fake, host)
        fake.mutate("push", repository="PLAT/api", branch="feature/new", files={"a.txt": "a\n"}, user="jdoe")
        opened = fake.mutate("open", repository="PLAT/api", **{"from": "feature/new"}, title="One more", user="jdoe")
        where = {"repository": "PLAT/api", "pull_request": opened["pull_request"]}
        comment = fake.mutate("comment", **where, text="Why?", user="admin")["comment"]
        fake.mutate("reply", **where, comment=comment, text="Because.")
        fake.mutate("approve", **where, user="admin")
        fake.mutate("push", repository="PLAT/api", branch="feature/new", files={"new.txt": "new\n"})
        equal(host.run("sync").code, 0)
        equal(differences(host, "acme", fake.truth()), [])
        fake.mutate("merge", **where, user="admin", delete_branch=True)
        fake.mutate("rename_repository", repository="PLAT/web", name="website")
        equal(host.run("sync").code, 0)
        equal(differences(host, "acme", fake.truth()), [])


@test
def heads_that_git_gets_late_or_never_cost_no_pull_request():
    with FakeBitbucket() as fake, Hosting() as host:
        import_all(fake, host)
        pulls = [row for row in fake.truth()["pull_request"] if not row["head_offered"]]
        assert pulls, "every head is offered"
        for pull in pulls:
            where = pull["repository_id"], pull["number"]
            told = host.rows("SELECT (SELECT count(*) FROM pull_request_commit c WHERE c.repository_id = p.repository_id"
                             " AND c.pull_request_number = p.number) AS commits, files FROM pull_request p"
                             " WHERE repository_id = ? AND number = ?", *where)
            assert told[0]["commits"] > 0 and told[0]["files"] is None, (where, told)
        looked_at = next(row for row in pulls if row["state"] == "OPEN")
        fake.get(f"/projects/PLAT/repos/api/pull-requests/{looked_at['number']}/changes")
        equal(host.run("sync").code, 0)
        equal(differences(host, "acme", fake.truth()), [])
        told = host.rows("SELECT files FROM pull_request WHERE repository_id = ? AND number = ?",
                         looked_at["repository_id"], looked_at["number"])
        equal(told, [{"files": looked_at["files"]}])


@test
def one_forbidden_repository_costs_itself_alone():
    for listed in False, True:
        with FakeBitbucket() as fake, Hosting() as host:
            import_all(fake, host)
            number = next(row["id"] for row in fake.truth()["repository"] if row["path"] == "MOB/ios")
            before = host.rows("SELECT * FROM activity WHERE repository_id = ?", number)
            fake.mutate("refuse", repository="MOB/ios", users=["flow-service"], listed=listed)
            fake.mutate("comment", repository="PLAT/docs", pull_request=2, text="Meanwhile")
            result = host.run("sync")
            equal(result.code, 3)
            equal(fake.users()["flow-service"]["failures"], 0)
            equal(host.rows("SELECT * FROM activity WHERE repository_id = ?", number), before)
            others = {row["id"] for row in fake.truth()["repository"]} - {number}
            equal(differences(host, "acme", fake.truth(), others, ("git_commit", "pull_request", "activity")), [])
            if not listed:
                equal(host.rows("SELECT state FROM repository WHERE id = ?", number), [{"state": "FORBIDDEN"}])
            fake.mutate("refuse", repository="MOB/ios", users=[])
            equal(host.run("sync").code, 0)
            equal(differences(host, "acme", fake.truth()), [])


@test
def people_of_whom_nothing_is_told_cost_no_record():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.fault("remove", "/docs/pull-requests/2/activities", at="values[0].user")
        fake.fault("replace", "/docs/pull-requests/2/activities", at="values[1].comment.author", value=None)
        fake.fault("remove", "/docs/pull-requests.state", at="values[2].author.user")
        host.connection("acme", base_url=fake.url)
        result = host.run("import", "acme", "PLAT/docs")
        equal((result.code, result.err), (0, ""))
        equal(host.rows("SELECT action FROM activity WHERE actor_id IS NULL"), [{"action": "APPROVED"}])
        equal(len(host.rows("SELECT 1 FROM pull_request")), 4)
        equal(len(host.rows("SELECT 1 FROM pull_request WHERE author_id IS NULL")), 1)


@test
def commits_that_nothing_reaches_any_more_are_kept_and_marked():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.mutate("push", repository="PLAT/web", branch="topic", files={"a.txt": "a\n"})
        import_all(fake, host)
        lost = fake.mutate("push", repository="PLAT/web", branch="topic", files={"b.txt": "b\n"})["commit"]
        equal(host.run("sync").code, 0)
        fake.mutate("push", repository="PLAT/web", branch="topic", files={"c.txt": "c\n"}, force=True)
        equal(host.run("sync").code, 0)
        equal(differences(host, "acme", fake.truth()), [])
        equal(host.rows("SELECT reachable FROM git_commit WHERE sha = ?", lost), [{"reachable": 0}])


@test
def what_the_file_asks_for_is_imported_and_the_rest_is_not():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={
            "repositories": "SECRET/vault\n  ~jdoe/notes", "auto_import": "PLAT MOB", "exclude": "*/legacy-* */ios"})
        equal(host.run("sync").code, 0)
        imported = {row["path"] for row in host.rows("SELECT path FROM repository WHERE imported = 1")}
        equal(imported, {"SECRET/vault", "~JDOE/notes", "PLAT/api", "PLAT/build-tools-50-off", "PLAT/docs",
                         "PLAT/empty", "PLAT/web", "MOB/android", "MOB/shared.ui_kit"})
        fake.mutate("create_repository", project="MOB", name="Future", files={"a": "b\n"})
        equal(host.run("sync").code, 0)
        equal(host.rows("SELECT imported FROM repository WHERE path = 'MOB/future'"), [{"imported": 1}])


@test
def a_mirror_and_a_run_hold_no_secret():
    with FakeBitbucket() as fake, Hosting() as host:
        import_all(fake, host)
        for folder, _, files in os.walk(host.data):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    content = file.read()
                assert "s3cret pass".encode() not in content, name
                assert b"Authorization" not in content, name


@test
def an_import_stops_soon_after_sigterm_and_goes_on_later():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("stall", "/PLAT/repos/api/pull-requests/12/activities")
        process = subprocess.Popen(host.command("import", "acme", "PLAT/api"), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while not any("/pull-requests/12/activities" in request["path"] for request in fake.requests()):
            equal(process.poll(), None)
        process.send_signal(signal.SIGTERM)
        equal(process.wait(30), 1)
        stored = {row["number"] for row in host.rows("SELECT number FROM pull_request WHERE state != 'OPEN'")}
        assert stored, "nothing was stored before the stop"
        fake.clear()
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        asked = {int(request["path"].split("/")[-2]) for request in fake.requests()
                 if request["path"].endswith("/activities")}
        equal(stored & asked, set())
        truth = fake.truth()
        repository = next(row["id"] for row in truth["repository"] if row["path"] == "PLAT/api")
        equal(differences(host, "acme", truth, {repository}), [])


if __name__ == "__main__":
    run()
