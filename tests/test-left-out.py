#!/usr/bin/env python3
"""What a setting leaves out is counted, and what cannot be understood costs itself alone. Prints TAP."""

import sqlite3

from hosting import Hosting
from syncing import API, check, execute, import_one, numbers_read, repository_id, sync
from truth_tables import differences

from client import FakeBitbucket
from tap import equal, run, test

@test
def what_is_left_out_by_history_since_is_counted():
    with FakeBitbucket("--history", "40") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long", history_since="2018-01-06")
        status, = (row for row in host.run("--json", "status", "acme").objects if "path" in row)
        equal((status["left_out_by"], status["left_out_pull_requests"], status["left_out_commits"]),
              ("history_since", 20, 3))
        equal(host.rows("SELECT count(*) AS n, min(number) AS first FROM pull_request"), [{"n": 20, "first": 21}])
        host.connection("acme", base_url=fake.url)
        sync(host)
        check(fake, host, "HIST/long")
        status, = (row for row in host.run("--json", "status", "acme").objects if "path" in row)
        equal((status["left_out_pull_requests"], status["left_out_commits"]), (0, 0))


def one_that_only_a_head_reaches(fake):
    commit = fake.mutate("push", **API, branch="topic", files={"a.txt": "a\n"})["commit"]
    number = fake.mutate("open", **API, **{"from": "topic"}, title="One more")["pull_request"]
    fake.get(f"/projects/PLAT/repos/api/pull-requests/{number}/changes")  # from then on Git offers its head
    fake.mutate("decline", **API, pull_request=number)
    fake.mutate("delete_branch", **API, branch="topic")
    return commit


def mirrored(host, commit):
    return host.rows("SELECT mirrored FROM git_commit WHERE sha = ?", commit)


@test
def with_an_earlier_history_since_heads_are_read_again_however_often_that_fails():
    with FakeBitbucket() as fake, Hosting() as host:
        commit = one_that_only_a_head_reaches(fake)
        import_one(fake, host, history_since="2100-01-01")
        equal(mirrored(host, commit), [])
        host.connection("acme", base_url=fake.url)
        execute(host, f"CREATE TRIGGER cut BEFORE INSERT ON git_commit WHEN NEW.sha = '{commit}'"
                " BEGIN SELECT RAISE(ABORT, 'cut off'); END")
        assert "cut off" in host.run("sync").err
        execute(host, "DROP TRIGGER cut")
        sync(host)
        equal(mirrored(host, commit), [{"mirrored": 1}])
        check(fake, host)
        status, = (row for row in host.run("--json", "status", "acme").objects if "path" in row)
        equal((status["left_out_pull_requests"], status["left_out_commits"]), (0, 0))


@test
def with_an_earlier_history_since_heads_are_read_again_where_they_alone_were_left_out():
    with FakeBitbucket() as fake, Hosting() as host:
        import_one(fake, host)
        host.connection("acme", base_url=fake.url, history_since="2100-01-01")
        commit = one_that_only_a_head_reaches(fake)
        sync(host)
        equal(mirrored(host, commit), [])
        host.connection("acme", base_url=fake.url)
        sync(host)
        equal(mirrored(host, commit), [{"mirrored": 1}])
        check(fake, host)


@test
def with_a_later_history_since_what_is_left_out_is_counted_anew():
    with FakeBitbucket("--page-cap", "10", "--history", "40") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long")
        host.connection("acme", base_url=fake.url, history_since="2018-01-06")
        for _ in range(2):
            sync(host)
            status, = (row for row in host.run("--json", "status", "acme").objects if "path" in row)
            equal(status["left_out_pull_requests"], 20)


@test
def a_malformed_activity_costs_itself_alone():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("replace", "/api/pull-requests/1/activities", at="values[1].user", value="nobody")
        result = host.run("import", "acme", "PLAT/api")
        equal(result.code, 3)
        for part in ("1 record skipped", "pull request 1", "activities[1].user"):
            assert part in result.err, (part, result.err)
        status, = (row for row in host.run("--json", "status", "acme").objects if "path" in row)
        equal(status["state"], "partial")
        assert "activities[1].user" in status["reason"], status
        missing = differences(host, "acme", fake.truth(), {repository_id(fake)}, tables=("activity",))
        assert missing[0].startswith("activity: "), missing
        fake.clear()
        sync(host)
        assert 1 in numbers_read(fake)
        check(fake, host)


