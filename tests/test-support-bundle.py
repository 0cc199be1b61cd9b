#!/usr/bin/env python3
"""What `source-host support-bundle` tells to who helps: all of it, and no secret. Prints TAP."""

import json
import os
import subprocess

from hosting import PASSWORD, Hosting

from client import FakeBitbucket
from tap import Skip, equal, run, test

PARTS = ["log", "versions", "configuration", "providers", "connection_files", "connections", "health", "status", "runs"]


class Bundle:
    """Its parts by their names, each a list of objects; and what was wrong with some."""

    def __init__(self, result):
        self.result, self.parts, self.problems, self.endings = result, {}, {}, {}
        for line in result.objects:
            name = line.get("part", None) or name
            self.parts.setdefault(name, [])
            if "problem" in line and len(line) < 3:
                self.problems[name] = line["problem"]
            elif "ended_as" in line:
                self.endings[name] = line["ended_as"]
            elif "part" not in line:
                self.parts[name].append(line)
        equal((result.code, list(self.parts)), (0, PARTS))


LINE = {"MESSAGE": "synced", "_SYSTEMD_UNIT": "source-host.service"}


def bundle(host, journal=f"echo '{json.dumps(LINE)}'", **variables):
    """With a journalctl that does what the script says."""
    folder = os.path.join(host.folder, "bin")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "journalctl")
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n" + journal + "\n")
    os.chmod(path, 0o755)
    variables |= {"PATH": folder + ":" + os.environ["PATH"]}
    return Bundle(host.run("support-bundle", variables=variables, cwd=host.folder))


@test
def root_reads_the_journal_and_is_the_owner_of_the_data_for_the_rest():
    if os.geteuid():
        raise Skip("only root can become another user")
    with Hosting() as host:
        os.mkdir(host.data, 0o700)
        subprocess.run(["chown", "-R", "65534:65534", host.folder], check=True)
        told = bundle(host, """echo '{"user": '$(id -u)'}'""",
                      ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")
        equal(told.parts["log"], [{"user": 0}])
        equal(os.stat(host.store).st_uid, 65534)


@test
def it_is_what_the_commands_tell():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url,
                        imports={"repositories": "PLAT/docs", "exclude": "*/old-*", "include_archived": "no"})
        equal(host.run("sync").code, 0)
        told = bundle(host)
        for part, command in (("providers", "providers"), ("connections", "connections"), ("health", "check"),
                              ("status", "status")):
            shown = host.run(command, "--json").objects
            equal([set(one) for one in told.parts[part]], [set(one) for one in shown])
            assert shown, part
        equal(told.parts["status"][1], host.run("status", "--json").objects[1])
        assert {"pass"} <= {check["status"] for check in told.parts["health"]} <= {"pass", "skip"}, told.parts["health"]
        equal([(one["connection"], one["path"], one["outcome"]) for one in told.parts["runs"]],
              [("acme", "PLAT/docs", "done"), ("acme", None, "done")])
        (versions,) = told.parts["versions"]
        assert versions["git"].startswith("git version ") and versions["store"].startswith("SQLite 3."), versions
        (file,) = told.parts["connection_files"]
        equal([(one["key"], one["value"]) for one in file["import"]],
              [("repositories", "PLAT/docs"), ("exclude", "*/old-*"), ("include_archived", "no")])
        equal((told.problems, told.endings), ({}, {}))


