#!/usr/bin/env python3
"""The page's operations, against the fake: from nothing to an imported organization, and what may go wrong on the way.
Prints TAP."""

import os
import sqlite3
import time

import psql
from hosting import PASSWORD, Hosting
from postgres import Postgres
from web import Web
from workers import wait_until

from client import FakeBitbucket
from tap import Skip, equal, run, test

PROVIDER = "bitbucket-server"


def settings(fake, **more):
    return {"base_url": fake.url, "username": "flow-service", "password": PASSWORD} | more


def form(fake, name="acme", **more):
    return {"connection": name, "provider": PROVIDER, "settings": settings(fake, **more)}


def file_of(host, name="acme"):
    with open(os.path.join(host.connections, name + ".conf"), encoding="utf-8") as file:
        return file.read()


def is_listed(answer):
    return answer["connections"] and answer["connections"][0]["last_listing"]


def connect(page, fake, **more):
    answer = page.post("connections", form(fake, **more))
    equal(answer.status, 201)
    page.until("connections", is_listed)


def report(page, body):
    """The checks of a test by name, and its end."""
    with page.listen() as events:
        answer = page.post("connections/test", body)
        equal(answer.status, 202)
        task = answer.json["task"]
        end = events.wait("checked", lambda data: data["task"] == task)
        return {data["name"]: data for event, data in events.told if event == "check" and data["task"] == task}, end


# ---- From nothing to an imported organization --------------------------------------------------


def whole_way(fake, host):
    with Web(host) as web:
        page = web.login()
        equal(page.get("connections").json, {"connections": []})
        providers = page.get("providers").json["providers"]
        equal([one["name"] for one in providers], [PROVIDER])
        described = {row["key"]: row for row in host.run("--json", "describe", PROVIDER).objects}
        told = {row["key"]: {key: value for key, value in row.items() if key != "fallback"} for row in providers[0]["settings"]}
        equal(told, described)
        checks, end = report(page, form(fake))
        assert end["ok"] and checks["login"]["status"] == "pass" and checks["git"]["status"] == "pass", (checks, end)
        with page.listen() as events:
            connect(page, fake)
            events.wait("repositories", lambda data: data["connection"] == "acme")
            equal(os.stat(os.path.join(host.connections, "acme.conf")).st_mode & 0o777, 0o600)
            listed = {row["path"] for row in host.run("--json", "repos", "acme").objects}
            equal(set(page.repositories()), listed)
            answer = page.post("connections/acme/import", {"organization": "plat"})
            equal(answer.json, {"imported": 6})
            events.wait("repositories", lambda data: {row["path"]: row["imported"] for row in data["repositories"]}.get("PLAT/api"))
        page.until("status", lambda status: status["jobs"] == {"done": 6} and not status["problems"])
        rows = page.repositories()
        equal({path for path, row in rows.items() if row["imported"]}, {path for path in rows if path.startswith("PLAT/")})
        equal({row["import_state"] for path, row in rows.items() if row["imported"]}, {"up to date"})
        equal(web.stop(), 0)


@test
def from_nothing_to_an_imported_organization():
    with FakeBitbucket() as fake, Hosting() as host:
        whole_way(fake, host)


@test
def the_same_on_postgresql():
    if not psql.programs():
        raise Skip("no PostgreSQL here: apt-get install postgresql")
    with FakeBitbucket() as fake, Postgres() as postgres, Hosting(postgres.database("store")) as host:
        whole_way(fake, host)


@test
def members_are_those_of_the_commands():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api", "exclude": "PLAT/web"})
        page = web.login()
        web.wait("synced", path="PLAT/api")
        of_command = host.run("--json", "status", "acme").objects
        told = page.connection()
        equal({key: told[key] for key in of_command[0]}, of_command[0])
        equal((told["provider"], told["owner"], told["usable"]), (PROVIDER, "dana@example.com", True))
        rows = page.repositories()
        one = page.get(f"connections/acme/repositories/{rows['PLAT/api']['id']}").json
        equal(one["status"], of_command[1])
        equal(one["explain"], host.run("--json", "explain", "acme", "PLAT/api").objects[0])
        for row in host.run("--json", "repos", "acme").objects:
            for key in ("id", "name", "organization", "archived", "fork", "personal", "imported", "import_state"):
                equal((row["path"], key, rows[row["path"]][key]), (row["path"], key, row[key]))
            equal(rows[row["path"]]["fixed"] is not None, row["fixed"])
        assert rows["PLAT/web"]["fixed"].endswith("acme.conf:10: exclude = PLAT/web"), rows["PLAT/web"]
        equal(rows["PLAT/web"]["reason"], rows["PLAT/web"]["fixed"])


