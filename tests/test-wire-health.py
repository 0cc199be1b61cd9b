#!/usr/bin/env python3
"""Every request of a health report x faults on the wire, as wire_health.txt has it. Prints TAP."""

from matrix import Broken, Matrix
from wire_faults import request_timeout

from client import FakeBitbucket
from tap import equal, run

# Which request it is; what needs a token is asked with one.
COLUMNS = {
    "status": r"/status(?!\w)",
    "product": r"/application-properties",
    "login": r"1\.0/users\?limit=1",
    "permission": r"/admin/permissions/users",
    "administrator": r"/users\?permission=ADMIN",
    "repository": r"/repos\?limit=1(?!\d)",
    "Git": r"/info/refs",
    "rate limit": r"/rate-limit/settings(?!/)",
    "own rate limit": r"/rate-limit/settings/users/",
}
TOKEN = {"username": None, "password": None, "token": "a-token"}


def outcome_of(rows):
    """What does not pass: `fail CHECK cause`, or a warning, or a check that alone could not be made."""
    told = [f"{row['status']} {row['check']} {row['cause']}" for row in rows if row["status"] in ("fail", "warn")]
    skipped = [f"skip {row['check']}" for row in rows if row["status"] == "skip" and row["check"] != "tls"]
    return ", ".join(told or skipped) or "pass"


def most_times(column, fault, refused):
    """Once; the product once more with the login where nothing is told without; and only the login is tried again, unless
    it is refused. A redirect is followed three times; and on a connection that was used before, libcurl by itself asks
    again when it breaks off unanswered."""
    times = 2 if column == "product" else 5 if column == "login" and not refused else 1
    return times + 3 if "circle" in fault or "before the answer" in fault else times


def try_cell(matrix, host, below, column, fault, _, cell):
    with Broken(matrix.fake, below, COLUMNS[column], fault) as broken:
        host.connection("acme", base_url=broken.url, request_timeout=request_timeout(fault),
                        **(TOKEN if column == "administrator" else {}))
        result = matrix.source_host(host, fault, "check", "acme", "--json")
        got = outcome_of(result.objects)
        equal(got, cell)
        equal(result.code, 0 if "fail" not in got else 4 if host.rows("SELECT 1 FROM login_refusal WHERE certain = 1") else 1)
        assert 1 <= broken.asked() <= most_times(column, fault, refused=result.code == 4), f"asked {broken.asked()} times"
        broken.mend()
        host.run("resume", "acme")
        mended = host.run("check", "acme", "--json")
        equal((mended.code, outcome_of(mended.objects)), (0, "skip rate_limit" if column == "administrator" else "pass"))


with FakeBitbucket("--cells", "--context", "/elsewhere") as FAKE:  # that nobody finds by trying
    FAKE.rate_limit(100000, 100000)
    FAKE.token("a-token", user="flow-service")
    MATRIX = Matrix(FAKE, try_cell)
    MATRIX.start("wire_health.txt", COLUMNS)
    run()
    MATRIX.tell()