@test
def no_secret_is_in_it_however_it_was_written():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, verify_tls="false")
        host.connection("misspelt", base_url=fake.url, passwrod="c4nary one")
        host.connection("fetched", base_url=fake.url, password=None, password_env="c4nary")
        host.connection("in_file", base_url=fake.url, password=None, password_file="c4nary")
        host.connection("credential", base_url=fake.url, password=None, password_credential="c4nary")
        host.connection("of_page", base_url="https://bitbucket.example.com/#token=c4nary")
        host.connection("two_lines", base_url=None, password=PASSWORD + "\nc4nary==")
        host.connection("in_url", base_url="https://flow:c4nary@bitbucket.example.com",
                        proxy="http://flow:c4nary@proxy:3128")
        host.connection("asked", base_url="https://bitbucket.example.com/?token=c4nary")
        host.connection("no_url", base_url="flow:c4nary@bitbucket.example.com")
        host.write("broken.conf", "[connection]\nprovider = bitbucket-server\n[settings\npassword = c4nary\n")
        host.write("nobody.conf", "[connection]\nprovider = nobody\n[settings]\npassword = c4nary\nbase_url = c4nary\n")
        told = bundle(host, CREDENTIALS_DIRECTORY=host.folder)
        assert "c4nary" not in told.result.out + told.result.err and PASSWORD not in told.result.out, told.result
        files = {one["connection"]: one["settings"] for one in told.parts["connection_files"]}
        equal([(one["key"], one["value"]) for one in files["acme"]],
              [("username", "flow-service"), ("password", "(hidden)"), ("base_url", fake.url), ("verify_tls", "false")])
        equal({name: [one["key"] for one in settings if one["value"] == "(hidden)"]
               for name, settings in files.items() if settings},
              {"acme": ["password"], "misspelt": ["password", "passwrod"], "fetched": ["password_env"],
               "in_file": ["password_file"], "credential": ["password_credential"], "of_page": ["password", "base_url"],
               "two_lines": ["password", "(hidden)"],
               "in_url": ["password", "base_url", "proxy"], "asked": ["password", "base_url"],
               "no_url": ["password", "base_url"], "nobody": ["password", "base_url"]})
        equal(files["broken"], [])
        equal(told.endings["connections"], "wrong use or configuration")


@test
def where_the_store_is_is_told_and_no_login_to_it():
    for store, shown in (("postgresql://u:c4nary@127.0.0.1:1/d", "postgresql://(hidden)"),
                         ("postgres://u:c4n@c4nary@127.0.0.1/d", "postgresql://(hidden)"),
                         ("POSTGRESQL://u:c4nary@127.0.0.1:1/d", "(hidden)"), ("host=db password=c4nary", "(hidden)")):
        with Hosting() as host:
            told = bundle(host, SOURCE_HOST_STORE=store)
            equal(told.parts["configuration"][0]["store"], shown)
            assert "c4nary" not in told.result.out + told.result.err, told.result


@test
def what_is_broken_is_told_and_the_rest_too():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        os.mkdir(host.data)
        with open(host.store, "w", encoding="utf-8") as file:
            file.write("this is no database\n" * 100)
        told = bundle(host)
        assert "not a database" in told.problems["status"] + told.problems["runs"], told.problems
        assert "not a database" in told.parts["versions"][0]["store"], told.parts["versions"]
        equal([one["key"] for one in told.parts["connection_files"][0]["settings"]], ["username", "password", "base_url"])
    with Hosting() as host:
        os.rmdir(host.connections)
        told = bundle(host)
        for part in ("connection_files", "connections", "health"):
            assert told.problems[part].endswith("connections.d: No such file or directory"), told.problems


@test
def the_log_is_the_journals():
    with Hosting() as host:
        told = bundle(host, f"env >env; echo \"$@\" >arguments; echo '{json.dumps(LINE)}'", SECRET="c4nary")
        equal((told.parts["log"], told.problems), ([LINE], {}))
        with open(os.path.join(host.folder, "env"), encoding="utf-8") as file:
            assert "c4nary" not in file.read()
        with open(os.path.join(host.folder, "arguments"), encoding="utf-8") as file:
            assert "--unit=source-host.service" in file.read()


@test
def a_log_that_cannot_be_had_is_said_and_one_without_an_end_is_cut():
    for script, n, problem in (("echo 'No journal files.' >&2; exit 1", 0, "journalctl: No journal files."),
                               ("exit 0", 0, "the journal has nothing of source-host that this user may read"),
                               ("echo '{\"a\":1}'; printf '{\"a'; echo broken >&2; exit 1", 1, "journalctl: broken"),
                               ("yes '{\"MESSAGE\":\"again and again\"}'", None, "the rest is too long, and left out")):
        with Hosting() as host:
            told = bundle(host, script)
            equal((told.problems["log"], told.endings["log"]), (problem, "failed"))
            assert n in (len(told.parts["log"]), None) and len(told.result.out) < 6 << 20, (n, len(told.result.out))


if __name__ == "__main__":
    run()
