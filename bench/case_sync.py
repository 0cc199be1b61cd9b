"""Requests of a sync of that repository with 5,000 pull requests, unchanged and after ten have changed."""

import os

import made_pages
import made_reviews
from measure import peak_kib, run
from ours import MADE, OURS, Host, helper
from report import Row
from servers import Pages

SIZE = 5000
UNCHANGED_REQUESTS, CHANGED_REQUESTS, MOST_KIB = 1, 13, 24 * 1024
REPOSITORY = "/rest/api/1.0/projects/PLAT/repos/api/"


def rows():
    folder = made_pages.made(MADE, made_reviews.reviews, SIZE)
    current = os.path.join(folder, "current")
    with Host() as host:
        point(current, "before")
        with Pages(current, git=os.path.join(folder, "scm")) as server:
            host.connection("acme", base_url=f"http://127.0.0.1:{server.port}")
            run(host.command("import", "acme", "PLAT/api"), OURS)
            host.keep()
            for what, name, bound in (("unchanged", "before", UNCHANGED_REQUESTS),
                                      ("10 changed", "after", CHANGED_REQUESTS)):
                point(current, name)
                yield from sync(server, host, what, bound)


def point(link, name):
    if os.path.islink(link):
        os.unlink(link)
    os.symlink(name, link)


def sync(server, host, what, bound):
    """Open pull requests cost one request each, which the bound leaves out."""
    ours = host.command("sync")
    host.restore()
    server.clear()
    seconds = run(ours, OURS)
    counted, asked = server.count(), server.asked(REPOSITORY)
    opened = sum(path.split("/pull-requests/")[1].split("/")[0] in open_numbers(host)
                 for path in asked if "/activities" in path)
    host.restore()
    peak = peak_kib(helper("peak"), ours, OURS)
    yield Row(f"{what}: all of a sync", [seconds], requests=counted.requests, bytes=counted.bytes, peak_kib=peak)
    yield Row(f"{what}: requests, open ones apart", [len(asked) - opened], unit="", bound=bound)
    yield Row(f"{what}: peak memory", [peak], unit="KiB", bound=MOST_KIB)


def open_numbers(host):
    return {str(row["number"]) for row in host.rows("SELECT number FROM pull_request WHERE state = 'OPEN'")}
