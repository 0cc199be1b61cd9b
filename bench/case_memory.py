"""Peak memory of source-host, its Git children apart, at a size and at ten times that."""

import os

import made_history
import made_pages
import made_reviews
from measure import peak_kib
from ours import MADE, OURS, Host, helper
from report import Row
from servers import Pages

GROWTH, MOST_KIB = 1.10, 24 * 1024


def rows():
    for what, measure, sizes in (("repositories", listing, (10_000, 100_000)), ("pull requests", reviews, (500, 5000)),
                                 ("commits", history, (10_000, 100_000))):
        small, large = (measure(size) for size in sizes)
        yield Row(f"{sizes[1]:,} {what} to {sizes[0]:,}", [large], [small], "KiB", GROWTH)
        yield Row(f"{sizes[1]:,} {what}: peak", [large], unit="KiB", bound=MOST_KIB)


def peak_of(server, host, *command, **settings):
    host.connection("acme", base_url=f"http://127.0.0.1:{server.port}", **settings)
    return peak_kib(helper("peak"), host.command(*command), OURS)


def listing(size):
    """The larger of a first and a later one."""
    with Pages(made_pages.made(MADE, made_pages.listing, size, size // 100)) as server, Host() as host:
        return max(peak_of(server, host, "repos", "acme"), peak_of(server, host, "repos", "acme"))


def reviews(size):
    folder = made_pages.made(MADE, made_reviews.reviews, size)
    with Pages(os.path.join(folder, "before"), git=os.path.join(folder, "scm")) as server, Host() as host:
        return peak_of(server, host, "import", "acme", "PLAT/api")


def history(size):
    folder = made_pages.made(MADE, made_history.history, size)
    with Pages(folder, git=os.path.join(folder, "scm")) as server, Host() as host:
        return peak_of(server, host, "import", "acme", "HIST/long", pull_requests="false")
