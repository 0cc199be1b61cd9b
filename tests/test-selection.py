#!/usr/bin/env python3
"""Which repositories are imported, because of what, and what that will cost. Prints TAP."""

import os

from hosting import Hosting

from client import FakeBitbucket
from tap import equal, run, test


def imported(host, connection="acme"):
    return sorted(row["path"] for row in host.rows(
        "SELECT path FROM repository WHERE connection = ? AND imported = 1 AND excluded_by IS NULL", connection))


def paths(fake, *starts):
    return sorted(row["path"] for row in fake.truth()["repository"] if row["path"].startswith(starts))


def to_come(host):
    return {row["path"] for row in done(host.run("sync", "--dry-run", "--json")).objects if "path" in row}


def explain(host, path):
    result = host.run("explain", "acme", path, "--json")
    equal(result.code, 0)
    return result.objects[0]


def done(result):
    equal((result.code, result.err), (0, ""))
    return result


@test
def one_several_an_organization_and_everything():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        done(host.run("import", "acme", "PLAT/docs"))
        equal(imported(host), ["PLAT/docs"])
        done(host.run("import", "acme", "plat/DOCS", "GROE/uber-uns", "MOB/android"))
        equal(imported(host), ["GROE/uber-uns", "MOB/android", "PLAT/docs"])
        done(host.run("import", "acme", "--org", "mob"))
        equal(imported(host), sorted(["GROE/uber-uns", "PLAT/docs", *paths(fake, "MOB/")]))
        done(host.run("import", "acme", "--all"))
        equal(imported(host), paths(fake, ""))


@test
def auto_import_by_command_is_kept_with_its_time_and_takes_what_is_new():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        result = done(host.run("auto-import", "acme", "groe", "on", "--json"))
        equal(result.objects, [{"connection": "acme", "organization": "GROE", "auto_import": True, "fixed": None}])
        equal(host.rows("SELECT is_on, changed_at > 0 AS at FROM auto_import"), [{"is_on": 1, "at": 1}])
        done(host.run("sync"))
        equal(imported(host), ["GROE/uber-uns"])
        fake.mutate("create_repository", project="GROE", name="later")
        fake.mutate("create_repository", project="MOB", name="other")
        done(host.run("sync"))
        equal(imported(host), ["GROE/later", "GROE/uber-uns"])
        why = explain(host, "GROE/later")
        equal((why["rule"], why["wanted"], why["fixed"], why["at"] > 0), ("auto-import", True, False, True))
        assert "`source-host auto-import acme GROE on` was said 20" in why["why"], why


@test
def switched_off_nothing_is_removed_and_nothing_new_comes():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        done(host.run("auto-import", "acme", "GROE", "on"))
        done(host.run("sync"))
        done(host.run("auto-import", "acme", "GROE", "off"))
        fake.mutate("create_repository", project="GROE", name="later")
        done(host.run("sync"))
        equal(imported(host), ["GROE/uber-uns"])
        kept, later = explain(host, "GROE/uber-uns"), explain(host, "GROE/later")
        equal((kept["rule"], kept["wanted"]), ("kept", True))
        equal((later["rule"], later["wanted"]), ("auto-import", False))
        assert "auto-import acme GROE off` was said" in later["why"], later


@test
def all_but_one_organization_by_command():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        done(host.run("auto-import", "acme", "*", "on"))
        done(host.run("auto-import", "acme", "PLAT", "off"))
        equal(to_come(host), set(paths(fake, "")) - set(paths(fake, "PLAT/")))


@test
def auto_import_waits_for_a_complete_listing():
    with FakeBitbucket("--page-cap", 5) as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"auto_import": "GROE"})
        done(host.run("sync"))
        fake.mutate("create_repository", project="GROE", name="later")
        fake.fault("html", "/rest/api/1.0/repos.*start=10", status=200)
        equal(host.run("sync").code, 1)
        equal(imported(host), ["GROE/uber-uns"])
        fake.clear()
        done(host.run("sync"))
        equal(imported(host), ["GROE/later", "GROE/uber-uns"])


@test
def a_repository_keeps_its_choice_when_its_organization_is_renamed():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        done(host.run("auto-import", "acme", "GROE", "on"))
        fake.mutate("rename_project", project="GROE", key="SIZE", name="Size")
        equal(host.run("sync").code, 0)
        equal(imported(host), ["SIZE/uber-uns"])


@test
def kinds_are_left_out_by_rule():
    with FakeBitbucket() as fake, Hosting() as host:
        rules = {"include_archived": "no", "include_personal": "off", "include_forks": "false"}
        host.connection("acme", base_url=fake.url, imports={"auto_import": "*"} | rules)
        truth = fake.truth()["repository"]
        archived = {row["path"] for row in truth if row["archived"]}
        personal = {row["path"] for row in truth if row["path"][0] == "~"}
        assert archived and personal
        equal(to_come(host), {row["path"] for row in truth} - archived - personal)
        for path, rule, line in ((min(archived), "include_archived", 10), ("~JDOE/notes", "include_personal", 11)):
            why = explain(host, path)
            equal((why["rule"], why["fixed"], why["line"], why["wanted"]), (rule, True, line, False))
        host.connection("acme", base_url=fake.url, imports={"auto_import": "*", "include_forks": "no"})
        equal(explain(host, "~JDOE/api")["rule"], "include_forks")
        equal(to_come(host), {row["path"] for row in truth} - {"~JDOE/api"})


