#!/usr/bin/env python3
"""What answers in place of Bitbucket, or as one that is not ready, in the health report. Prints TAP."""

from health_report import PROPERTIES, FakeBitbucket, check, fails, warns
from hosting import Hosting
from strangers import serving

from tap import equal, run, test


@test
def a_gateway_that_does_not_reach_the_server():
    with serving(lambda handler: handler.reply(504)) as place:
        fails(check(base_url=place), "bitbucket", "gateway", words=["504"])


@test
def a_page_instead_of_bitbucket():
    page = b"<html><title>Log in</title>"
    with serving(lambda handler: handler.reply(200, body=page)) as place:
        fails(check(base_url=place), "bitbucket", "html", setting="base_url", words=["Log in"])
    with serving(lambda handler: handler.reply(302, Location="https://sso.example.com/login")) as place:
        fails(check(base_url=place), "bitbucket", "html", setting="base_url", words=["sso.example.com"])


@test
def json_of_something_else():
    with serving(lambda handler: handler.reply(200, "application/json", b'{"hello": "world"}')) as place:
        fails(check(base_url=place), "bitbucket", "not-bitbucket", setting="base_url")


@test
def jira_by_its_api():
    def answer(handler):
        if handler.path.endswith("/rest/api/2/serverInfo"):
            handler.reply(200, "application/json;charset=UTF-8", b'{"baseUrl": "http://jira", "version": "9.12.0", '
                          b'"versionNumbers": [9, 12, 0], "serverTitle": "Jira"}')
        else:
            handler.reply(404, body=b"<html>Oops")
    with serving(answer) as place:
        fails(check(base_url=place + "/jira"), "bitbucket", "jira", setting="base_url", words=["Jira"])


@test
def jira_by_its_page():
    page = b'<html><meta name="application-name" content="JIRA" data-name="jira">'
    with serving(lambda handler: handler.reply(200, body=page)) as place:
        fails(check(base_url=place), "bitbucket", "jira", setting="base_url", words=["Jira"])


@test
def bitbucket_cloud():
    with serving(lambda handler: handler.reply(404, body=b"<html>Not found")) as proxy:
        for host in ("bitbucket.org", "api.bitbucket.org"):
            report = check(base_url=f"http://{host}/acme", allow_plaintext="true", proxy=proxy)
            fails(report, "bitbucket", "bitbucket-cloud", setting="base_url", words=["Cloud"])


@test
def a_wrong_context_path_and_where_bitbucket_is():
    for context, wrong in (("/bitbucket", ""), ("/bitbucket", "/wrong"), ("/stash", "/bitbucket"), ("", "/bitbucket"),
                           ("/a/b", "/a/b/projects/PLAT")):
        with FakeBitbucket("--context", context) as fake:
            row = fails(check(base_url=fake.root + wrong), "bitbucket", "context-path", setting="base_url",
                        words=[f"Bitbucket answers at {fake.url}: set base_url to it"])
            assert row["remedy"], row
            equal([request for request in fake.requests() if request["login"] != "anonymous"], [])


@test
def a_context_path_that_the_start_page_leads_to():
    def answer(handler):
        if handler.path == "/":
            handler.reply(302, Location="/code/git/dashboard?x=1")
        elif handler.path == "/code/git/rest/api/1.0" + PROPERTIES:
            handler.reply(200, "application/json", b'{"version": "8.19.2", "buildNumber": "8019002"}')
        else:
            handler.reply(404)
    with serving(answer) as place:
        for wrong in ("", "/elsewhere"):
            fails(check(base_url=place + wrong), "bitbucket", "context-path", setting="base_url",
                  words=[f"Bitbucket answers at {place}/code/git: set"])


@test
def a_context_path_that_nobody_knows():
    with FakeBitbucket("--context", "/hidden") as fake:
        fails(check(base_url=fake.root), "bitbucket", "context-path", setting="base_url", words=["404"])


@test
def a_server_that_is_not_ready():
    for state, cause in (("STARTING", "starting"), ("MAINTENANCE", "maintenance"), ("ERROR", "not-ready"),
                         ("FIRST_RUN", "not-ready")):
        with FakeBitbucket() as fake:
            fake.state(state)
            report = check(base_url=fake.url)
            fails(report, "state", cause, words=[state])
            equal(report.checks["bitbucket"]["status"], "pass")
            equal(report.checks["login"]["status"], "skip")


@test
def a_state_that_nobody_knows():
    with FakeBitbucket() as fake:
        fake.fault("replace", "/status", at="state", value="DREAMING")
        fails(check(base_url=fake.url), "state", "not-ready", words=["DREAMING"])


@test
def a_version_that_nobody_knows():
    for version in ("4.14.12", "11.0.0"):
        with FakeBitbucket() as fake:
            fake.fault("replace", PROPERTIES, at="version", value=version)
            warns(check(base_url=fake.url), "version", "version", words=[version])


@test
def what_a_version_is_too_old_for():
    for version, missed in (("6.10.0", "; without archived repositories (from 8.0), "
                                       "automatic merges (from 8.15), draft pull requests (from 8.18)"),
                            ("8.15.0", "; without draft pull requests (from 8.18)"), ("8.18.0", ""), ("10.0.0", "")):
        with FakeBitbucket("--bitbucket-version", version) as fake:
            equal(check(base_url=fake.url).checks["version"]["detail"], f"version {version}{missed}")


@test
def all_that_differs_by_version_is_told_to_who_debugs():
    with FakeBitbucket("--bitbucket-version", "6.10.0") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        told = host.run("check", "acme", "--debug").err
        for line in ("version 6.10.0 has tasks apart from comments (tasks): observed",
                     "version 6.10.0 has no draft pull requests (draft): documented",
                     "version 6.10.0 has pages of 500 activities (activities): observed"):
            assert line in told, (line, told)



if __name__ == "__main__":
    run()
