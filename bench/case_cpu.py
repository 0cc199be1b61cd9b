"""CPU: instructions for parsing and storing pages, beside json-c and SQLite's in a loop.

Those of a small import are taken off those of a large one, so that what is left is the pages' alone.
"""

import os

import made_pages
import made_reviews
from measure import instructions, run
from ours import ENVIRONMENT, MADE, OURS, Host, helper
from report import Row
from servers import Pages

REPOSITORIES, PULL_REQUESTS, ORGANIZATIONS, RATIO = (1000, 10_000), (100, 500), 100, 2.0
LISTING = "projects/PLAT/repos/api/pull-requests"


def rows():
    ours, reference = zip(*(listing(size) for size in REPOSITORIES))
    yield per_page("a page of 1,000 repositories", ours, reference, (REPOSITORIES[1] - REPOSITORIES[0]) / 1000)
    ours, reference = zip(*(reviews(size) for size in PULL_REQUESTS))
    yield per_page("a pull request and its activities", ours, reference, PULL_REQUESTS[1] - PULL_REQUESTS[0])


def per_page(what, ours, reference, pages):
    return Row(what, [(ours[1] - ours[0]) / pages], [(reference[1] - reference[0]) / pages], "instructions", RATIO)


def loop(host, folder, listings):
    """The store that it fills is an empty one of ours."""
    store = os.path.join(host.folder, "loop.sqlite")
    if os.path.exists(store):
        os.unlink(store)
    run([*host.command("status"), "--store", store], OURS)
    files = [os.path.join(folder, made_pages.REST, name, page) for name in listings
             for page in sorted(os.listdir(os.path.join(folder, made_pages.REST, name))) if page.endswith(".json")]
    return instructions([helper("loop"), store, *files], ENVIRONMENT)


def listing(size):
    folder = made_pages.made(MADE, made_pages.listing, size, ORGANIZATIONS)
    with Pages(folder) as server, Host() as host:
        host.connection("acme", base_url=f"http://127.0.0.1:{server.port}")
        return instructions(host.command("sync"), OURS), loop(host, folder, ["projects", "repos"])


def reviews(size):
    """Git is there already, as reading it is another matter."""
    folder = made_pages.made(MADE, made_reviews.reviews, size)
    before = os.path.join(folder, "before")
    with Pages(before, git=os.path.join(folder, "scm")) as server, Host() as host:
        settings = {"base_url": f"http://127.0.0.1:{server.port}"}
        host.connection("acme", **settings, pull_requests="false")
        ours = host.command("import", "acme", "PLAT/api")
        run(ours, OURS)
        host.connection("acme", **settings)
        # In the order of their arrival: the newest pull request first.
        return instructions(ours, OURS), loop(host, before, [
            LISTING, *(f"{LISTING}/{number}/activities" for number in range(size, 0, -1))])