@test
def an_empty_repository_is_looked_at_once_a_day():
    with FakeBitbucket() as fake, Hosting() as host:
        clock = os.path.join(host.folder, "clock")

        def at(hours):
            with open(clock, "w", encoding="utf-8") as file:
                file.write(str(1767225600000 + hours * 3600000))
            fake.clear()
            done(host.run("sync", prefix=("env", f"SOURCE_HOST_CLOCK={clock}")))
            return any("/empty" in request["path"] for request in fake.requests())

        host.connection("acme", base_url=fake.url, imports={"auto_import": "PLAT", "include_empty": "no"})
        equal([at(hours) for hours in (0, 1, 23)], [True, False, False])
        assert "PLAT/empty" not in imported(host)
        fake.mutate("push", repository="PLAT/empty", branch="main", files={"a": "b\n"})
        equal([at(25), at(26)], [True, True])
        assert "PLAT/empty" in imported(host)


@test
def what_the_file_says_is_fixed():
    with FakeBitbucket() as fake, Hosting() as host:
        file = host.connection("acme", base_url=fake.url,
                               imports={"repositories": "PLAT/api", "auto_import": "MOB", "exclude": "PLAT/w*"})
        for arguments, said in ((("import", "acme", "PLAT/docs", "PLAT/web"), f"{file}:11: exclude = PLAT/w* keeps PLAT/web out"),
                                (("auto-import", "acme", "MOB", "off"), f"{file}:10: auto_import = MOB fixes"),
                                (("remove", "acme", "PLAT/api"), f"{file}:9: repositories = PLAT/api asks for")):
            result = host.run(*arguments)
            equal(result.code, 2)
            assert said in result.err and "the file wins over commands" in result.err, result
        equal(host.rows("SELECT * FROM auto_import"), [])
        equal(imported(host), [])
        result = done(host.run("auto-import", "acme", "MOB", "on"))
        assert f"on, fixed by {file}:10" in result.out, result
        equal(host.rows("SELECT * FROM auto_import"), [])
        rows = {row["path"]: row for row in done(host.run("repos", "acme", "--json")).objects}
        equal({path for path, row in rows.items() if row["fixed"]}, {"PLAT/api", "PLAT/web", *paths(fake, "MOB/")})
        equal((rows["PLAT/web"]["import_state"], rows["PLAT/api"]["wanted"]), ("excluded", True))
        text = done(host.run("repos", "acme")).out
        assert "auto-import fixed by line 10" in text and "excluded     fixed by line 11" in text, text


@test
def the_file_wins_over_what_was_chosen_before_and_gives_it_back():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        done(host.run("import", "acme", "PLAT/web", "PLAT/docs"))
        file = host.connection("acme", base_url=fake.url, imports={"exclude": "PLAT/w*"})
        fake.clear()
        done(host.run("sync"))
        assert not any("/web" in request["path"] for request in fake.requests())
        assert host.rows("SELECT * FROM git_commit c JOIN repository r ON r.id = c.repository_id WHERE path = 'PLAT/web'")
        equal(host.rows("SELECT excluded_by FROM repository WHERE path = 'PLAT/web'"),
              [{"excluded_by": f"{file}:9: exclude = PLAT/w*"}])
        status = host.run("status")  # a long path leaves no room for what is excluded in its line
        assert f"excluded\n      {file}:9: exclude = PLAT/w*" in status.out.replace("=\n      ", "= "), status
        row = next(row for row in host.run("status", "--json").objects if row.get("path") == "PLAT/web")
        equal((row["state"], row["reason"]), ("excluded", f"{file}:9: exclude = PLAT/w*"))
        host.connection("acme", base_url=fake.url)
        done(host.run("sync"))
        assert any("/web" in request["path"] for request in fake.requests())
        equal(explain(host, "PLAT/web")["rule"], "import")


@test
def a_named_repository_wins_over_globs_and_kinds():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={
            "repositories": "PLAT/legacy-import", "exclude": "*/legacy-*", "include_archived": "no"})
        done(host.run("sync"))
        equal(imported(host), ["PLAT/legacy-import"])


@test
def a_glob_that_matches_nothing_is_warned_of_once():
    with FakeBitbucket() as fake, Hosting() as host:
        file = host.connection("acme", base_url=fake.url, imports={"exclude": "PLAT/w* NOPE/*"})
        for arguments in (("sync",), ("sync", "--dry-run")):
            result = host.run(*arguments)
            equal((result.code, result.err), (
                0, f"source-host: {file}:9: warning: exclude: acme sees no repository that matches NOPE/*\n"))