# ---- What may be imported ----------------------------------------------------------------------


@test
def import_says_what_it_cannot_do():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        host.connection("acme", base_url=fake.url, imports={"exclude": "PLAT/web"})
        page = web.login()
        page.until("connections", is_listed)
        for body, status, words in (
                ({"paths": ["PLAT/dosc"]}, 422, "did you mean PLAT/docs?"),
                ({"paths": ["PLAT/web"]}, 422, "keeps PLAT/web out"),
                ({"organization": "PLATT"}, 422, "did you mean PLAT?"),
                ({}, 400, "send one of"), ({"paths": []}, 400, "send one of"), ({"paths": [1]}, 400, "send one of"),
                ({"paths": "PLAT/api"}, 400, "send one of"), ({"all": False}, 400, "send one of"),
                ({"all": 1}, 400, "send one of"), ({"organization": None}, 400, "send one of"),
                ({"all": True, "paths": ["PLAT/api"]}, 400, "send one of")):
            answer = page.post("connections/acme/import", body)
            equal((body, answer.status), (body, status))
            assert words in answer.error["message"], answer
        equal(host.rows("SELECT count(*) AS n FROM repository WHERE imported = 1"), [{"n": 0}])
        equal(page.post("connections/acme/import", {"all": True}).json, {"imported": len(page.repositories()) - 1})
        equal(page.post("connections/acme/import", {"paths": ["plat/api"]}).json, {"imported": 0})


@test
def auto_import_takes_what_is_there_and_what_comes():
    with FakeBitbucket() as fake, Hosting() as host, Web(host, clock=True) as web:
        host.connection("acme", base_url=fake.url, imports={"auto_import": "PLAT"})
        page = web.login()
        web.wait("synced", path="PLAT/api")
        said = page.post("connections/acme/auto-import", {"organization": "mob", "on": True})
        equal(said.json, {"connection": "acme", "organization": "MOB", "auto_import": True, "fixed": None})
        equal(page.organizations()["MOB"]["auto_import"], True)
        page.until("connections/acme/repositories", lambda answer: all(
            row["import_state"] == "up to date" for row in answer["repositories"] if row["organization"] == "MOB"))
        fake.mutate("create_repository", project="MOB", name="later", files={"a": "b"})
        web.idle()
        web.set_clock(web.now() + 3 * 3_600_000)
        web.wait("synced", path="MOB/later")
        equal(page.post("connections/acme/auto-import", {"organization": "MOB", "on": False}).status, 200)
        equal(page.repositories()["MOB/later"]["imported"], True)
        fixed = page.organizations()["PLAT"]
        assert fixed["auto_import"] and fixed["fixed"].endswith("acme.conf:9: auto_import = PLAT"), fixed
        for body, status in (({"organization": "PLAT", "on": False}, 422), ({"organization": "PLAT", "on": True}, 200),
                             ({"organization": "NONE", "on": True}, 404), ({"organization": "PLAT"}, 400),
                             ({"organization": "PLAT", "on": "yes"}, 400), ({"on": True}, 400)):
            equal((body, page.post("connections/acme/auto-import", body).status), (body, status))


# ---- Forms -------------------------------------------------------------------------------------


def problems(page, body, path="connections/validate"):
    answer = page.post(path, body)
    equal(answer.status, 200 if path.endswith("validate") else 422)
    return {problem["setting"]: problem["message"] for problem in answer.json["problems"]}


