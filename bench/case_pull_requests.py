"""5,000 pull requests with 50,000 activities, imported the first time, four requests at once."""

import os

import made_pages
import made_reviews
from measure import in_turn, peak_kib, run
from ours import MADE, OURS, Curl, Host, helper
from report import Row
from servers import Pages, Way

SIZE, SMALL, CONCURRENCY, ROWS_A_PAGE = 5000, 500, 4, 100
RATIO, REQUESTS_EACH, MOST_KIB = 1.10, 1.05, 24 * 1024


def rows():
    for size, added_ms, pairs in (SMALL, 0, 5), (SIZE, 20, 5), (SMALL, 50, 3):
        folder = made_pages.made(MADE, made_reviews.reviews, size)
        with Pages(os.path.join(folder, "before"), git=os.path.join(folder, "scm")) as server:
            with Way(helper("delay"), server.port, added_ms) as way, Host() as host:
                yield from compare(server, way, host, size, pairs)


def compare(server, way, host, size, pairs):
    """Git is there already: it has a case of its own."""
    settings = {"base_url": way.url, "max_concurrency": CONCURRENCY}
    host.connection("acme", **settings, pull_requests="false")
    ours = host.command("import", "acme", "PLAT/api")
    run(ours, OURS)
    host.keep()
    host.connection("acme", **settings)

    def first():
        host.restore()
        return run(ours, OURS)

    server.clear()
    first()
    counted, urls = server.count(), [way.url + path for path in server.asked()]
    curl = Curl(host.folder, urls, CONCURRENCY).command
    reference, taken = in_turn(lambda: run(curl), first, pairs)
    host.restore()
    peak = peak_kib(helper("peak"), ours, OURS)
    judged = size == SIZE
    yield Row(f"{size:,}, {way.added_ms} ms added", taken, reference, bound=RATIO if judged else None,
              requests=counted.requests, bytes=counted.bytes, peak_kib=peak)
    if judged:
        pages = sum("/pull-requests?" in url for url in urls)
        yield Row("requests for each, pages apart", [(len(urls) - pages) / size], unit="", bound=REQUESTS_EACH)
        yield Row("peak memory", [peak], unit="KiB", bound=MOST_KIB)
