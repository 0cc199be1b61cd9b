#!/usr/bin/env python3
"""Rows of the store for other programs, and the views that answer the usual questions. Prints TAP."""

import csv
import io
import json
import re
import subprocess
from collections import Counter
from contextlib import contextmanager
from datetime import datetime, timezone

from hosting import Hosting
from postgres import Postgres
from psql import programs

from client import FakeBitbucket
from tap import Skip, equal, run, test

MANY = 600  # more than are read at a time
REVIEWS = {"APPROVED", "REVIEWED", "COMMENTED", "REVIEW_COMMENTED", "REVIEW_FINISHED"}
# What is not promised to anybody: how the program works, and what it logs in with.
INNER = {"connection", "auto_import", "removal", "pull_request_ref", "login_account", "login_refusal", "login_block", "job",
         "schema_version", "worker", "place", "login_share", "job_helper", "job_part", "access_token", "access_key",
         "ended_session", "connection_check"}
INNER_COLUMNS = {("git_commit", "mirrored"), ("pull_request", "revision"), ("pull_request", "commits_pending")}


@contextmanager
def imported(*options, url=None):
    with FakeBitbucket(*options) as fake, Hosting(url) as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("import", "acme", "--all").code, 0)
        yield fake, host


@contextmanager
def imported_into_postgresql(*options):
    if programs() is None:
        raise Skip("no PostgreSQL here: apt-get install postgresql-15")
    with Postgres() as postgres, imported(*options, url=postgres.database("store")) as scene:
        yield scene


def offers(host):
    return {one["name"]: one for one in host.run("export", "--json").objects}


def export(host, name, *options):
    result = host.run("export", name, *options)
    equal((result.code, result.err), (0, ""))
    return [json.loads(line) for line in result.out.split("\n") if line]


def from_csv(host, name, *options):
    done = subprocess.run(host.command("export", name, "--format", "csv", *options), capture_output=True, check=False)
    equal((done.returncode, done.stderr), (0, b""))  # as bytes: text would lose what ends lines within a field
    return list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))


def stored(host, offer):
    rows = host.rows(f"SELECT {', '.join(offer['columns'])} FROM {offer['name']}")
    return sorted(([row[name] for name in offer["columns"]] for row in rows), key=str)