@test
def a_form_is_checked_setting_by_setting():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        page = web.login()
        equal(problems(page, form(fake)), {})
        for more, setting, words in (
                ({"base_url": None}, "base_url", "is missing"), ({"base_url": "nonsense"}, "base_url", "nonsense"),
                ({"password": None}, "password", "missing"), ({"page_size": "many"}, "page_size", "is not a number"),
                ({"page_size": 5000}, "page_size", "between 1 and 1000"), ({"verify_tls": "perhaps"}, "verify_tls", "neither"),
                ({"history_since": "2024-02-31"}, "history_since", "no date"), ({"ca_file": "/nowhere"}, "ca_file", "No such file"),
                ({"colour": "blue"}, "colour", "no setting colour"), ({"username": "a ;b"}, "username", "cannot stand"),
                ({"username": "a\nb = c"}, "username", "cannot stand"), ({"password": " x"}, "password", "cannot stand"),
                ({"username": ["x"]}, "username", "no text"), ({"username": {"a": 1}}, "username", "no text"),
                ({"password_file": "/etc/shadow"}, "password_file", "said in the file"),
                ({"password_env": "HOME"}, "password_env", "said in the file")):
            body = form(fake, **more)
            body["settings"] = {key: value for key, value in body["settings"].items() if value is not None}
            told = problems(page, body)
            assert words in told.get(setting, ""), (more, told)
            assert PASSWORD not in str(told)
            equal((more, problems(page, body, "connections").keys()), (more, told.keys()))
            equal((more, problems(page, body, "connections/test").keys()), (more, told.keys()))
        for name in ("", "a/b", "../a", ".hidden", "a b", "x" * 64, "ä", "a\n"):
            assert "connection" in problems(page, form(fake, name)), name
        for body, status in ((form(fake) | {"provider": "gitlab"}, 422), (form(fake) | {"settings": []}, 422),
                             ({"connection": "acme"}, 404), ({"provider": PROVIDER, "settings": {}}, 400)):
            equal((body, page.post("connections/validate", body).status), (body, status))
        equal((os.listdir(host.connections), fake.requests()), ([], []))


@test
def a_boolean_and_a_number_are_what_they_mean():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        page = web.login()
        equal(page.post("connections", form(fake, verify_tls=False, page_size=7)).status, 201)
        assert "verify_tls = false\n" in file_of(host) and "page_size = 7\n" in file_of(host), file_of(host)
        equal(problems(page, form(fake), "connections"), {"connection": "there is a connection of that name already"})


@test
def a_change_keeps_the_rest_of_the_file():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        secret = os.path.join(host.folder, "secret")
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(PASSWORD + "\n")
        before = ("; ours\n[connection]\nprovider = bitbucket-server ; the only one\nowner = dana@example.com\n\n[settings]\n"
                  f"base_url = {fake.url}\n; who\nusername = flow-service\npassword_file = {secret}\npage_size=100\n\n"
                  "[import]\nrepositories = PLAT/api\n PLAT/docs")
        host.write("acme.conf", before)
        page = web.login()
        page.until("connections", is_listed)
        shown = page.connection()
        equal(shown["settings"], {"base_url": fake.url, "username": "flow-service", "password_file": secret, "page_size": "100"})
        equal(shown["secrets_set"], ["password"])
        equal(page.put("connections/acme", {"settings": {"page_size": "50", "max_concurrency": "2"}}).status, 200)
        equal(file_of(host), before.replace("page_size=100\n", "page_size = 50\nmax_concurrency = 2\n") + "\n")
        equal(page.put("connections/acme", {"settings": {"page_size": None, "max_concurrency": None}}).status, 200)
        equal(file_of(host), before.replace("page_size=100\n", "") + "\n")
        equal(page.put("connections/acme", {"settings": {"password": PASSWORD}}).status, 200)
        equal(file_of(host), before.replace("page_size=100\n", "").replace(f"password_file = {secret}", f"password = {PASSWORD}") + "\n")
        equal(page.put("connections/acme", {"settings": {}}).status, 200)
        told = page.put("connections/acme", {"settings": {"page_size": "x"}})
        equal((told.status, [one["setting"] for one in told.json["problems"]]), (422, ["page_size"]))
        equal(page.put("connections/none", {"settings": {}}).status, 404)
        equal(os.listdir(host.connections), ["acme.conf"])
        host.write("bad.conf", "nonsense\n")
        equal(page.put("connections/bad", {"settings": {}}).status, 422)
        equal(file_of(host, "bad"), "nonsense\n")


