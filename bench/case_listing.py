"""10,000 repositories in 100 organizations, 1,000 a page: as `source-host sync` lists and stores them."""

import made_pages
from measure import in_turn, peak_kib, run
from ours import MADE, OURS, Curl, Host, helper
from report import Row
from servers import Pages, Way

REPOSITORIES, ORGANIZATIONS, CONCURRENCY = 10_000, 100, 4
MOST_REQUESTS, MOST_KIB = 12, 24 * 1024
FIRST_RATIO, LATER_RATIO = 1.15, 1.3


def rows():
    folder = made_pages.made(MADE, made_pages.listing, REPOSITORIES, ORGANIZATIONS)
    with Pages(folder) as server:
        for added_ms in 0, 20, 50:
            with Way(helper("delay"), server.port, added_ms) as way, Host() as host:
                host.connection("acme", base_url=way.url, max_concurrency=CONCURRENCY)
                yield from compare(server, way, host)


def compare(server, way, host):
    """A first listing, which learns where each page begins from the page before, and a later one."""
    ours, judged = host.command("sync", "acme"), way.added_ms == 20
    run(host.command("status"), OURS)
    host.keep()  # a store without rows

    def first():
        host.restore()
        return run(ours, OURS)

    for what, listing, parallel, bound in (("first listing", first, 0, FIRST_RATIO),
                                           ("later listing", lambda: run(ours, OURS), CONCURRENCY, LATER_RATIO)):
        server.clear()
        listing()
        counted, urls = server.count(), [way.url + path for path in server.asked()]
        curl = Curl(host.folder, urls, parallel).command
        reference, taken = in_turn(lambda command=curl: run(command), listing)
        if what.startswith("first"):
            host.restore()
        peak = peak_kib(helper("peak"), ours, OURS)
        yield Row(f"{what}, {way.added_ms} ms added", taken, reference, bound=bound if judged else None,
                  requests=counted.requests, bytes=counted.bytes, peak_kib=peak)
        if judged:
            yield Row(f"{what}: requests", [counted.requests], unit="", bound=MOST_REQUESTS)
            yield Row(f"{what}: peak memory", [peak], unit="KiB", bound=MOST_KIB)