@test
def what_was_understood_once_stays_when_it_is_not_any_more():
    with FakeBitbucket() as fake, Hosting() as host:
        import_one(fake, host)
        opened = next(row["number"] for row in fake.truth()["pull_request"]
                      if row["repository_id"] == 1 and row["state"] == "OPEN")
        fake.fault("replace", f"/api/pull-requests/{opened}/activities", at="values[0].user", value="nobody")
        equal(host.run("sync").code, 3)
        check(fake, host)


@test
def a_malformed_reply_costs_itself_alone():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        where = API | {"pull_request": 1}
        comment = fake.mutate("comment", **where, text="One")["comment"]
        reply = fake.mutate("reply", **where, comment=comment, text="Two")["comment"]
        below = fake.mutate("reply", **where, comment=reply, text="Three")["comment"]
        fake.fault("replace", "/api/pull-requests/1/activities", at="values[0].comment.comments[0].author", value=7)
        equal(host.run("import", "acme", "PLAT/api").code, 3)
        rows = host.rows("SELECT comment_id FROM activity WHERE comment_id IN (?, ?, ?)", comment, reply, below)
        equal(sorted(row["comment_id"] for row in rows), [comment, below])


@test
def a_malformed_pull_request_far_behind_is_tried_again():
    with FakeBitbucket("--page-cap", "5", "--history", "30") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("replace", r"/pull-requests\?.*start=15", at="values[2].author.user.id", value="x")
        result = host.run("import", "acme", "HIST/long")
        equal(result.code, 3)
        assert "pull request 13" in result.err, result.err
        fake.clear()
        sync(host)
        check(fake, host, "HIST/long")


@test
def a_malformed_pull_request_without_a_number_is_met_again():
    with FakeBitbucket("--page-cap", "5", "--history", "30") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long", reread_closed_days=0)
        for number in range(1, 8):  # the last is the first of the listing
            fake.mutate("update", repository="HIST/long", pull_request=number, title=f"Touched {number}")
        fake.fault("replace", r"/pull-requests\?.*start=5", at="values[1].id", value="x")
        assert "1 record skipped" in sync(host, 3).err
        fake.clear()
        sync(host)
        check(fake, host, "HIST/long")


@test
def what_is_left_out_is_counted_once_however_often_it_is_met():
    with FakeBitbucket("--page-cap", "10", "--history", "42") as fake, Hosting() as host:
        import_one(fake, host, "HIST/long", full_cycle_days=0)
        for path, at in ((r"/pull-requests\?.*start=0", "values[2].author.user.id"),
                         ("/pull-requests/40/activities", "values[0].user")):
            fake.fault("replace", path, at=at, value="x")
            fake.fault("replace", "/pull-requests/40$", at="author.user.id", value="x")
            result = host.run("sync")
            equal(result.code, 3)
            assert "1 record skipped, pull request 40" in result.err, result
            fake.clear()
            sync(host)
            check(fake, host, "HIST/long")


@test
def odd_text_arrives_readable():
    text = 'nul:\0 lone:\ud800 quote:" emoji:\U0001F600 ' + "x" * (1 << 20)
    with FakeBitbucket() as fake, Hosting() as host:
        fake.mutate("comment", **API, pull_request=1, text=text)
        fake.mutate("update", **API, pull_request=1, title='A "title"\0 with \udfff')
        import_one(fake, host)
        stored = host.rows("SELECT text FROM activity WHERE length(text) > 1000000")[0]["text"]
        equal(stored, text.replace("\0", "\ufffd").replace("\ud800", "\ufffd"))
        equal(host.rows("SELECT title FROM pull_request WHERE number = 1"), [{"title": 'A "title"\ufffd with \ufffd'}])


@test
def bytes_that_are_no_text_arrive_readable():
    with FakeBitbucket() as fake, Hosting() as host:
        fake.mutate("comment", **API, pull_request=1, text="before mark after")
        # no beginning, no end, too long, a surrogate, beyond the last character
        fake.fault("bytes", "/activities", find="mark", put="ff 80 c3 28 c0 80 ed a0 80 f4 90 80 80 e2 82")
        fake.fault("bytes", "/pull-requests\\?", find="Limits for", put="4c fc 6e")
        import_one(fake, host)
        with sqlite3.connect(host.store) as database:
            database.text_factory = bytes
            texts = [row[0] for row in database.execute("SELECT text FROM activity WHERE text IS NOT NULL UNION ALL"
                                                        " SELECT title FROM pull_request")]
        database.close()
        for text in texts:
            text.decode("utf-8")
        odd = [text.decode() for text in texts if "\ufffd".encode() in text]
        assert any(t.startswith("before \ufffd") and t.endswith(" after") for t in odd), odd
        assert any(t.startswith("L\ufffdn everyone") for t in odd), odd


if __name__ == "__main__":
    run()
