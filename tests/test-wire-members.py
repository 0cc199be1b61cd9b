#!/usr/bin/env python3
"""Each member that is read x each wrong value, as wire_members.txt has it, and text that is no UTF-8. Prints TAP."""

import copy
import json
import os
import re

from hosting import SOURCE, Hosting

from client import FakeBitbucket
from tap import equal, run, test

MISSING, TWICE, AGAIN = object(), object(), "again, "
VALUES = {'"text"': "text", "7": 7, "7.5": 7.5, "true": True, "null": None, "[]": [], "{}": {}, "gone": MISSING,
          "2^64": 2 ** 64, "-7": -7, "twice": TWICE}
FIRST = 1001  # of the numbers of records that are made here
DOCS, ID, NUMBER = "/projects/PLAT/repos/docs", 5, 4


def read_table():
    """(record, member, value, outcome) of each cell that is tried."""
    with open(os.path.join(SOURCE, "tests", "wire_members.txt"), encoding="utf-8") as file:
        lines = [[field.strip() for field in line.split("|")] for line in file if line.strip() and line[0] != "#"]
    values = lines[0][2:]
    assert set(values) == set(VALUES), values
    return [(record, member, value, outcome) for record, member, *cells in lines[1:]
            for value, outcome in zip(values, cells, strict=True) if outcome != "-"]


TABLE = read_table()


def cells(record):
    return [cell for cell in TABLE if cell[0] == record]


def steps(member):
    return [int(step[1:-1]) if step[0] == "[" else step for step in re.findall(r"\[\d+\]|[^.\[\]]+", member)]


def changed(model, member, value):
    """A copy of the record whose member has the value of that name; what is above it and not there is made."""
    record = copy.deepcopy(model)
    *above, last = steps(member)
    place = record
    for step in above:
        place = place.setdefault(step, {}) if isinstance(step, str) else place[step]
    value = VALUES[value]
    if value is TWICE:
        place[AGAIN + last] = place[last]
    elif value is MISSING:
        place.pop(last, None)
    else:
        place[last] = value
    return record


def text_of(values):
    page = {"size": len(values), "limit": 1000, "isLastPage": True, "start": 0, "values": values}
    return json.dumps(page).replace('"' + AGAIN, '"')


def compare(wrong):
    assert not wrong, "\n" + "\n".join(wrong)


def try_listing(record, path, name):
    """One run for each, as a listing is whole or failed."""
    wrong, tried = [], cells(record)
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("repos", "acme").code, 0)
        before = host.rows("SELECT id FROM repository WHERE listed = 1")
        page = fake.get(f"{path}?limit=1000").json["values"]
        model = page[0] | {"defaultBranch": "main", "description": "text"}
        for _, member, value, outcome in tried:
            fake.control("DELETE", "fault")
            fake.fault("answer", f"{path}\\?", body=text_of([changed(model, member, value), *page[1:]]))
            result = host.run("repos", "acme")
            if result.code != (1 if outcome == "fail" else 0):
                wrong.append(f"{member} {value}: exit {result.code}, {result.err}")
            elif outcome == "fail":
                if f"{name}[0].{member}".split(".project")[0] not in result.err:
                    wrong.append(f"{member} {value}: {result.err}")
                if host.rows("SELECT id FROM repository WHERE listed = 1") != before:
                    wrong.append(f"{member} {value}: the catalog has changed")
            else:  # the model may have got another id or name: what was there comes back
                fake.control("DELETE", "fault")
                equal(host.run("repos", "acme").code, 0)
    print(f"# {record}: {len(tried)} cells")
    compare(wrong)


@test
def each_member_of_repositories():
    try_listing("repository", "/repos", "repositories")


@test
def each_member_of_organizations():
    try_listing("organization", "/projects", "projects")


def imported(fake, host, *faults):
    """What an import of PLAT/docs says that it has left out: lines by the index of the record in its page."""
    host.connection("acme", base_url=fake.url)
    for path, body in faults:
        fake.fault("answer", path, body=body)
    result = host.run("import", "acme", "PLAT/docs")
    equal(result.code, 3)
    left_out = {}
    for line in result.err.splitlines():
        if found := re.search(r"left out: .*?\b\w+\[(\d+)\](\S*) (is .*)", line):
            left_out.setdefault(int(found[1]), []).append(found[2])
    return left_out


def is_named(member, places):
    """The place itself is named, or one above or below it."""
    return any((place + ".").startswith("." + member) or ("." + member).startswith(place) for place in places)


def judge(tried, left_out, stored):
    """`stored` has the numbers of the records that were taken."""
    wrong = []
    for index, (_, member, value, outcome) in enumerate(tried):
        places, number = left_out.get(index, []), FIRST + index
        got = "out" if number not in stored else "part" if places else "ok"
        if got != outcome or (outcome == "out" and not places) or (places and not is_named(member, places)):
            wrong.append(f"{member} {value}: {got}, named {places}; it should be {outcome}")
    print(f"# {tried[0][0]}: {len(tried)} cells")
    compare(wrong)


EMPTY = text_of([])


