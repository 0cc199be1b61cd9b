"""One repository that is imported and synced, for tests of what comes and is not asked for again."""

import contextlib
import sqlite3

from truth_tables import differences

from tap import equal

API = {"repository": "PLAT/api"}


def sync(host, code=0):
    result = host.run("sync")
    equal((result.code, result.err if code == 0 else ""), (code, ""))
    return result


def import_one(fake, host, path="PLAT/api", **settings):
    host.connection("acme", base_url=fake.url, **settings)
    result = host.run("import", "acme", path)
    equal((result.code, result.err), (0, ""))


def execute(host, statement):
    with contextlib.closing(sqlite3.connect(host.store)) as database, database:
        database.execute(statement)


def repository_id(fake, path="PLAT/api"):
    return next(row["id"] for row in fake.truth()["repository"] if row["path"] == path)


def check(fake, host, path="PLAT/api"):
    equal(differences(host, "acme", fake.truth(), {repository_id(fake, path)}, tables=TABLES), [])


# The tables of one imported repository; the listing has tests of its own.
TABLES = ("git_ref", "git_commit", "pull_request", "pull_request_reviewer", "pull_request_commit", "activity", "person")


def asked(fake, end):
    """Requests whose path ends so, with their query."""
    return [request["path"] + "?" + request["query"] for request in fake.requests() if request["path"].endswith(end)]


def numbers_read(fake):
    return [int(path.split("/pull-requests/")[1].split("/")[0]) for path in asked(fake, "/activities")]
