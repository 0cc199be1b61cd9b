#!/usr/bin/env python3
"""Who we are to the server, and what we may do there, in the health report. Prints TAP."""

from health_report import PROPERTIES, FakeBitbucket, check, failed_logins, fails, warns
from strangers import forwarding, serving

from tap import equal, run, test


@test
def a_wrong_password():
    with FakeBitbucket() as fake:
        fails(check(base_url=fake.url, password="wrong"), "login", "wrong-password", 4, "password")
        equal(fake.users()["flow-service"]["failures"], 1)
        equal(failed_logins(fake), 1)


@test
def a_server_that_tells_nothing_without_a_login():
    with FakeBitbucket() as fake, serving(forwarding(fake, closed=".")) as place:
        report = check(base_url=place)
        equal((report.code, report.of("fail"), report.of("warn")), (0, {}, {}))
        equal(report.of("skip"), {"tls": None, "state": None})
        assert "without a login" in report.checks["state"]["detail"], report
        assert "version 8.19.2" in report.checks["version"]["detail"], report
        equal(report.failed_logins, 0)
    for closed in ("/status", PROPERTIES):
        with FakeBitbucket() as fake, serving(forwarding(fake, closed=closed)) as place:
            report = check(base_url=place)
            equal((report.code, report.of("fail"), report.of("warn"), report.failed_logins), (0, {}, {}, 0))


@test
def a_server_that_tells_nothing_without_a_login_and_refuses_ours():
    def bitbucket_401(handler):
        handler.reply(401, "application/json", b'{"errors":[{"message":"Authentication failed.","exceptionName":'
                      b'"com.atlassian.bitbucket.auth.IncorrectPasswordAuthenticationException"}]}')
    with FakeBitbucket() as fake, serving(forwarding(fake, closed=".")) as place:
        report = check(base_url=place, password="wrong")
        fails(report, "login", "wrong-password", 4, "password")
        equal([report.checks[name]["status"] for name in ("connect", "bitbucket", "version", "state")],
              ["pass", "skip", "skip", "skip"])
        equal((report.failed_logins, fake.users()["flow-service"]["failures"]), (1, 1))
    for answer in (bitbucket_401, lambda handler: handler.reply(401, body=b"<html>Log in")):
        with serving(answer) as place:
            report = check(base_url=place)
            fails(report, "login", "wrong-password", 4, "password")
            equal(report.failed_logins, 1)


@test
def a_server_that_is_not_ready_and_wants_a_login_gets_none():
    with FakeBitbucket() as fake, serving(forwarding(fake, closed=PROPERTIES)) as place:
        fake.state("MAINTENANCE")
        fails(check(base_url=place), "state", "maintenance")
        equal([request for request in fake.requests() if request["scheme"]], [])


@test
def a_captcha():
    with FakeBitbucket("--captcha-after", 1) as fake:
        fake.get("/users", password="wrong")
        fake.clear()
        fails(check(base_url=fake.url), "login", "captcha", 4, "password", ["flow-service"])
        equal(failed_logins(fake), 1)


@test
def basic_authentication_that_is_disabled():
    with FakeBitbucket("--basic-disabled") as fake:
        fails(check(base_url=fake.url), "login", "basic-disabled", 4, "password")
        equal(failed_logins(fake), 1)


@test
def a_token_that_is_refused():
    with FakeBitbucket() as fake:
        fake.token("expired-one", user="flow-service", expired=True)
        for token in ("expired-one", "unknown-one"):
            fake.clear()
            fails(check(base_url=fake.url, username=None, password=None, token=token), "login", "token-refused", 4, "token")
            equal(failed_logins(fake), 1)


@test
def a_login_that_is_removed_on_its_way():
    with FakeBitbucket("--public-access") as fake, serving(forwarding(fake, without=("authorization",))) as place:
        fails(check(base_url=place), "login", "anonymous", 4, "base_url")
        equal(failed_logins(fake), 0)


@test
def a_single_sign_on_that_refuses_the_login():
    for kind, settings in (("html", {}), ("redirect", {"location": "https://sso.example.com/login"})):
        with FakeBitbucket() as fake:
            fake.fault(kind, "/users", **settings)
            fails(check(base_url=fake.url), "login", "html", 1, "base_url", ["login page in front of"])


@test
def an_anonymous_answer_of_status_200():
    with FakeBitbucket() as fake:
        fake.fault("answer", "/admin/permissions/users", headers={"X-AUSERNAME": None}, body='{"values":[]}')
        fails(check(base_url=fake.url), "permission", "anonymous", 4, "base_url")


@test
def somebody_else():
    with FakeBitbucket() as fake:
        fake.fault("answer", "/users", headers={"X-AUSERNAME": "jdoe"}, body='{"values":[]}')
        report = check(base_url=fake.url)
        fails(report, "identity", "user-mismatch", 4, "username", ["jdoe", "flow-service"])
        equal(report.checks["login"]["status"], "pass")


@test
def a_name_that_is_removed_on_its_way():
    with FakeBitbucket("--no-ausername") as fake:
        warns(check(base_url=fake.url), "identity", "unnamed", words=["X-AUSERNAME"])


@test
def an_account_that_is_no_administrator():
    with FakeBitbucket() as fake:
        report = check(base_url=fake.url, username="reader", password="reader")
        warns(report, "permission", "not-admin", "username", ["personal repositories", "permissions", "webhooks"])
        assert "global permission Admin," in report.checks["permission"]["remedy"], report  # as it is called there
        equal(failed_logins(fake), 0)


@test
def a_token_and_administration():
    with FakeBitbucket() as fake:
        fake.token("admins", user="flow-service")
        fake.token("readers", user="reader")
        fake.token("projects", kind="project", project="PLAT")
        report = check(base_url=fake.url, username=None, password=None, token="admins")
        equal((report.code, report.of("fail"), report.of("warn")), (0, {}, {}))
        for token in ("readers", "projects"):
            report = check(base_url=fake.url, username=None, password=None, token=token)
            warns(report, "permission", "admin-unproven", "token", ["personal repositories", "permissions", "webhooks"])
        equal(failed_logins(fake), 0)


if __name__ == "__main__":
    run()
