#!/usr/bin/env python3
"""What changed since the last import arrives with the next, at the least cost. Prints TAP."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess

from hosting import Hosting
from syncing import API, TABLES, asked, check, import_one, numbers_read, repository_id, sync
from truth_tables import differences

from client import FakeBitbucket
from tap import equal, run, test


def content(host):
    """Every row that an import writes, but for the journal, and the row that is written to see whether a refused login
    could be kept."""
    skip = ("job", "sync_run", "connection", "schema_version", "login_account")
    tables = [row["name"] for row in host.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: host.rows(f"SELECT * FROM {table}") for table in tables if table not in skip}


def guard_against_writing(host):
    """From here on any change of a row, but for the journal, fails."""
    with sqlite3.connect(host.store) as database:
        for table in content(host):
            for verb in ("INSERT", "UPDATE", "DELETE"):
                database.execute(f"CREATE TRIGGER quiet_{verb}_{table} AFTER {verb} ON {table}"
                                 f" BEGIN SELECT RAISE(ABORT, '{verb} of {table}'); END")
    database.close()


@test
def a_second_sync_of_an_unchanged_repository_asks_once_and_writes_nothing():
    with FakeBitbucket("--history", "250") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long")
        check(fake, host, "HIST/long")
        guard_against_writing(host)
        fake.clear()
        sync(host)
        equal(len(asked(fake, "/pull-requests")), 1)
        equal(numbers_read(fake), [])


@test
def open_pull_requests_are_read_again_and_nothing_is_written():
    with FakeBitbucket() as fake, Hosting() as host:
        import_one(fake, host, reread_closed_days=0)
        guard_against_writing(host)
        fake.clear()
        sync(host)
        opened = {row["number"] for row in host.rows("SELECT number FROM pull_request WHERE state = 'OPEN'")}
        equal((len(asked(fake, "/pull-requests")), set(numbers_read(fake))), (1, opened))


@test
def closed_pull_requests_are_read_again_for_some_days():
    with FakeBitbucket("--history", "4") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long")
        where = {"repository": "HIST/long"}
        fake.mutate("push", **where, branch="late", files={"late.txt": "x\n"})
        number = fake.mutate("open", **where, **{"from": "late"}, title="Late")["pull_request"]
        fake.mutate("merge", **where, pull_request=number, user="admin")
        comment = fake.mutate("comment", **where, pull_request=number, text="After the fact.")["comment"]
        sync(host)
        fake.clear()
        fake.mutate("edit_comment", **where, pull_request=number, comment=comment, text="Edited, without a trace.")
        sync(host)
        equal(numbers_read(fake), [number])
        check(fake, host, "HIST/long")


def changes(fake):
    """Each thing that can happen to a pull request, one after the other."""
    where = API | {"pull_request": fake.mutate("open", **API, **{"from": "feature/rate-limit"}, title="One more",
                                               reviewers=["admin"])["pull_request"]}
    yield "opened"
    comment = fake.mutate("comment", **where, text="Why?", user="admin")["comment"]
    yield "commented"
    reply = fake.mutate("reply", **where, comment=comment, text="Because.")["comment"]
    yield "replied"
    fake.mutate("edit_comment", **where, comment=reply, text="Because of that.")
    yield "edited"
    fake.mutate("delete_comment", **where, comment=reply)
    yield "comment deleted"
    for operation in ("approve", "unapprove", "needs_work"):
        fake.mutate(operation, **where, user="admin")
        yield operation
    task = fake.mutate("comment", **where, text="Do it.", severity="BLOCKER")["comment"]
    yield "task"
    fake.mutate("set_comment_state", **where, comment=task, state="RESOLVED")
    yield "task resolved"
    fake.mutate("update", **where, title="Another title", add_reviewers=["mira"])
    yield "title and reviewers"
    for draft in True, False:
        fake.mutate("update", **where, draft=draft)
        yield f"draft: {draft}"
    fake.mutate("push", **API, branch="feature/rate-limit", files={"more.txt": "more\n"})
    yield "pushed"
    fake.mutate("decline", **where)
    yield "declined"
    fake.mutate("reopen", **where)
    yield "reopened"
    fake.mutate("add_activity", **where, action="AUTO_MERGE_REQUESTED")
    fake.mutate("add_activity", **where, action="SOMETHING_NEW", extra={"comment": "no comment"})
    yield "new actions"
    fake.mutate("merge", **where, user="admin", strategy="squash", delete_branch=True)
    yield "merged"
    fake.mutate("delete_pull_request", **where)
    yield "deleted"


@test
def every_change_is_seen_by_the_next_sync():
    with FakeBitbucket() as fake, Hosting() as host:
        branches = {row["name"] for row in fake.truth()["git_ref"] if row["repository_id"] == repository_id(fake)}
        if "refs/heads/feature/rate-limit" not in branches:
            fake.mutate("push", **API, branch="feature/rate-limit", files={"a.txt": "a\n"})
        import_one(fake, host)
        for change in changes(fake):
            sync(host)
            told = differences(host, "acme", fake.truth(), {repository_id(fake)}, tables=TABLES)
            equal((change, told), (change, []))


@test
def an_unknown_action_keeps_its_name_and_json():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.mutate("add_activity", **API, pull_request=1, action="SOMETHING_NEW", extra={"odd": [1, None]})
        import_one(fake, host)
        row, = host.rows("SELECT action, action_name, raw FROM activity WHERE action = 'OTHER'")
        equal((row["action_name"], json.loads(row["raw"])["odd"]), ("SOMETHING_NEW", [1, None]))


@test
def an_open_one_behind_the_end_of_the_walk_is_not_forgotten():
    with FakeBitbucket("--page-cap", "5", "--history", "30") as fake, Hosting() as host:
        where = {"repository": "HIST/long"}
        fake.mutate("reopen", **where, pull_request=1)
        for number in range(10, 20):
            fake.mutate("update", **where, pull_request=number, title=f"Touched {number}")
        import_one(fake, host, "HIST/long", reread_closed_days=0)
        fake.mutate("comment", **where, pull_request=1, text="Still here?")
        fake.clear()
        sync(host)
        equal(numbers_read(fake), [1])
        equal(asked(fake, "/pull-requests/1"), [])  # it is in the listing of open ones: none of them is asked for alone
        check(fake, host, "HIST/long")
        fake.mutate("delete_pull_request", **where, pull_request=1)
        sync(host)
        check(fake, host, "HIST/long")


@test
def what_a_deleted_pull_request_leaves_in_the_listing_is_seen():
    with FakeBitbucket("--history", "12") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long")
        for number in (1, 6, 12):
            fake.mutate("delete_pull_request", repository="HIST/long", pull_request=number)
        sync(host)
        check(fake, host, "HIST/long")


@test
def what_is_deleted_between_its_listing_and_its_own_pages_is_gone():
    deleted = {"op": "delete_pull_request", "repository": "HIST/long", "pull_request": 12}
    with FakeBitbucket("--history", "12") as fake, Hosting() as host:
        fake.fault("mutate", r"/pull-requests/12/activities", count=1, change=deleted)
        import_one(fake, host, "HIST/long")
        check(fake, host, "HIST/long")
    with FakeBitbucket("--history", "12") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long")
        check(fake, host, "HIST/long")
        fake.mutate("update", repository="HIST/long", pull_request=12, title="Its last")
        fake.fault("mutate", r"/pull-requests/12/activities", count=1, change=deleted)
        sync(host)
        check(fake, host, "HIST/long")


@test
def what_is_deleted_between_two_of_its_own_pages_is_gone():
    """The first page was handed over by then."""
    deleted = {"op": "delete_pull_request", "repository": "PLAT/legacy-import", "pull_request": 1}
    for held in False, True:
        with FakeBitbucket() as fake, Hosting() as host:
            host.connection("acme", base_url=fake.url, page_size=2)
            if held:
                equal(host.run("import", "acme", "PLAT/legacy-import").code, 0)
                fake.mutate("update", repository="PLAT/legacy-import", pull_request=1, title="Its last")
            fake.fault("mutate", r"/pull-requests/1/activities.*start=2", count=1, change=deleted)
            result = host.run("import", "acme", "PLAT/legacy-import")
            equal((result.code, result.err), (0, ""))
            check(fake, host, "PLAT/legacy-import")


@test
def a_repository_without_default_branch_has_no_pull_requests():
    error = {"errors": [{"context": None, "message": "There is no default branch.",
                         "exceptionName": "com.atlassian.bitbucket.repository.NoDefaultBranchException"}]}
    with FakeBitbucket() as fake, Hosting() as host:
        fake.fault("answer", r"/pull-requests\?", status=404, body=json.dumps(error))
        import_one(fake, host, "PLAT/docs")
        equal(host.rows("SELECT * FROM pull_request"), [])
        fake.clear()
        sync(host)
        check(fake, host, "PLAT/docs")


@test
def a_server_that_lists_by_number_is_read_whole():
    with FakeBitbucket("--newest-by", "created", "--page-cap", "5", "--history", "20") as fake, Hosting() as host:
        fake.mutate("update", repository="HIST/long", pull_request=3, title="Touched late")
        import_one(fake, host, "HIST/long", reread_closed_days=0)
        fake.mutate("update", repository="HIST/long", pull_request=2, title="Touched later")
        sync(host)
        check(fake, host, "HIST/long")


@test
def rows_that_come_and_go_while_pages_are_turned_are_neither_lost_nor_doubled():
    for change in ({"op": "open", "from": "topic", "title": "New at the front"},
                   {"op": "update", "pull_request": 3, "title": "From behind to the front"},
                   {"op": "delete_pull_request", "pull_request": 40}):
        with FakeBitbucket("--page-cap", "10", "--history", "42") as fake, Hosting() as host:
            fake.fault("mutate", r"/pull-requests\?.*start=20", count=1, change={"repository": "HIST/long"} | change)
            import_one(fake, host, "HIST/long")
            told = differences(host, "acme", fake.truth(), {repository_id(fake, "HIST/long")}, tables=TABLES)
            if change["op"] == "delete_pull_request":  # it was there when it was read; the next sync knows better
                sync(host)
                told = differences(host, "acme", fake.truth(), {repository_id(fake, "HIST/long")}, tables=TABLES)
            equal((change["op"], told), (change["op"], []))


@test
def what_a_deletion_pulls_over_a_border_of_pages_is_found_by_its_number():
    with FakeBitbucket("--page-cap", "10", "--history", "42") as fake, Hosting() as host:
        where = {"repository": "HIST/long"}
        for number in (42, *range(1, 20)):  # so that the one below the highest is the first of the third page
            fake.mutate("update", **where, pull_request=number, title=f"Touched {number}")
        fake.fault("mutate", r"/pull-requests\?.*start=20", count=1, change=where | {"op": "delete_pull_request", "pull_request": 5})
        import_one(fake, host, "HIST/long")
        equal(host.rows("SELECT number FROM pull_request WHERE number > 40"), [{"number": 41}, {"number": 42}])


@test
def looking_for_what_changed_meanwhile_costs_one_page():
    with FakeBitbucket("--page-cap", "10", "--history", "42") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long", reread_closed_days=3650)
        equal(len(asked(fake, "/pull-requests")), 5 + 1)
        fake.clear()
        sync(host)
        equal(len(asked(fake, "/pull-requests")), 5 + 1)
        equal(sorted(numbers_read(fake)), list(range(1, 43)))


@test
def revisions_of_an_older_version_are_all_read_anew():
    with FakeBitbucket("--page-cap", "5", "--history", "30") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long", reread_closed_days=0)
        with sqlite3.connect(host.store) as database:
            database.execute("UPDATE pull_request SET revision = 'older', title = 'older'")
        database.close()
        sync(host)
        check(fake, host, "HIST/long")


@test
def a_full_cycle_reads_everything():
    with FakeBitbucket("--history", "6") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long", full_cycle_days=0)
        fake.clear()
        sync(host)
        equal(sorted(numbers_read(fake)), [1, 2, 3, 4, 5, 6])


@test
def a_full_cycle_that_a_clock_ahead_has_begun_is_begun_anew():
    with FakeBitbucket("--history", "6") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        clock = os.path.join(host.folder, "clock")
        with open(clock, "w", encoding="ascii") as file:
            file.write("4000000000000")  # in 2096
        equal(host.run("import", "acme", "HIST/long", variables={"SOURCE_HOST_CLOCK": clock}).code, 0)
        fake.clear()
        sync(host)
        equal(sorted(numbers_read(fake)), [1, 2, 3, 4, 5, 6])
        fake.clear()
        sync(host)
        assert len(numbers_read(fake)) < 6, numbers_read(fake)


def kill_at(fake, host, pattern, *command):
    """Kills an import with -9 when a request with this in its path is waited for."""
    fake.clear()
    fake.fault("stall", pattern)
    process = subprocess.Popen(host.command(*command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not any(pattern in request["path"] for request in fake.requests()):
        equal(process.poll(), None)
    process.send_signal(signal.SIGKILL)
    process.wait()


@test
def a_killed_import_asks_for_no_stored_set_again():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        kill_at(fake, host, "/repos/api/pull-requests/4/activities", "import", "acme", "PLAT/api")
        stored = {row["number"] for row in host.rows("SELECT number FROM pull_request")}
        assert stored, "nothing was stored before the end"
        fake.clear()
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        equal(stored & set(numbers_read(fake)), set())
        check(fake, host)


@test
def a_killed_full_cycle_goes_on_where_it_was():
    with FakeBitbucket("--history", "30") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long", full_cycle_days=0)
        with sqlite3.connect(host.store) as database:  # as if all had been read a day ago
            database.execute("UPDATE pull_request SET read_at = read_at - 86400000")
        database.close()
        kill_at(fake, host, "/pull-requests/5/activities", "sync")
        fake.clear()
        sync(host)
        assert len(numbers_read(fake)) < 15, numbers_read(fake)


@test
def a_repository_is_followed_by_its_id():
    with FakeBitbucket() as fake, Hosting() as host:
        import_one(fake, host)
        number = repository_id(fake)
        fake.mutate("rename_repository", **API, name="Interface")
        result = host.run("sync")
        equal((result.code, result.err), (0, "source-host: acme: PLAT/api is now PLAT/interface\n"))
        equal(host.rows("SELECT repository_id, path FROM repository_alias"),
              [{"repository_id": number, "path": "PLAT/api"}])
        sync(host)
        fake.mutate("move_repository", repository="PLAT/interface", project="MOB")
        fake.mutate("rename_project", project="MOB", key="PHONE")
        equal(host.run("sync").code, 0)
        equal(host.rows("SELECT path FROM repository WHERE id = ?", number), [{"path": "PHONE/interface"}])
        check(fake, host, "PHONE/interface")


@test
def a_path_that_was_taken_over_is_not_mixed_up():
    with FakeBitbucket() as fake, Hosting() as host:
        import_one(fake, host)
        first = repository_id(fake)
        before = host.rows("SELECT count(*) AS n FROM activity WHERE repository_id = ?", first)
        fake.mutate("delete_repository", **API)
        fake.mutate("create_repository", project="PLAT", name="api", files={"a": "new\n"})
        result = host.run("sync")
        equal(result.code, 3)
        assert "another repository" in result.err, result.err
        equal(host.rows("SELECT count(*) AS n FROM activity WHERE repository_id = ?", first), before)
        equal(host.rows("SELECT state, listed FROM repository WHERE id = ?", first), [{"state": "DELETED", "listed": 0}])
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        check(fake, host)


@test
def a_path_that_is_taken_over_during_an_import_costs_no_pull_request():
    with FakeBitbucket() as fake, Hosting() as host:
        import_one(fake, host)
        number = max(row["number"] for row in fake.truth()["pull_request"] if row["repository_id"] == 1)
        fake.mutate("delete_pull_request", **API, pull_request=number)
        alone = f"/PLAT/repos/api/pull-requests/{number}$"  # asked for when the listing does not show it any more
        for change in ({"op": "move_repository", "repository": "PLAT/api", "project": "MOB"},
                       {"op": "create_repository", "project": "PLAT", "name": "api"}):
            fake.fault("mutate", alone, count=1, change=change)
        result = host.run("sync")
        assert "PLAT/api is now another repository" in result.err, result
        equal(len(host.rows("SELECT 1 FROM pull_request WHERE repository_id = 1 AND number = ?", number)), 1)
        equal(host.run("sync").code, 0)
        check(fake, host, "MOB/api")


@test
def pull_requests_of_who_takes_a_path_over_during_an_import_are_not_taken():
    with FakeBitbucket("--page-cap", "5", "--history", "30") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        where = {"repository": "HIST/long"}
        for change in ({"op": "move_repository", **where, "project": "MOB"},
                       {"op": "create_repository", "project": "HIST", "name": "long", "files": {"a": "new\n"}},
                       {"op": "push", **where, "branch": "b", "files": {"b": "new\n"}},
                       {"op": "open", **where, "from": "b", "title": "Of another one"}):
            fake.fault("mutate", r"/pull-requests\?.*start=10", count=1, change=change)
        result = host.run("import", "acme", "HIST/long")
        assert "HIST/long is now another repository" in result.err, result
        equal(host.rows("SELECT title FROM pull_request WHERE title = 'Of another one'"), [])


@test
def an_offline_repository_is_no_failure_of_the_pass():
    with FakeBitbucket() as fake, Hosting() as host:
        import_one(fake, host)
        fake.mutate("set_repository_state", **API, state="OFFLINE")
        equal(host.run("sync").code, 3)


@test
def what_became_of_a_repository_is_told_and_its_rows_are_kept():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, username="reader", password="reader")
        equal(host.run("import", "acme", "PLAT/api", "PLAT/web").code, 0)
        rows = host.rows("SELECT count(*) AS n FROM activity")
        fake.mutate("set_repository_state", repository="PLAT/web", state="OFFLINE")
        result = host.run("sync")
        equal(result.code, 3)
        assert "OFFLINE" in result.err, result.err
        fake.mutate("set_repository_state", repository="PLAT/web", state="AVAILABLE")
        equal(host.run("sync").code, 0)
        fake.mutate("delete_repository", repository="PLAT/web")
        equal(host.run("sync").code, 3)
        fake.mutate("set_readers", project="PLAT", readers=["mira"])
        equal(host.run("sync").code, 3)
        states = {row["path"]: row for row in host.run("--json", "status", "acme").objects if "path" in row}
        equal({path: row["repository_state"] for path, row in states.items()},
              {"PLAT/api": "FORBIDDEN", "PLAT/web": "DELETED"})
        assert all(row["repository_state_since"] and row["state"] == "blocked" for row in states.values()), states
        equal(host.rows("SELECT count(*) AS n FROM activity"), rows)


@test
def a_person_who_changes_name_is_the_same_person():
    with FakeBitbucket() as fake, Hosting() as host:
        import_one(fake, host)
        fake.user("jdoe", display_name="Jane D. Smith", rename="jsmith")
        equal(host.run("sync").code, 0)
        check(fake, host)


@test
def branches_come_go_and_change_their_names():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.mutate("push", **API, branch="topic", files={"a": "1\n"})
        import_one(fake, host)
        fake.mutate("delete_branch", **API, branch="topic")
        fake.mutate("push", **API, branch="topic/below", files={"a": "2\n"})
        fake.mutate("rename_default_branch", **API, name="trunk")
        sync(host)
        check(fake, host)
        equal(host.rows("SELECT default_branch FROM repository WHERE path = 'PLAT/api'"), [{"default_branch": "trunk"}])


@test
def a_broken_mirror_is_made_anew():
    for harm in ("pack", "shallow", "empty"):
        with FakeBitbucket() as fake, Hosting() as host:
            import_one(fake, host)
            mirror = os.path.join(host.data, "mirrors", "acme", f"{repository_id(fake)}.git")
            if harm == "pack":
                shutil.rmtree(os.path.join(mirror, "objects", "pack"))
            elif harm == "shallow":
                with open(os.path.join(mirror, "shallow"), "w", encoding="ascii") as file:
                    file.write(host.rows("SELECT sha FROM git_ref LIMIT 1")[0]["sha"] + "\n")
            else:
                shutil.rmtree(mirror)
                os.mkdir(mirror)
            fake.mutate("push", **API, branch="after", files={"a": "1\n"})
            sync(host)
            check(fake, host)


def tried(fake):
    paths = [request["path"].split("/repos/") for request in fake.requests()]
    return {path[1].split("/")[0] for path in paths if len(path) > 1}


def connection_job(host):
    return host.rows("SELECT state, failures FROM job WHERE repository_id = 0")[0]


@test
def a_server_that_goes_down_during_a_pass_is_left_alone():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"auto_import": "PLAT"})
        sync(host)
        fake.clear()
        fake.fault("close", "/repos/api/pull-requests")
        fake.fault("close", "/rest/api/1.0/(repos|projects)[?]", skip=2)
        result = sync(host, 1)
        equal(tried(fake), {"api"})
        assert "acme: the others are left for now: " in result.err, result
        equal(connection_job(host), {"state": "failing", "failures": 2})
        fake.clear()
        sync(host)
        fake.clear()
        fake.fault("rate_limit", "/repos/api/", retry_after=7200)
        result = sync(host, 1)
        equal(tried(fake), {"api"})
        equal(connection_job(host), {"state": "limited", "failures": 0})


@test
def one_repository_that_hangs_up_does_not_hold_the_others_back():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"auto_import": "PLAT"})
        fake.fault("close", "/repos/api/pull-requests")
        sync(host, 3)
        equal(host.rows("SELECT count(*) AS n FROM job WHERE repository_id <> 0 AND state = 'done'"), [{"n": 5}])
        equal(connection_job(host), {"state": "done", "failures": 0})


if __name__ == "__main__":
    run()