@test
def explain_tells_of_every_repository():
    with FakeBitbucket() as fake, Hosting() as host:
        file = host.connection("acme", base_url=fake.url, imports={"auto_import": "MOB", "exclude": "*/ios"})
        # in a store that knows nothing yet
        equal(explain(host, "PLAT/api")["rule"], "none")
        equal((explain(host, "MOB/ios")["rule"], explain(host, "MOB/android")["rule"]), ("exclude", "auto_import"))
        done(host.run("import", "acme", "PLAT/docs"))
        named = explain(host, "plat/docs")
        equal((named["rule"], named["imported"], named["at"] > 0), ("import", True, True))
        text = done(host.run("explain", "acme", "MOB/ios")).out
        equal(text, f"MOB/ios: excluded\n  because: {file}:10: exclude = *ios (fixed by the file)\n".replace("*ios", "*/ios"))
        fake.mutate("rename_repository", repository="PLAT/docs", name="papers")
        fake.mutate("delete_repository", repository="PLAT/web")
        equal(host.run("sync").code, 0)
        assert "PLAT/docs is now PLAT/papers" in host.run("explain", "acme", "PLAT/docs").out
        gone = explain(host, "PLAT/web")
        equal((gone["rule"], gone["listed"], gone["wanted"]), ("unlisted", False, False))


@test
def names_that_are_not_there_get_the_nearest_ones():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        for arguments, meant in ((("import", "acme", "PLAT/wbe"), "PLAT/web"),
                                 (("explain", "acme", "PLAT/ios"), "MOB/ios"),
                                 (("remove", "acme", "PLAT/dosc"), "PLAT/docs"),
                                 (("import", "acme", "--org", "MOBB"), "MOB"),
                                 (("repos", "acme", "--org", "PALT"), "PLAT"),
                                 (("auto-import", "acme", "~JDO", "on"), "~JDOE")):
            result = host.run(*arguments)
            equal(result.code, 2)
            assert f"did you mean {meant}" in result.err, result
        result = host.run("import", "acme", "QQQQQQQQ/zzzzzz")
        equal(result.code, 2)
        assert "did you mean" not in result.err, result


@test
def a_dry_run_imports_nothing_and_tells_the_cost():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api MOB/ios"})
        text = done(host.run("sync", "--dry-run")).out
        assert "acme: 2 to import, 0 to update: requests unknown, time unknown" in text, text
        *each, total = done(host.run("sync", "--dry-run", "--json")).objects
        equal([(row["path"], row["would"], row["requests"]) for row in each],
              [("MOB/ios", "import", None), ("PLAT/api", "import", None)])
        equal((total["requests"], total["seconds"]), (None, None))
        equal(imported(host), [])
        assert not os.path.exists(os.path.join(host.data, "mirrors"))
        for _ in range(2):
            fake.clear()
            done(host.run("sync"))
        # of Git's the host counts the fetch
        sent = len([request for request in fake.requests() if "/rest/" in request["path"]]) + 2
        *each, total = done(host.run("sync", "--dry-run", "--json")).objects
        equal([row["would"] for row in each], ["update", "update"])
        assert abs(total["requests"] - sent) <= 1, (total, sent)
        assert total["seconds"] >= 0 and "requests a second" in host.run("sync", "--dry-run").out
        fake.mutate("create_repository", project="MOB", name="later")
        done(host.run("auto-import", "acme", "MOB", "on"))
        rows = {row["path"]: row for row in host.run("sync", "--dry-run", "--json").objects if "path" in row}
        equal(rows["MOB/later"]["would"], "import")
        assert rows["MOB/later"]["requests"] > 0, rows


@test
def tables_fit_a_hundred_columns():
    with FakeBitbucket() as fake, Hosting() as host:
        name = "a-name-that-somebody-took-great-care-to-make-tell-everything-of-it"
        fake.mutate("create_repository", project="PLAT", name=name, files={"a": "b"})
        host.connection("acme", base_url=fake.url, imports={"auto_import": "PLAT"})
        done(host.run("sync"))
        fake.fault("html", "/pull-requests", headers={"X-AUSERNAME": "flow-service"})
        equal(host.run("sync").code, 1)
        fake.mutate("archive_repository", repository="PLAT/" + name, archived=True)
        for words in ("status",), ("repos", "acme"), ("sync", "--dry-run"):
            lines = host.run(*words).out.splitlines()
            equal([line for line in lines if len(line) > 100], [])
            if words[0] != "sync":  # there is room for it beside the name
                assert lines[lines.index("  PLAT/" + name) + 1].startswith("      "), lines
        assert any(line.startswith("  PLAT/docs   ") and "archived" not in line
                   for line in host.run("repos", "acme").out.splitlines())


@test
def bad_words_are_refused():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        for arguments in (("auto-import", "acme", "PLAT"), ("auto-import", "acme", "PLAT", "yes"),
                          ("explain", "acme"), ("status", "--dry-run"), ("explain", "other", "A/b")):
            equal(host.run(*arguments).code, 2)
        file = host.connection("acme", base_url=fake.url, imports={"include_forks": "never"})
        result = host.run("sync")
        equal(result.code, 2)
        assert f"{file}:9: include_forks = never is neither yes nor no" in result.err, result


if __name__ == "__main__":
    run()
