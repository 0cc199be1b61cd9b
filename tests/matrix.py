"""The fault matrix: tables of what comes of each fault in each kind of request, and how their cells are tried.

A table (wire_*.txt) has a line for each fault (wire_faults.py) and a column for each kind of request: what comes of it,
and how often the server was asked (`5+`: libcurl by itself asks again where a connection that was used before breaks
off unanswered). `word` is to be found in the message. Of several words with `or` between them one is enough. A cell `-` is not tried.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import time

import peak
from door import Door
from hosting import SOURCE, Hosting
from truth_tables import QUERIES, differences
from wire_faults import FAULTS

from tap import test

AT_ONCE = 32      # most of a cell's time is waiting
GUARD_S = 400     # a cell that takes longer hangs
MOST_KIB = 24 * 1024
MOST_OF_LARGE_KIB = 64 * 1024  # a page may have 32 MiB, in a buffer that doubles
LARGE = ("300 MB", "a gzip bomb", "a gzip bomb of blanks")
WORDS = {"done": "done", "LOGIN": "login refused", "FORBIDDEN": "not permitted", "NOT_FOUND": "not found",
         "RATE_LIMIT": "rate limited", "NETWORK": "network error", "UNAVAILABLE": "server error",
         "PROTOCOL": "protocol error", "PARTIAL": "partly done", "HOST": "failed in the host"}
EXITS = {"done": 0, "LOGIN": 4, "FORBIDDEN": 3, "NOT_FOUND": 3, "PARTIAL": 3}


def read_table(name):
    """Rows as (fault, word, {column: cell})."""
    with open(os.path.join(SOURCE, "tests", name), encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("|") for line in file if line.strip() and not line.startswith("#")]
    names = [field.strip() for field in lines[0]]
    columns = [name for name in names[1:] if name != "word"]
    for fields in lines[1:]:
        fault, *cells = (field.strip() for field in fields)
        word = cells.pop(0) if "word" in names else ""
        assert fault in FAULTS, f"{name}: there is no fault {fault}"
        assert len(cells) == len(columns), f"{name}: {fault} has {len(cells)} cells"
        yield fault, word, dict(zip(columns, cells))


class Matrix:
    """Cells of one table. `try_cell(matrix, host, below, column, fault, word, cell)` does one, in a place of its own,
    and raises where it is not as the table has it."""

    def __init__(self, fake, try_cell, **facts):
        """What a cell needs to know besides are members of these names."""
        self.fake, self.try_cell = fake, try_cell
        self.pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        self.cells, self.peaks, self.seconds = {}, [], {}
        vars(self).update(facts)

    def start(self, table, columns):
        """Puts all cells of these columns to work, and adds a test for each column."""
        only = os.environ.get("WIRE_ONLY")  # a regular expression on "column: fault", for who looks at a few
        for number, (fault, word, column, cell) in enumerate(self.rows(table), 1):
            if cell != "-" and column in columns and (not only or re.search(only, f"{column}: {fault}")):
                self.cells.setdefault(column, {})[fault] = self.pool.submit(self.run, number, column, fault, word, cell)
        self.add_tests(columns)

    @staticmethod
    def rows(table):
        for fault, word, cells in read_table(table):
            for column, cell in cells.items():
                yield fault, word, column, cell

    def run(self, number, column, fault, word, cell):
        began = time.monotonic()
        with Hosting() as host:
            self.try_cell(self, host, f"/cell-{number}", column, fault, word, cell)
        self.seconds[f"{column}: {fault}"] = time.monotonic() - began

    def source_host(self, host, fault, *command):
        """Runs it; it must end, within its memory."""
        result, kib = peak.run(host, *command, timeout=GUARD_S)
        assert kib <= (MOST_OF_LARGE_KIB if fault in LARGE else MOST_KIB), f"it has taken {kib} KiB"
        self.peaks.append(kib)
        return result

    def check(self, column):
        """All cells of a column; one that is not as it should be does not hide the next."""
        wrong = []
        for fault, future in self.cells.get(column, {}).items():
            try:
                future.result()
            except (AssertionError, RuntimeError, OSError, LookupError, subprocess.TimeoutExpired) as error:
                wrong.append(f"{column}: {fault}: {type(error).__name__}: {error}")
        print(f"# {column}: {len(self.cells.get(column, {}))} cells")
        assert not wrong, "\n" + "\n".join(wrong)

    def tell(self):
        """What a look at the log may be for."""
        slowest = sorted(self.seconds.items(), key=lambda item: -item[1])[:5]
        print(f"# most memory: {max(self.peaks, default=0)} KiB; longest: "
              + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in slowest))

    def add_tests(self, columns):
        for column in columns:
            def check(column=column):
                self.check(column)
            check.__name__ = f"each fault in {column}"
            test(check)


def equal_times(got, wanted):
    least = int(wanted.removesuffix("+"))
    assert got == least or (wanted.endswith("+") and got > least), f"asked {got} times, not {wanted}"


class Broken:
    """A fault of the fake, or of a door before it, for the requests of one cell that match `path`.

    with Broken(fake, "/cell-7", "/activities", "refused") as broken:
        run_something_against(broken.url)
        broken.asked()
        broken.mend()
    """

    def __init__(self, fake, below, path, fault):
        self.fake, self.below, self.path, self.fault = fake, below, path, fault
        self.pattern = f"^{below}(?=/).*{path}"
        self.door = Door(fake.root, f"^[A-Z]+ {below}(?=/)\\S*{path}") if FAULTS[fault]["kind"] == "refused" else None

    def __enter__(self):
        if self.door:
            self.url = self.door.__enter__().url + self.below
        else:
            settings = dict(FAULTS[self.fault])
            self.fake.fault(settings.pop("kind"), self.pattern, **settings)
            self.url = self.fake.root + self.below
        return self

    def __exit__(self, *_):
        if self.door:
            self.door.__exit__()
        self.fake.lift(self.pattern)

    def asked(self):
        """How often the request came."""
        if self.door:
            return self.door.asked
        return sum(bool(re.search(self.pattern, request["path"] + "?" + request["query"]))
                   for request in self.fake.requests(self.below + "/"))

    def mend(self):
        if self.door:
            self.door.reopen()
        self.fake.lift(self.pattern)


def copy_of(template, host):
    """The store and the mirrors of a host, in another's place."""
    shutil.rmtree(host.data, ignore_errors=True)
    shutil.copytree(template.data, host.data)


def rows_by_place(host, connection="acme"):
    """Rows of each table, those of pull requests by the number of theirs: {(table, number): rows}."""
    rows = {}
    for table, query in QUERIES.items():
        for row in host.rows(query, connection):
            number = row.get("pull_request_number", row.get("number"))
            rows.setdefault((table, number), []).append(row)
    return {place: sorted(list_of, key=repr) for place, list_of in rows.items()}


def assert_kept(before, host, numbers, tables):
    """Of these pull requests (all: None), or these tables where they are of none, each row is as it was."""
    now = rows_by_place(host)
    changed = [place for place in {*before, *now} if before.get(place) != now.get(place)
               and (numbers is None and place[1] is not None or place[1] in (numbers or ()) or place[0] in tables)]
    assert not changed, f"what was stored has changed: {sorted(changed, key=repr)}"


def assert_true(host, truth, repository):
    found = differences(host, "acme", truth, {repository}, [name for name in QUERIES if name != "person"])
    assert not found, "\n".join(found[:5])
