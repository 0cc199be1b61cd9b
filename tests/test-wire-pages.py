#!/usr/bin/env python3
"""Pages that a server should not send: each listing x each wrong way to turn pages, and large ones. Prints TAP."""

import concurrent.futures
import json

import peak
from hosting import Hosting
from truth_tables import differences

from client import FakeBitbucket
from tap import equal, run, test

MOST_KIB = 24 * 1024
GUARD_S = 400
DOCS, ID = "/projects/PLAT/repos/docs", 5
# The path of each listing, and its query; what one record left out costs.
LISTINGS = {
    "repositories": ("/repos", "archived=ALL", 1),
    "projects": ("/projects", "", 1),
    "pull requests": (f"{DOCS}/pull-requests", "state=ALL", 1),
    "activities": (f"{DOCS}/pull-requests/4/activities", "", 3),
    "commits": (f"{DOCS}/pull-requests/5/commits", "", 3),
}

MEMBERS = {"size": 1, "limit": 1000, "start": 0}
LAST = {"isLastPage": True}


def then(start):
    return {"isLastPage": False, "nextPageStart": start}


# Envelopes of the first pages, each with its rows: `all` of them, none, or some by a slice; then comes what is true.
# And what is to be found in the message; None: the listing is whole.
ALL, NONE, FIRST, SECOND_ON = slice(None), slice(0), slice(1), slice(1, None)
TURNS = {
    "a page that says nothing of its end": ([(MEMBERS, ALL)], "breaks off"),
    "a page that is not the last and has no next": ([({"isLastPage": False}, ALL)], "breaks off"),
    "a next page of null": ([(then(None), ALL)], "breaks off"),
    "a next page that is text": ([(then("soon"), ALL)], "no number"),
    "a next page that is a fraction": ([(then(1.5), ALL)], "no number"),
    "a next page that is an array": ([(then([1]), ALL)], "breaks off"),
    "a next page beyond 64 bits": ([(then(2 ** 64), ALL)], "no number"),
    "a next page before the first": ([(then(-1), ALL)], "does not advance"),
    "a next page that is the same": ([(then(0), ALL)], "does not advance"),
    "a next page that goes back": ([(then(500), FIRST), (then(400), SECOND_ON)], "does not advance"),
    "the same page again and again": ([(then(start), ALL) for start in (1, 2, 3, 4)], "does not advance"),
    "the last page, with a next one": ([(LAST | {"nextPageStart": 7}, ALL)], None),
    "the last page, with a wrong size": ([(LAST | {"size": -5, "limit": "many", "start": None}, ALL)], None),
    "a last page of null and no next": ([({"isLastPage": None, "nextPageStart": None}, ALL)], "breaks off"),
    "empty pages between": ([(then(1), NONE), (then(2), NONE), (then(7), NONE), (LAST, ALL)], None),
    "rows that come twice": ([(then(1), ALL), (LAST, FIRST)], None),
    "a row of the page before again": ([(then(1), FIRST), (LAST, ALL)], None),
    "values that are there twice": (['{"values": [], "isLastPage": true, "values": %s}'], "twice"),
    "an end that is told twice": (['{"isLastPage": false, "values": %s, "isLastPage": true}'], None),
    "members in another order": (['{"nextPageStart": null, "x": {"values": []}, "values": %s, "isLastPage": true}'], None),
    "no values": (['{"isLastPage": true, "size": 0, "other": %s}'], "no values"),
    "values of null": (['{"isLastPage": true, "values": null, "other": %s}'], "no values"),
    "values within values": (['{"isLastPage": true, "values": [{"values": %s}]}'], "is missing"),
}


def bodies(pages, rows):
    for page in pages:
        yield page % json.dumps(rows) if isinstance(page, str) else json.dumps(page[0] | {"values": rows[page[1]]})


def late_pull_request(fake):
    """The fifth, whose commits nobody but REST knows; of several commits, so that there are several pages."""
    for number in range(2):
        fake.mutate("push", repository="PLAT/docs", branch="late", files={"late.txt": f"late {number}\n"}, user="jdoe")
    fake.mutate("open", repository="PLAT/docs", **{"from": "late"}, title="Late", user="jdoe")
    fake.mutate("delete_branch", repository="PLAT/docs", branch="late")


def cell(fake, truth, number, listing, pages, words):
    path, query, code = LISTINGS[listing]
    below = f"/cell-{number}"
    rows = fake.get(f"{path}?limit=1000&{query}").json["values"]
    with Hosting() as host:
        host.connection("acme", base_url=fake.root + below)
        for body in bodies(pages, rows):
            fake.fault("answer", f"^{below}/.*{path}\\?", body=body, count=1 if words is None or len(pages) > 1 else None)
        result, kib = peak.run(host, "import", "acme", "PLAT/docs", timeout=GUARD_S)
        assert kib <= MOST_KIB, f"it has taken {kib} KiB"
        if words is None:
            equal((result.code, result.err), (0, ""))
            equal(differences(host, "acme", truth, {ID}, ("organization", "pull_request", "pull_request_commit", "activity")), [])
        else:
            equal(result.code, 3 if "is missing" in words and listing == "pull requests" else code)  # one record of it
            assert words in result.err, result
            if listing in ("repositories", "projects"):
                equal(host.rows("SELECT 1 FROM repository"), [])
        fake.lift(f"^{below}/.*{path}\\?")


@test
def each_way_to_turn_pages_in_each_listing():
    with FakeBitbucket("--cells") as fake, concurrent.futures.ThreadPoolExecutor(8) as pool:
        late_pull_request(fake)
        truth, futures, wrong = fake.truth(), {}, []
        for turn, (pages, words) in TURNS.items():
            for listing in LISTINGS:
                name = f"{listing}: {turn}"
                futures[name] = pool.submit(cell, fake, truth, len(futures) + 1, listing, pages, words)
        for name, future in futures.items():
            try:
                future.result()
            except AssertionError as error:
                wrong.append(f"{name}: {error}")
        print(f"# {len(futures)} cells")
        assert not wrong, "\n" + "\n".join(wrong)


@test
def diffs_of_300_mb_in_a_page_are_passed_over():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        entry = fake.get(f"{DOCS}/pull-requests/4/activities?limit=1").json["values"][0]
        fake.fault("wire", "/pull-requests/4/activities", way="a large body", filling="[\"" + "x" * 1000 + "\", {}],",
                   times=300_000, before='{"values":[{"diff":[', after=f'[]],{json.dumps(entry)[1:]}],"isLastPage":true}}')
        result, kib = peak.run(host, "import", "acme", "PLAT/docs", timeout=GUARD_S)
        equal((result.code, result.err), (0, ""))
        assert kib <= MOST_KIB, f"it has taken {kib} KiB"
        equal(host.rows("SELECT id FROM activity WHERE pull_request_number = 4 AND id > 0"), [{"id": entry["id"]}])


@test
def a_thousand_empty_pages_are_borne_and_no_more():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("empty pages", "/repos\\?")
        result, kib = peak.run(host, "repos", "acme", timeout=GUARD_S)
        equal(result.code, 1)
        assert "does not advance" in result.err, result
        assert kib <= MOST_KIB, f"it has taken {kib} KiB"
        asked = sum(request["path"].endswith("/repos") for request in fake.requests())
        assert 1000 < asked < 1100, asked


if __name__ == "__main__":
    run()