@test
def a_file_without_settings_gets_them():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        host.write("acme.conf", "[connection]\nprovider = bitbucket-server")
        page = web.login()
        equal(page.put("connections/acme", {"settings": settings(fake)}).status, 200)
        page.until("connections", is_listed)


@test
def a_secret_that_is_kept_goes_to_no_other_server():
    with FakeBitbucket() as fake, FakeBitbucket() as other, Hosting() as host, Web(host) as web:
        page = web.login()
        connect(page, fake)
        for body in ({"base_url": other.url}, {"base_url": fake.url, "proxy": other.url}):
            for path, told in (("connections/test", page.post), ("connections/validate", page.post), ("connections/acme", page.put)):
                answer = told(path, {"settings": body} | ({} if told == page.put else {"connection": "acme"}))
                assert [one["setting"] for one in answer.json["problems"]] == ["password"], answer
        equal(other.requests(), [])
        equal(page.put("connections/acme", {"settings": {"base_url": other.url, "password": PASSWORD}}).status, 200)


@test
def a_secret_is_never_sent_back():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        page = web.login()
        connect(page, fake)
        report(page, form(fake, password="Kürb1s qu1nce") | {"provider": PROVIDER})
        for path in ("connections", "status", "connections/acme/repositories", "connections/acme/repositories/1", "/metrics"):
            body = page.get(path).body.decode()
            assert PASSWORD not in body and "s3cret" not in body and "qu1nce" not in body, (path, body)
        with web.lock:
            assert "s3cret" not in str(web.events) and "qu1nce" not in str(web.events)
        # a login in a URL is refused, but may stand in a file
        host.connection("bad", base_url="http://user:s3cret@127.0.0.1:1")
        page.until("connections", lambda answer: len(answer["connections"]) == 2)
        assert "s3cret" not in page.get("connections").body.decode()


# ---- What goes wrong ---------------------------------------------------------------------------


@test
def a_wrong_password_is_told_tried_once_and_mended():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        page = web.login()
        checks, end = report(page, form(fake, password="wrong"))
        assert not end["ok"] and checks["login"]["status"] == "fail" and "login refused" in checks["login"]["text"], checks
        checks, end = report(page, form(fake, password="wrong"))
        assert not end["ok"], end
        equal(fake.users()["flow-service"]["failures"], 1)
        equal(page.post("connections", form(fake, password="wrong")).status, 201)
        status = page.until("status", lambda answer: answer["problems"])
        problem = status["problems"][0]
        equal((problem["connection"], problem["severity"], problem["can_resume"]), ("acme", "error", True))
        assert "login refused" in problem["text"] and "source-host resume acme" in problem["text"], problem
        equal(fake.users()["flow-service"]["failures"], 1)
        assert 'breaker_open{connection="acme"} 1' in page.get("/metrics").body.decode()
        equal(page.put("connections/acme", {"settings": {"password": PASSWORD}}).status, 200)
        page.until("status", lambda answer: not answer["problems"] and answer["connections"][0]["last_listing"])


@test
def a_captcha_is_told_whole_and_resumed():
    with FakeBitbucket("--captcha-after", 1) as fake, Hosting() as host, Web(host) as web:
        page = web.login()
        fake.get("/users", password="wrong")
        checks, _ = report(page, form(fake))
        for text in (checks["login"]["text"] + (checks["login"]["remedy"] or ""),):
            assert "demands a CAPTCHA for the account flow-service" in text and "Clear CAPTCHA" in text, text
        page.post("connections", form(fake))
        with page.listen() as events:
            status = page.until("status", lambda answer: answer["problems"])
            assert "demands a CAPTCHA for the account flow-service" in status["problems"][0]["text"], status
            fake.user("flow-service", clear_captcha=True)
            equal(page.post("connections/acme/resume").status, 200)
            events.wait("status", lambda data: not data["problems"])
            page.until("connections", is_listed)
        equal(page.post("connections/none/resume").status, 404)