def in_csv(value):
    """As CSV has it: NULL is nothing, and no formula is left."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not re.fullmatch(r"[+-]\d+", value):
        return "'" + value
    return "" if value is None else str(value)


def check_all(host):
    """Each table and view, once as JSON and once as CSV, with the very rows of the store."""
    for name, offer in offers(host).items():
        rows = export(host, name)
        equal([list(row) for row in rows], [offer["columns"]] * len(rows))
        equal(sorted((list(row.values()) for row in rows), key=str), stored(host, offer))
        equal(from_csv(host, name), [{key: in_csv(value) for key, value in row.items()} for row in rows])


@test
def every_row_of_each_table_and_view_is_given_once():
    with imported() as (_, host):
        check_all(host)


@test
def postgresql_gives_the_same():
    with imported_into_postgresql() as (_, host):
        check_all(host)


@test
def more_rows_than_are_read_at_a_time():
    with imported("--history", MANY) as (fake, host):
        rows = export(host, "pull_request")
        equal(len(rows), len(fake.truth()["pull_request"]))
        assert len(rows) > MANY
        keys = [(row["connection"], row["repository_id"], row["number"]) for row in rows]
        equal(keys, sorted(set(keys)))


@test
def what_is_offered_is_all_that_the_store_has_for_people():
    with imported() as (_, host):
        offered = offers(host)
        tables = host.rows("SELECT m.name AS name, c.name AS field FROM sqlite_master m JOIN pragma_table_info(m.name) c"
                           " WHERE m.type IN ('table', 'view')")
        equal({(row["name"], row["field"]) for row in tables if row["name"] not in INNER} - INNER_COLUMNS,
              {(name, field) for name, offer in offered.items() for field in offer["columns"]})
        equal({row["name"] for row in tables} - set(offered), INNER)
        equal(set(host.run("export").out.split()) >= set(offered), True)


@test
def since_chooses_by_the_column_that_is_told():
    with imported() as (_, host):
        for name, offer in offers(host).items():
            rows = export(host, name)
            if not offer["since"]:
                equal(host.run("export", name, "--since", "2026-01-01").code, 2)
                continue
            times = sorted(row[offer["since"]] or 0 for row in rows)
            if not times:
                continue
            middle = datetime.fromtimestamp(times[len(times) // 2] // 1000, timezone.utc)
            for text, moment in ((middle.strftime("%Y-%m-%dT%H:%M:%SZ"), middle),
                                 (middle.strftime("%Y-%m-%d"), middle.replace(hour=0, minute=0, second=0))):
                wanted = [row for row in rows if (row[offer["since"]] or 0) >= moment.timestamp() * 1000]
                equal(export(host, name, "--since", text), wanted)


@test
def what_strangers_wrote_is_no_formula_and_nothing_to_a_terminal():
    nasty = '=HYPERLINK("http://evil","x")\x1b[31m, "quoted"\nsecond line \x9b \u202e \u2069'
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        fake.mutate("comment", repository="PLAT/api", pull_request=1, user="mira", text=nasty)
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        mended = "'" + re.sub("[\x1b\x9b\u202e\u2069]", "?", nasty)
        equal([row["text"] for row in from_csv(host, "activity") if "HYPER" in row["text"]], [mended])
        equal([row["text"] for row in export(host, "activity") if "HYPER" in (row["text"] or "")], [nasty])
        assert not re.search("[\x1b\x9b\u202e\u2069]", host.run("export", "activity").out)


@test
def a_number_with_a_sign_is_no_formula_and_all_that_begins_like_one_is():
    formulas = ["=1+1", "+1+1", "-1-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "+", "-a"]
    others = ["+0200", "-1", "1=1", "a\t=1", "'=1"]
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        for text in formulas + others:
            fake.mutate("comment", repository="PLAT/api", pull_request=1, user="mira", text=text)
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        given = {row["id"]: row["text"] for row in export(host, "activity")}
        sheet = {given[int(row["id"])]: row["text"] for row in from_csv(host, "activity")}
        equal([sheet[text] for text in formulas + others], ["'" + text for text in formulas] + others)


@test
def what_is_asked_wrongly_is_told():
    with Hosting() as host:
        for arguments, words in ((("activty",), "did you mean activity?"), (("activity", "--format", "xml"), "neither ndjson"),
                                 (("activity", "--since", "yesterday"), "2026-11-01"), (("access_token",), "no access_token"),
                                 (("activity", "--since", "2026-02-30x"), "is no day"),
                                 (("--since", "2026-02-01"), "which table"), (("person", "--since", "1970-01-01"), "no time")):
            result = host.run("export", *arguments)
            equal(result.code, 2)
            assert words in result.err, result


@test
def a_reader_that_goes_away_ends_it():
    with imported("--history", MANY) as (_, host), open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run(host.command("export", "activity"), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert result.returncode > 0 and "cannot be written" in result.stderr, result


# ---- Views ------------------------------------------------------------------


def check_views(host):
    """Reckoned once more from the rows of the tables, in another language."""
    pull_requests = {(row["repository_id"], row["number"]): row for row in export(host, "pull_request")}
    authored = {(row["repository_id"], row["sha"]): row["authored_at"] for row in export(host, "git_commit")}
    first_commit, happened = {}, {}
    for row in export(host, "pull_request_commit"):
        key, at = (row["repository_id"], row["pull_request_number"]), authored.get((row["repository_id"], row["sha"]))
        if at is not None:
            first_commit[key] = min(at, first_commit.get(key, at))
    for row in export(host, "activity"):
        happened.setdefault((row["repository_id"], row["pull_request_number"]), []).append(row)
    reviews = {key: [act for act in happened.get(key, []) if act["actor_id"] != one["author_id"] and act["action"] in REVIEWS]
               for key, one in pull_requests.items()}
    unreviewed = set()
    for row in export(host, "pull_request_cycle"):
        key = (row["repository_id"], row["number"])
        one, acts = pull_requests[key], reviews[key]
        first = min((act["created_at"] for act in acts), default=None)
        equal(row["first_review_at"], first)
        equal(row["to_first_review_ms"], first and first - one["created_at"])
        equal((row["reviews"], row["reviewers"]), (len(acts), len({act["actor_id"] for act in acts})))
        equal(row["first_commit_at"], first_commit.get(key))
        equal(row["open_ms"], one["closed_at"] and one["closed_at"] - one["created_at"])
        if one["state"] == "MERGED" and (first is None or first > one["closed_at"]):
            unreviewed.add(key)
    equal({(row["repository_id"], row["number"]) for row in export(host, "unreviewed_merge")}, unreviewed)
    load = Counter((monday(act["created_at"]), act["actor_id"]) for acts in reviews.values() for act in acts)
    equal({(row["week_at"], row["person_id"]): row["reviews"] for row in export(host, "review_load")}, dict(load))
    commits = Counter((row["repository_id"], monday(row["committed_at"]), row["author_email"].lower(), " " in row["parents"])
                      for row in export(host, "git_commit") if row["reachable"])
    rows = export(host, "commits_per_week")
    equal({key: n for row in rows for key, n in
           (((row["repository_id"], row["week_at"], row["author_email"], False), row["commits"]),
            ((row["repository_id"], row["week_at"], row["author_email"], True), row["merges"])) if n}, dict(commits))
    assert load and commits and unreviewed and first_commit


def monday(ms):
    day = datetime.fromtimestamp(ms // 1000, timezone.utc)
    start = day.replace(hour=0, minute=0, second=0).timestamp() - day.weekday() * 86400
    return int(start) * 1000


@test
def views_answer_what_the_tables_say():
    with imported("--history", 40) as (_, host):
        check_views(host)


@test
def views_answer_so_in_postgresql_too():
    with imported_into_postgresql("--history", 40) as (_, host):
        check_views(host)


if __name__ == "__main__":
    run()
