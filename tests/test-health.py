#!/usr/bin/env python3
"""The health report as a whole, and its checks that are about no failure of reach or login. Prints TAP."""

import time
from email.utils import formatdate

from health_report import ORDER, REFS, FakeBitbucket, check, failed_logins, warns
from hosting import Hosting
from strangers import forwarding, serving

from tap import equal, run, test


@test
def all_is_well():
    with FakeBitbucket("--context", "/bitbucket") as fake:
        report = check(base_url=fake.url)
        equal(report.code, 0)
        equal(report.of("skip"), {"tls": None})
        equal(len(report.of("pass")), len(ORDER) - 1)
        equal(failed_logins(fake), 0)
        git = [request for request in fake.requests() if REFS in request["path"]]
        equal([(request["status"], request["user"]) for request in git], [(200, "flow-service")])


@test
def the_report_for_people_is_one_line_per_check():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, max_concurrency=5)
        result = host.run("check", "acme")
        equal(result.code, 0)
        for name in ORDER:
            assert name in result.out, result
        assert "setting: max_concurrency" in result.out, result


@test
def a_clock_that_is_wrong():
    for ahead, words in ((7200, ["72", "ahead"]), (-7200, ["72", "behind"])):
        with FakeBitbucket() as fake, serving(forwarding(fake, Date=formatdate(time.time() + ahead, usegmt=True))) as place:
            warns(check(base_url=place), "clock", "clock", words=[words[1], "seconds"])


@test
def a_clock_that_nobody_tells():
    for headers in ({"Date": "soon"}, {"Age": "3600"}):
        with FakeBitbucket() as fake, serving(forwarding(fake, **headers)) as place:
            report = check(base_url=place)
            equal((report.code, report.of("fail"), report.of("warn")), (0, {}, {}))
            assert "no answer told" in report.checks["clock"]["detail"], report


@test
def rate_limits():
    place = "/rate-limit/settings"
    with FakeBitbucket() as fake:
        fake.fault("answer", place, body='{"enabled":true,"defaultSettings":{"capacity":60,"fillRate":5}}')
        report = check(base_url=fake.url)
        assert "60 requests at once, then 5 per second" in report.checks["rate_limit"]["detail"], report
        equal((report.code, report.checks["rate_limit"]["status"]), (0, "pass"))
        for body in ('{"enabled":true}', '{"enabled":true,"defaultSettings":{"fillRate":5}}',
                     '{"enabled":true,"defaultSettings":{"capacity":60}}', '{"enabled":true,"defaultSettings":[]}'):
            fake.clear()
            fake.fault("answer", place, body=body)
            report = check(base_url=fake.url)
            assert "does not say how" in report.checks["rate_limit"]["detail"], (body, report)
            equal((report.code, report.checks["rate_limit"]["status"]), (0, "pass"))
        fake.clear()
        fake.fault("html", place, status=404)
        report = check(base_url=fake.url)
        equal((report.code, report.checks["rate_limit"]["status"]), (0, "skip"))
        assert "cannot be read" in report.checks["rate_limit"]["detail"], report


@test
def rate_limits_of_a_version_that_has_none():
    for version, asked in (("5.16.0", False), ("6.6.0", True)):
        with FakeBitbucket("--bitbucket-version", version) as fake:
            report = check(base_url=fake.url)
            equal((report.code, report.checks["rate_limit"]["status"]), (0, "pass"))
            equal(any("rate-limit" in request["path"] for request in fake.requests()), asked)


@test
def as_many_requests_at_once_as_lock_an_account():
    with FakeBitbucket() as fake:
        warns(check(base_url=fake.url, max_concurrency=5), "concurrency", "concurrency", "max_concurrency", ["5"])


if __name__ == "__main__":
    run()