@test
def rate_limits_missing_rights_and_broken_files_are_told():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        fake.user("flow-service", permission="LICENSED_USER")
        page = web.login()
        host.connection("acme", base_url=fake.url)
        host.write("bad.conf", "[connection]\nprovider = nothing\n")
        # the connection is looked after, and so its health
        status = page.until("status", lambda answer: {"acme", "bad"} <= {one["connection"] for one in answer["problems"]})
        told = {one["connection"]: one for one in status["problems"]}
        equal((told["acme"]["severity"], told["acme"]["title"]), ("warning", "Health: permission"))
        checks = {row["check"]: row for row in host.run("--json", "check", "acme").objects}
        equal((told["acme"]["text"], told["acme"]["remedy"]), (checks["permission"]["detail"], checks["permission"]["remedy"]))
        assert "bad.conf:2:" in told["bad"]["text"], told
        fake.fault("answer", "/rest/api/1.0/repos", status=429, headers={"Retry-After": "3000"})
        host.connection("acme", base_url=fake.url, page_size=100)
        status = page.until("status", lambda answer: any("wait" in one["title"] for one in answer["problems"]))
        limited = next(one for one in status["problems"] if "wait" in one["title"])
        assert limited["connection"] == "acme" and limited["until"] > time.time() * 1000 + 2_000_000, limited

        def has_waited():
            waited = page.get("/metrics").body.decode().split("\nsource_host_rate_limit_wait_seconds_total ")[1]
            return float(waited.split()[0]) > 2000
        wait_until(has_waited)  # it is counted after the row is written


@test
def a_server_that_is_away_is_told():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        page = web.login()
        connect(page, fake)
        fake.stop()
        checks, end = report(page, {"connection": "acme"})
        assert not end["ok"] and checks["connect"]["status"] == "fail", checks
        status = page.until("status", lambda answer: "Health: connect" in [one["title"] for one in answer["problems"]])
        equal([one["severity"] for one in status["problems"] if one["title"] == "Health: connect"], ["error"])
        fake.start()


@test
def four_tests_at_once_and_the_end_of_all():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        fake.fault("stall", "/rest/")
        page = web.login()
        with page.listen() as events:
            tasks = [page.post("connections/test", form(fake, f"acme{n}")).json["task"] for n in range(4)]
            equal(len(set(tasks)), 4)
            equal(page.post("connections/test", form(fake)).status, 503)
            equal(page.get("session").status, 200)
            began = time.monotonic()
            equal(web.stop(), 0)
            assert time.monotonic() - began < 20, time.monotonic() - began
            events.wait("end")


# ---- One repository ----------------------------------------------------------------------------