@test
def each_member_of_pull_requests():
    tried = cells("pull request")
    with FakeBitbucket() as fake, Hosting() as host:
        model = next(pull for pull in fake.get(f"{DOCS}/pull-requests?state=ALL").json["values"] if pull["id"] == NUMBER)
        model |= {"description": "text", "closedDate": model["updatedDate"]}
        model["reviewers"][0]["lastReviewedCommit"] = model["properties"]["commentCount"] = None
        model["reviewers"][0]["lastReviewedCommit"], model["properties"]["commentCount"] = "0" * 40, 1
        records = [changed(model | {"id": FIRST + index}, member, value) for index, (_, member, value, _) in enumerate(tried)]
        left_out = imported(fake, host, (f"{DOCS}/pull-requests\\?", text_of(records)),
                            (r"/pull-requests/\d+/(activities|commits)", EMPTY))
        judge(tried, left_out, {row["number"] for row in host.rows("SELECT number FROM pull_request")})


@test
def each_member_of_activities():
    tried = cells("activity")
    with FakeBitbucket() as fake, Hosting() as host:
        feed = fake.get("/projects/PLAT/repos/api/pull-requests/10/activities?limit=500").json["values"]
        user = feed[0]["user"]
        records = []
        for index, (_, member, value, _) in enumerate(tried):
            reply = {"id": 20 * (FIRST + index) + 1, "version": 0, "text": "reply", "author": user, "createdDate": 1}
            comment = {"id": 20 * (FIRST + index), "version": 0, "text": "root", "author": user, "createdDate": 1,
                       "updatedDate": 1, "severity": "NORMAL", "state": "OPEN", "comments": [reply]}
            anchor = {"path": "a.txt", "line": 1, "lineType": "ADDED", "fileType": "TO", "diffType": "EFFECTIVE",
                      "fromHash": "1" * 40, "toHash": "2" * 40, "orphaned": False}
            model = {"id": FIRST + index, "createdDate": 1, "user": user, "action": "COMMENTED", "commentAction": "ADDED",
                     "comment": comment, "commentAnchor": anchor, "diff": {}}
            records.append(changed(model, member, value))
        left_out = imported(fake, host, (rf"/pull-requests/{NUMBER}/activities", text_of(records)))
        rows = host.rows("SELECT id, parent_comment_id FROM activity WHERE pull_request_number = ?", NUMBER)
        judge(tried, left_out, {row["id"] for row in rows})
        replied_to = {row["parent_comment_id"] for row in rows}
        for index, (_, member, value, outcome) in enumerate(tried):
            if member.startswith("comment.comments[0]"):
                equal((member, value, 20 * (FIRST + index) in replied_to), (member, value, outcome == "ok"))


def name_of(index):
    """Of a commit; names of real ones differ at their beginning."""
    return f"{FIRST + index:08x}" * 5


@test
def each_member_of_commits():
    tried = cells("commit")
    with FakeBitbucket() as fake, Hosting() as host:
        fake.mutate("push", repository="PLAT/docs", branch="late", files={"late.txt": "late\n"}, user="jdoe")
        number = fake.mutate("open", repository="PLAT/docs", **{"from": "late"}, title="Late", user="jdoe")["pull_request"]
        fake.mutate("delete_branch", repository="PLAT/docs", branch="late")
        model = fake.get(f"{DOCS}/pull-requests/{number}/commits").json["values"][0]
        records = []
        for index, (_, member, value, _) in enumerate(tried):
            record = changed(model | {"id": name_of(index)}, member, value)
            records.append(record if record.get("id") != "text" else record | {"id": name_of(index)})
        left_out = imported(fake, host, (rf"/pull-requests/{number}/commits", text_of(records)))
        rows = host.rows("SELECT sha FROM pull_request_commit WHERE pull_request_number = ?", number)
        judge(tried, left_out, {int(row["sha"][:8], 16) for row in rows})


# Bytes in the middle of a title, and what is stored instead: what is no character is replaced.
TEXTS = {
    "a byte that is none of UTF-8": (b"\xff", "\ufffd"),
    "a character that is cut": (b"\xe2\x82", "\ufffd" * 2),
    "a slash written too long": (b"\xc0\xaf", "\ufffd" * 2),
    "half a surrogate pair in UTF-8": (b"\xed\xa0\x80", "\ufffd" * 3),
    "a lone surrogate as an escape": (rb"\ud800", "\ufffd"),
    "the other half of a pair": (rb"\udc00", "\ufffd"),
    "a pair of surrogates": (rb"\ud83d\ude00", "\U0001f600"),
    "a NUL as an escape": (rb"\u0000", "\ufffd"),
    "a control character as it is": (b"\x01", "\x01"),
}
for _name, (_bytes, _stored) in TEXTS.items():
    def check(put=_bytes, stored=_stored):
        with FakeBitbucket() as fake, Hosting() as host:
            host.connection("acme", base_url=fake.url)
            fake.mutate("update", repository="PLAT/docs", pull_request=NUMBER, title="a?!b", user="admin")
            fake.fault("bytes", f"{DOCS}/pull-requests\\?", find="?!", put=put.hex())
            result = host.run("import", "acme", "PLAT/docs")
            equal((result.code, result.err), (0, ""))
            equal(host.rows("SELECT title FROM pull_request WHERE number = ?", NUMBER), [{"title": f"a{stored}b"}])
    check.__name__ = "text with " + _name
    test(check)


if __name__ == "__main__":
    run()
