"""Runs `source-host check` and reads its report.

    with FakeBitbucket() as fake:
        fails(check(base_url=fake.url, password="wrong"), "login", "wrong-password", 4, "password")
"""

from hosting import Hosting

import client
import strangers
from tap import equal

ORDER = ["resolve", "connect", "tls", "bitbucket", "version", "state", "login", "identity", "permission", "git",
         "rate_limit", "clock", "concurrency"]
# What passes though no server is reached.
OF_OURS = ["concurrency"]
REFS = "/info/refs"
PROPERTIES = "/application-properties"


class Report:
    """The checks of one `source-host check`, by name."""

    def __init__(self, result):
        self.result, self.code = result, result.code
        self.checks = {row["check"]: row for row in result.objects}
        equal(list(self.checks), ORDER)
        for row in result.objects:
            equal(row["cause"] is None, row["status"] in ("pass", "skip"))
            assert row["detail"] and (row["cause"] is None or row["remedy"]), row
            assert row["duration_ms"] < 600000, row

    def of(self, status):
        return {name: row["cause"] for name, row in self.checks.items() if row["status"] == status}

    def __repr__(self):
        return repr(self.result)


class FakeBitbucket(client.FakeBitbucket):
    """One whose failed logins are counted with every report."""
    running = set()

    def start(self):
        self.running.add(super().start())
        return self

    def stop(self):
        self.running.discard(self)
        super().stop()


def failed_logins(fake):
    """Refused by the fake itself, or for Git by one of its faults: with Git a 401 always is about the login."""
    return sum(request["login"] == "failed" or (REFS in request["path"] and request["status"] == 401)
               for request in fake.requests())


def all_failed_logins():
    return sum(failed_logins(fake) for fake in FakeBitbucket.running) + len(strangers.LOGINS)


def check(**settings):
    with Hosting() as host:
        host.connection("acme", **settings)
        before = all_failed_logins()
        report = Report(host.run("check", "acme", "--json"))
        report.failed_logins = all_failed_logins() - before
        assert report.failed_logins <= 1, report
        for secret in ("s3cret pass", "S3cretPw"):
            assert secret not in report.result.out + report.result.err, report
        return report


def fails(report, name, cause, code=1, setting=None, words=()):
    """One check failed, for that cause; what depends on it was not tried."""
    assert report.of("fail") == {name: cause}, report
    equal(report.code, code)
    row = report.checks[name]
    equal(row["setting"], setting)
    for word in words:
        assert word in row["detail"], (word, report)
    return row


def warns(report, name, cause, setting=None, words=(), also=()):
    """One check warns, for that cause, and all is well otherwise."""
    assert report.of("fail") == {}, report
    equal({key: value for key, value in report.of("warn").items() if key not in also}, {name: cause})
    equal(report.code, 0)
    equal(report.checks[name]["setting"], setting)
    for word in words:
        assert word in report.checks[name]["detail"], (word, report)