@test
def a_repository_with_its_history_and_charts():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api"})
        page = web.login()
        web.wait("synced", path="PLAT/api")
        one = page.get("connections/acme/repositories/1").json
        counted = host.rows("""SELECT (SELECT count(*) FROM git_commit WHERE reachable = 1) AS commits,
            (SELECT count(*) FROM git_ref) AS refs, (SELECT count(*) FROM pull_request) AS pull_requests,
            (SELECT count(*) FROM activity) AS activities""")[0]
        equal(one["imported"], counted)
        last = host.rows("SELECT * FROM sync_run WHERE repository_id = 1")[0]
        equal(one["history"], [{"started": last["started_at"], "ended": last["finished_at"], "kind": "import", "outcome": "done",
                                "reason": None, **{key: last[key] for key in ("requests", "commits", "pull_requests", "activities")}}])
        charts = one["charts"]
        equal({len(charts[key]) for key in ("weeks", "commits", "opened", "merged", "first_review_hours")}, {26})
        equal(sum(charts["opened"]), counted["pull_requests"])
        equal(sum(charts["merged"]), len(host.rows("SELECT 1 FROM pull_request WHERE state = 'MERGED'")))
        equal(sum(charts["commits"]), counted["commits"])
        assert all(time.strptime(day, "%Y-%m-%d").tm_wday == 0 for day in charts["weeks"]), charts["weeks"]
        reviewed = host.rows("""SELECT p.number, p.created_at, min(a.created_at) AS at FROM pull_request p JOIN activity a
            ON a.pull_request_number = p.number AND a.repository_id = p.repository_id AND a.actor_id <> p.author_id
            WHERE a.action IN ('APPROVED', 'REVIEWED', 'COMMENTED', 'REVIEW_COMMENTED', 'REVIEW_FINISHED')
            AND a.created_at >= p.created_at GROUP BY p.number, p.created_at""")
        took = sorted(row["at"] - row["created_at"] for row in reviewed)
        median = (took[len(took) // 2] + took[~(len(took) // 2)]) / 2 / 3_600_000
        assert abs(charts["first_review_hours"][-1] - median) < 0.01, (charts["first_review_hours"], median)
        pairs = host.rows("""SELECT count(DISTINCT p.number) AS n FROM pull_request p JOIN activity a
            ON a.pull_request_number = p.number AND a.repository_id = p.repository_id AND a.actor_id <> p.author_id
            WHERE a.action IN ('APPROVED', 'REVIEWED', 'COMMENTED', 'REVIEW_COMMENTED', 'REVIEW_FINISHED')
            GROUP BY p.author_id, a.actor_id""")
        equal(sorted(row["count"] for row in charts["reviews"]), sorted(row["n"] for row in pairs))
        equal(page.get("connections/acme/repositories/5").json["charts"]["reviews"], [])
        for path, status in (("connections/acme/repositories/999999", 404), ("connections/acme/repositories/0", 404),
                             ("connections/acme/repositories/x", 404), ("connections/acme/repositories/-1", 404),
                             ("connections/acme/repositories/99999999999999999999", 404), ("connections/none/repositories/1", 404),
                             ("connections/none/repositories", 404)):
            equal((path, page.get(path).status), (path, status))


# ---- Events ------------------------------------------------------------------------------------


@test
def events_tell_what_changes_and_comments_keep_the_stream_alive():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        page = web.login()
        connect(page, fake)
        with page.listen() as events, page.listen() as others:
            page.post("connections/acme/auto-import", {"organization": "SECRET", "on": True})
            for each in (events, others):
                data = each.wait("repositories", lambda data: data["organizations"])
                equal([(row["key"], row["auto_import"]) for row in data["organizations"]], [("SECRET", True)])
            # of another process; what this one imports meanwhile may be told with it
            equal(host.run("import", "acme", "PLAT/docs").code, 0)
            events.wait("repositories", lambda data: ("PLAT/docs", "up to date") in
                        [(row["path"], row["import_state"]) for row in data["repositories"]])
            os.unlink(os.path.join(host.connections, "acme.conf"))
            data = events.wait("status", lambda data: not data["connections"][0]["has_file"])
            equal(data["problems"][0]["title"], "Its file is gone")
            equal(host.run("purge", "acme").code, 0)
            events.wait("status", lambda data: data["connections"] == [])
            events.wait("comment", lambda text: "still here" in text)


@test
def a_change_of_very_many_rows_is_told_as_one():
    with FakeBitbucket("--world", "listing", "--repositories", 1200) as fake, Hosting() as host, Web(host) as web:
        page = web.login()
        with page.listen() as events:
            connect(page, fake)
            assert events.wait("repositories")["many"]
            equal(len(page.repositories()), 1200)


# ---- Restarts, tokens, the store ---------------------------------------------------------------


@test
def a_restart_keeps_sessions():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        with Web(host) as web:
            page = web.login()
            token, port = web.token, web.port
        with Web(host, token=token, port=port) as web:
            equal(web.url, None)
            page.web = web
            equal(page.get("session").json["csrf"], page.csrf)
            equal(page.post("connections/acme/resume").status, 200)


@test
def a_read_only_token_sees_all_and_changes_nothing():
    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        page = web.login()
        connect(page, fake)
        token = host.run("--json", "token", "reader", "--read-only").objects[0]["token"]
        reader = web.login(token)
        equal(reader.get("session").json["can_change"], False)
        for path in ("connections", "providers", "status", "connections/acme/repositories", "connections/acme/repositories/1", "/metrics"):
            equal((path, reader.get(path).status), (path, 200))
            equal((path, web.bearer(token).get(path).status), (path, 200))
        before = file_of(host)
        for path, body, method in (("connections", form(fake, "other"), "POST"), ("connections/validate", form(fake), "POST"),
                                   ("connections/test", {"connection": "acme"}, "POST"),
                                   ("connections/acme", {"settings": {"page_size": "5"}}, "PUT"),
                                   ("connections/acme/import", {"all": True}, "POST"),
                                   ("connections/acme/auto-import", {"organization": "PLAT", "on": True}, "POST"),
                                   ("connections/acme/resume", {}, "POST")):
            answer = reader.post(path, body, method)
            equal((path, answer.status, answer.error["code"]), (path, 403, "read_only"))
        equal((file_of(host), os.listdir(host.connections)), (before, ["acme.conf"]))
        equal(host.rows("SELECT count(*) AS n FROM repository WHERE imported = 1"), [{"n": 0}])
        equal(reader.post("logout").status, 204)


@test
def tokens_are_listed_named_once_and_removed():
    with Hosting() as host:
        first = host.run("--json", "token", "one").objects[0]
        equal((first["name"], first["can_change"], len(first["token"])), ("one", True, 64))
        for arguments, code in ((("one",), 2), (("two", "--read-only"), 0), (("x" * 64,), 2), (("",), 2), ((), 2),
                                (("three", "--list"), 2), (("three", "--read-only", "--remove"), 2), (("three", "--remove"), 2)):
            equal((arguments, host.run("token", *arguments).code), (arguments, code))
        equal([(row["name"], row["can_change"]) for row in host.run("--json", "token", "--list").objects], [("one", True), ("two", False)])
        equal(host.run("token", "one", "--remove").code, 0)
        equal([row["name"] for row in host.run("--json", "token", "--list").objects], ["two"])
        with open(host.store, "rb") as file:
            assert first["token"].encode() not in file.read()


@test
def metrics_and_health_for_programs():
    if not psql.programs():
        raise Skip("no PostgreSQL here: apt-get install postgresql")
    with FakeBitbucket() as fake, Postgres() as postgres, Hosting(postgres.database("store")) as host, Web(host) as web:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/docs"})
        web.wait("synced", path="PLAT/docs")
        text = web.bearer().get("/metrics").body.decode()
        values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        assert float(values["source_host_requests_total"]) > 3, text
        equal(values['source_host_jobs{state="done"}'], "1")
        equal(values['source_host_breaker_open{connection="acme"}'], "0")
        assert 0 <= float(values['source_host_listing_age_seconds{connection="acme"}']) < 60, text
        assert 0 <= float(values['source_host_sync_age_seconds{connection="acme"}']) < 60, text
        assert float(values["source_host_rows_written_total"]) > 0 and float(values["source_host_runs_done_total"]) >= 2, text
        equal((web.ask("GET", "/healthz").status, web.ask("GET", "/healthz").json), (200, {"status": "ok"}))
        equal(web.ask("GET", "/metrics").status, 401)
        equal(len(web.bearer().get("status").json["workers"]), 1)
        postgres.stop("immediate")
        answer = web.ask("GET", "/healthz")
        equal((answer.status, answer.json), (503, {"status": "the store does not answer"}))
        answer = web.ask("POST", "/api/1/login", {"token": web.token})
        equal((answer.status, answer.error["message"]), (503, "the store does not answer now; try again, or look into the log"))
        postgres.start()
        equal((web.ask("GET", "/healthz").status, web.login().get("status").status), (200, 200))


@test
def a_locale_with_a_comma_changes_no_number():
    with FakeBitbucket() as fake, Hosting() as host, Web(host, LC_ALL="de_DE.UTF-8") as web:
        page = web.login()
        connect(page, fake)
        age = page.get("/metrics").body.decode().split('listing_age_seconds{connection="acme"} ')[1].split()[0]
        float(age)


@test
def ten_thousand_repositories_are_listed_in_time():
    with FakeBitbucket("--world", "listing", "--repositories", 10) as fake, Hosting() as host, Web(host) as web:
        page = web.login()
        connect(page, fake)
        with sqlite3.connect(host.store, timeout=60) as database:
            database.execute("""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
                INSERT INTO repository (connection, id, organization_id, path, slug, name, archived, fork, offline, listed, imported)
                SELECT 'acme', 1000000 + i, (SELECT min(id) FROM organization), 'ORG/repository-' || i, 'repository-' || i,
                'Repository ' || i, 0, 0, 0, 1, 0 FROM n""")
        database.close()
        took = []
        for _ in range(3):
            began = time.monotonic()
            answer = page.get("connections/acme/repositories")
            took.append(time.monotonic() - began)
            equal(len(answer.json["repositories"]), 10010)
        print(f"# 10,000 repositories: {len(answer.body)} bytes in {min(took) * 1000:.0f} ms")
        assert min(took) < 20, took


if __name__ == "__main__":
    run()
