"""Every request of a listing and an import x every fault on the wire, as wire_import.txt has it."""

from matrix import EXITS, WORDS, Broken, Matrix, assert_kept, assert_true, copy_of, equal_times, rows_by_place

from hosting import Hosting
from wire_faults import request_timeout

from client import FakeBitbucket
from tap import equal, run

PATH, ID = "PLAT/docs", 5
DOCS = "/projects/PLAT/repos/docs"
LISTED = ("organization", "repository")
GIT = ("git_ref", "git_commit")
REVIEWS = ("pull_request", "pull_request_reviewer", "pull_request_commit", "activity")


class Column:
    """A kind of request: which it is, whose run it fails (0: the listing's), and what it must leave as it was when it
    does not come whole: pull requests by number (None: all), and tables."""

    def __init__(self, path, fails=ID, numbers=(), tables=(), **settings):
        self.path, self.fails, self.numbers, self.tables, self.settings = path, fails, numbers, tables, settings


# The fourth pull request has a new comment, the third was deleted, nobody but REST knows the commits of the fifth.
COLUMNS = {
    "login proof": Column(r"/users\?limit=1", 0, None, LISTED + GIT),
    "repositories": Column(r"/repos\?archived", 0, None, LISTED + GIT),
    "projects": Column(r"/projects\?", 0, None, LISTED + GIT),
    "pull requests": Column(f"{DOCS}/pull-requests\\?", ID, None, GIT),
    "activities": Column(f"{DOCS}/pull-requests/4/activities", ID, (4,)),
    "commits": Column(f"{DOCS}/pull-requests/5/commits", ID, (5,)),
    "a pull request": Column(f"{DOCS}/pull-requests/3(?!\\d|/)", ID, (3,)),
    "a repository": Column(f"{DOCS}(?!/)", ID, (3,)),
    "rate limit": Column(r"/rate-limit/settings(?!/)", ID, page_size=1),
    "refs of Git": Column(r"/scm/plat/docs.git/info/refs", ID, None, GIT),
    "packs of Git": Column(r"/scm/plat/docs.git/git-upload-pack", ID, None, GIT),
    "own rate limit": Column(r"/rate-limit/settings/users/", ID, page_size=1),
}


def last_run(host, repository):
    rows = host.rows("SELECT result, message FROM sync_run WHERE repository_id = ? ORDER BY started_at DESC LIMIT 1", repository)
    return rows[0]["result"], rows[0]["message"]


def import_docs(matrix, host, fault, url, **settings):
    host.connection("acme", base_url=url, request_timeout=request_timeout(fault), **settings)
    return matrix.source_host(host, fault, "import", "acme", PATH)


def try_cell(matrix, host, below, column, fault, word, cell):
    kind = COLUMNS[column]
    outcome, _, times = cell.partition(" ")
    copy_of(matrix.template, host)
    with Broken(matrix.fake, below, kind.path, fault) as broken:
        result = import_docs(matrix, host, fault, broken.url, **kind.settings)
        got, message = last_run(host, kind.fails)
        assert got == WORDS[outcome], (got, message)
        equal_times(broken.asked(), times)
        equal(result.code, EXITS.get(outcome, 1) if kind.fails or outcome in ("done", "LOGIN") else 1)
        if outcome == "done":
            assert_true(host, matrix.truth, ID)
            return
        assert any(one in message for one in word.split(" or ")), message
        assert_kept(matrix.before, host, kind.numbers, kind.tables)
        broken.mend()
        if host.rows("SELECT 1 FROM login_refusal"):
            equal(host.run("resume", "acme").code, 0)
        result = import_docs(matrix, host, fault, broken.url, **kind.settings)
        equal(result.code, 0)
        assert_true(host, matrix.truth, ID)


def prepare(fake, template):
    """A repository that was imported, and where people went on working since."""
    fake.mutate("push", repository=PATH, branch="late", files={"late.txt": "late\n"}, user="jdoe")
    fake.mutate("open", repository=PATH, **{"from": "late"}, title="Late", user="jdoe")
    fake.mutate("delete_branch", repository=PATH, branch="late")
    fake.rate_limit(100000, 100000)
    template.connection("acme", base_url=fake.url)
    result = template.run("import", "acme", PATH)
    equal((result.code, result.err), (0, ""))
    fake.mutate("comment", repository=PATH, pull_request=4, text="And one more.")
    fake.mutate("delete_pull_request", repository=PATH, pull_request=3)
    fake.mutate("push", repository=PATH, branch="new", files={"new.txt": "new\n"}, user="jdoe")
    template.rows("DELETE FROM login_account")  # with what is known of limits


def try_all(*columns, table="wire_import.txt"):
    """Runs the tests of these columns."""
    with FakeBitbucket("--cells") as fake, Hosting() as template:
        prepare(fake, template)
        matrix = Matrix(fake, try_cell, template=template, truth=fake.truth(), before=rows_by_place(template))
        matrix.start(table, columns)
        run()
        matrix.tell()
