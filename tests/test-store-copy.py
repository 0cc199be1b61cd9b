#!/usr/bin/env python3
"""A store copied to another, between SQLite and a real PostgreSQL: all of it, or nothing. Prints TAP."""

import codecs
import fcntl
import json
import os
import signal
import sqlite3
import struct
import subprocess
import time
from contextlib import closing, contextmanager

import psql
from hosting import SANITIZER, Hosting
from postgres import Postgres
from truth_tables import differences
from workers import wait_until

from client import FakeBitbucket
from tap import Skip, equal, run, test

# What is true only where it stands.
STAYS = {"schema_version": None, "worker": None, "login_share": None, "place": None, "job": {"place", "worker", "split"},
         "job_helper": None, "job_part": None, "login_account": {"prover", "rate_paced_us", "rate_full_us"}}
MEMORY_KB = 64 * 1024

# As the host does: each byte that is no part of UTF-8.
codecs.register_error("mend", lambda error: ("\ufffd" * (error.end - error.start), error.end))


class Store:
    """A store by its URL or file, as truth_tables wants a host."""

    def __init__(self, place):
        self.place, self.is_file = place, "://" not in place

    def rows(self, sql, *parameters):
        if not self.is_file:
            return psql.rows(self.place, sql, parameters)
        with closing(sqlite3.connect(self.place)) as database:
            database.text_factory = lambda text: text.decode("utf-8", "mend")
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(sql, parameters)]

    def script(self, sql):
        if self.is_file:
            with closing(sqlite3.connect(self.place)) as database:
                database.executescript(sql)
        else:
            psql.query(self.place, sql)


class Scene:
    def __init__(self, host, postgres):
        self.host, self.postgres, self.made = host, postgres, 0

    def file(self):
        self.made += 1
        return Store(os.path.join(self.host.folder, f"{self.made}.sqlite"))

    def database(self):
        self.made += 1
        return Store(self.postgres.database(f"store{self.made}"))

    def sorted_otherwise(self):
        """A database in which text is not in the order of its bytes."""
        self.made += 1
        self.postgres.query(self.postgres.url("postgres"), f"CREATE DATABASE store{self.made} TEMPLATE template0"
                            " LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
        return Store(self.postgres.url(f"store{self.made}"))

    def make(self, store):
        equal(self.on(store, "status").code, 0)
        return store

    def on(self, store, *words):
        return self.host.run("--store", store.place, *words)

    def copy(self, a, b):
        return self.host.run("store", "copy", a.place, b.place, "--json")

    def copy_begun(self, a, b, *prefix):
        return subprocess.Popen([*prefix, *self.host.command("store", "copy", a.place, b.place)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)


@contextmanager
def scene(**settings):
    if psql.programs() is None:
        raise Skip("no PostgreSQL here: apt-get install postgresql-15")
    with Postgres(**settings) as postgres, Hosting() as host:
        yield Scene(host, postgres)


def tables_of(scene):
    """Each table with its columns, as SQLite describes them."""
    plain = scene.make(scene.file())
    names = [row["name"] for row in plain.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: plain.rows(f"PRAGMA table_info({name})") for name in names}


def key_of(columns):
    return [column["name"] for column in sorted(columns, key=lambda column: column["pk"]) if column["pk"]]


def content(store, tables, keeps_all=False):
    """All rows of all tables, without what stays where it is."""
    told = {}
    for table, columns in tables.items():
        stays = {} if keeps_all else STAYS.get(table, {})
        if stays is not None:
            rows = store.rows(f"SELECT * FROM {table}")
            told[table] = sorted(([row[column["name"]] for column in columns if column["name"] not in stays] for row in rows),
                                 key=repr)
    return told


def check_empty(store, tables):
    equal({table: rows for table, rows in content(store, tables, keeps_all=True).items() if rows and table != "schema_version"}, {})


def check_copied(scene, a, b, tables):
    """Copies, and holds every row against its copy."""
    result = scene.copy(a, b)
    equal((result.code, result.err), (0, ""))
    wanted, got = content(a, tables), content(b, tables)
    equal([row["table"] for row in result.objects], sorted(wanted))
    for row in result.objects:
        equal((row["rows"], row["copy_rows"], row["equal"]), (len(wanted[row["table"]]),) * 2 + (True,))
        equal(row["checksum"], row["copy_checksum"])
        assert wanted[row["table"]] == got[row["table"]], row["table"]
    return [row["checksum"] for row in result.objects]


def sync_costs(scene, fake, store):
    fake.clear()
    result = scene.on(store, "sync")
    equal((result.code, result.err), (0, ""))
    return len(fake.requests())


@test
def an_installation_goes_to_postgresql_and_back_and_costs_no_request():
    with FakeBitbucket("--context", "/bitbucket") as fake, scene() as here:
        tables = tables_of(here)
        here.host.connection("acme", base_url=fake.url)
        a, b, c, d = Store(here.host.store), here.database(), here.file(), here.sorted_otherwise()
        equal(here.on(a, "import", "acme", "--all").code, 0)
        sync_costs(here, fake, a)
        wanted = sync_costs(here, fake, a)
        equal(check_copied(here, a, b, tables), check_copied(here, b, c, tables))
        mirrors = len([row for row in a.rows("SELECT mirror_id FROM job") if row["mirror_id"]])
        for store in b, c:
            equal(differences(store, "acme", fake.truth()), [])
            assert sync_costs(here, fake, store) <= wanted, (store.place, fake.requests())
            equal(differences(store, "acme", fake.truth()), [])
            equal(store.rows("SELECT DISTINCT mirror_id FROM job WHERE mirror_id IS NOT NULL ORDER BY 1"),
                  a.rows("SELECT DISTINCT mirror_id FROM job WHERE mirror_id IS NOT NULL ORDER BY 1"))
        assert mirrors > 5, mirrors
        check_copied(here, b, d, tables)  # has places now; from database to database
        equal(d.rows("SELECT DISTINCT place, worker FROM job"), [{"place": "", "worker": None}])
        assert sync_costs(here, fake, d) <= wanted
        equal(differences(d, "acme", fake.truth()), [])


ODD = [b"plain", b"", b"Zebra", b"apple", b"_under", b"-dash", b"it's \"quoted\" \\ %s $1 ?1", "älg ø 山 \U0001f600".encode(),
       b"a\xff\xfeb", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"tab\tline\nbell\x07\x1b[31m\x7f", b" blanks ", "e\u0301 é".encode(),
       "\ufeff\u202e\ufffd".encode(), b"NULL", b"\\N", b"0x00", b"1e400"]
NUMBERS = [0, 1, -1, 2**63 - 1, -2**63, 2**53 + 1, -7, 10**18]


UNIQUE = (("login_account", "name"), ("access_token", "name"), ("access_token", "hash"))


def text(prefix, number):
    """As a literal of SQLite, bytes and all."""
    return f"CAST(x'{(prefix + str(number).encode()).hex()}' AS TEXT)"


def odd(column, table, number, key):
    """A literal for row `number`: the last column of the key tells rows apart, those before repeat."""
    is_number, name = column["type"] == "BIGINT", column["name"]
    if name == "connection":
        return f"'{('acme', 'Beta', 'übel')[number % 3]}'"
    if name in key or (table, name) in UNIQUE:
        at = number if name == key[-1] or (table, name) in UNIQUE else number % 5
        # Bytes that are mended could make two keys one.
        return str((at - 600) * 7**15) if is_number else text([one for one in ODD if one.isascii()][number % 7], at)
    if not column["notnull"] and number % 4 == 0:
        return "NULL"
    return str(NUMBERS[number % len(NUMBERS)]) if is_number else f"CAST(x'{ODD[number % len(ODD)].hex()}' AS TEXT)"


def fill(store, tables, rows):
    for table, columns in tables.items():
        if table in ("schema_version", "worker", "place", "login_share", "job_helper", "job_part"):
            continue
        key, named = key_of(columns), [column for column in columns if column["name"] not in STAYS.get(table, {})]
        names = ", ".join(f'"{column["name"]}"' for column in named)
        values = (", ".join(odd(column, table, number, key) for column in named) for number in range(rows))
        store.script("BEGIN; " + "".join(f"INSERT INTO {table} ({names}) VALUES ({one});" for one in values) + "COMMIT")


@test
def odd_values_arrive_as_they_are_in_every_table():
    with scene() as here:
        tables = tables_of(here)
        a, b, c, d = here.make(here.file()), here.database(), here.sorted_otherwise(), here.file()
        fill(a, tables, 1203)
        a.script(f"UPDATE activity SET text = '{'x' * 5_000_000}ü' WHERE id = (SELECT max(id) FROM activity)")
        checksums = [check_copied(here, *pair, tables) for pair in ((a, b), (b, c), (c, d))]
        equal(checksums[1:], checksums[:1] * 2)


@test
def tables_of_as_many_rows_as_are_read_at_once():
    with scene() as here:
        tables = tables_of(here)
        for rows in 1, 500, 1000:
            a = here.make(here.file())
            fill(a, tables, rows)
            check_copied(here, a, here.database(), tables)


@test
def what_is_true_only_where_it_stands_is_left_there():
    with scene() as here:
        tables = tables_of(here)
        for table, columns in STAYS.items():
            assert (columns or set()) <= {column["name"] for column in tables[table]}, table
        a, b = here.make(here.database()), here.file()
        a.script("""INSERT INTO worker VALUES (5, 'one', 1, 'run', 'p', 1, 4102444800000);
            INSERT INTO place VALUES ('p', 'one', 1); INSERT INTO login_share VALUES (1, 5, 2);
            INSERT INTO login_account (id, name, salt, prover, limited_until) VALUES (1, 'flow', 's', 5, 77);
            INSERT INTO job (connection, repository_id, state, since, worker, place, fence, crashes)
            VALUES ('acme', 3, 'queued', 9, 5, 'p', 12, 2)""")
        result = here.copy(a, b)
        equal(result.code, 0)
        assert "works on the store that is copied" in result.err, result
        check_empty(b, {table: tables[table] for table in ("worker", "place", "login_share")})
        equal(b.rows("SELECT worker, place, fence, crashes FROM job"), [{"worker": None, "place": "", "fence": 12, "crashes": 2}])
        equal(b.rows("SELECT prover, limited_until FROM login_account"), [{"prover": None, "limited_until": 77}])


@test
def who_works_on_a_file_is_warned_of():
    with scene() as here:
        a = here.make(here.file())
        with open(a.place + "-claims-acme", "w", encoding="ascii") as file:
            fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 7, 1, 0))
            assert "works on the store" in here.copy(a, here.file()).err
        equal(here.copy(a, here.file()).err, "")


@test
def a_refused_login_stays_refused():
    with FakeBitbucket() as fake, scene() as here:
        here.host.connection("acme", base_url=fake.url, password="wrong")
        a, b = Store(here.host.store), here.database()
        equal(here.on(a, "sync").code, 4)
        equal(here.copy(a, b).code, 0)
        fake.clear()
        equal((here.on(b, "sync").code, fake.requests()), (4, []))


def refused(here, a, b, words):
    result = here.host.run("store", "copy", a, b)
    equal((result.code, result.out, result.err.count("\n")), (2, "", 1))
    assert words in result.err, result


@test
def what_makes_no_sense_is_refused():
    with scene() as here:
        a, b, c = here.make(here.file()), here.make(here.database()), here.make(here.file())
        b.script("INSERT INTO auto_import VALUES ('acme', 0, 1, 1)")
        c.script("INSERT INTO place VALUES ('p', 'one', 1)")
        refused(here, a.place, b.place, "rows in its table auto_import;")
        refused(here, a.place, c.place, "rows in its table place;")
        equal(len(b.rows("SELECT * FROM auto_import")), 1)
        os.symlink(a.place, a.place + ".link")
        for same in (a.place, a.place), (b.place, b.place), (a.place, a.place + ".link"):
            refused(here, *same, "the same store")
        refused(here, b.place, b.place + "&application_name=x", "is not empty")
        refused(here, here.file().place, a.place, "No such file or directory")
        equal(os.path.exists(os.path.join(here.host.folder, f"{here.made}.sqlite")), False)
        refused(here, "mysql://me:secret@there/x", a.place, "postgresql://HOST/DATABASE")
        for words in ("store",), ("store", "copy", a.place), ("store", "move", a.place, b.place):
            equal(here.host.run(*words).code, 2)
        a.script("INSERT INTO schema_version VALUES (99)")
        result = here.copy(a, here.file())
        equal(result.code, 1)
        assert "version 99" in result.err, result


def make_large(here, rows=40_000):
    """Some 80 MB."""
    a = here.make(here.file())
    a.script(f"""INSERT INTO activity (connection, repository_id, pull_request_number, id, action, orphaned, text)
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
        SELECT 'acme', i % 7, i % 11, i, 'COMMENTED', 0, hex(zeroblob(1000)) || i FROM n""")
    return a


def is_under_way(here, store):
    """Something was put in that does not count yet; how to look at it from outside depends on the store."""
    if store.is_file:
        return os.path.exists(store.place + "-wal") and os.path.getsize(store.place + "-wal") > 5_000_000
    return here.postgres.query(store.place, "SELECT pg_total_relation_size(to_regclass('activity')) > 5000000") == [["t"]]


def interrupted(here, a, b, interrupt):
    with here.copy_begun(a, b) as process:
        wait_until(lambda: is_under_way(here, b), pause=0.01)
        process.send_signal(signal.SIGSTOP)  # it does not get on while that is prepared
        equal(process.poll(), None)
        interrupt(process)
        process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=60)
    equal(out, "")
    return process.returncode, err


@test
def a_connection_that_breaks_half_way_leaves_nothing():
    with scene() as here:
        tables, a, b = tables_of(here), make_large(here), here.make(here.database())

        def cut(_):
            here.postgres.query(here.postgres.url("postgres"),
                                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'source-host'")

        def crash(_):
            here.postgres.restart("immediate")

        for interrupt in cut, crash:
            code, err = interrupted(here, a, b, interrupt)
            equal((code, err.count("\n")), (1, 1))
            assert "PostgreSQL" in err, err
            check_empty(b, tables)
            psql.query(b.place, "VACUUM FULL activity")
        check_copied(here, a, b, tables)
        c = here.make(here.file())
        code, err = interrupted(here, b, c, cut)
        equal((code, err.count("\n")), (1, 1))
        check_empty(c, tables)


@test
def who_is_stopped_or_killed_half_way_leaves_nothing():
    with scene() as here:
        tables, a = tables_of(here), make_large(here)
        for make in here.database, here.file:
            b = here.make(make())
            for number, wanted in (signal.SIGTERM, 1), (signal.SIGKILL, -signal.SIGKILL):
                began = time.monotonic()
                code, err = interrupted(here, a, b, lambda process, number=number: process.send_signal(number))
                equal(code, wanted)
                assert number == signal.SIGKILL or "stopped; nothing was copied" in err, err
                assert time.monotonic() - began < 30
                wait_until(lambda: make != here.database or here.postgres.query(
                    b.place, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'source-host'") == [["0"]])
                check_empty(b, tables)
                if not b.is_file:
                    psql.query(b.place, "VACUUM FULL activity")
            check_copied(here, a, b, tables)


def memory_of(pid):
    """The most that it ever had, in KiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next((int(line.split()[1]) for line in file if line.startswith("VmHWM:")), 0)


@test
def memory_is_bounded():
    if SANITIZER:
        raise Skip("a sanitizer keeps what was freed")
    with scene() as here:
        a = make_large(here, 60_000)
        for b in here.database(), here.file():
            most = 0
            with here.copy_begun(a, b) as process:
                while process.poll() is None:
                    most = max(most, memory_of(process.pid))
                    time.sleep(0.01)
            equal(process.returncode, 0)
            assert 1024 < most < MEMORY_KB, most
            a = b


@test
def a_copy_that_differs_is_told_and_not_kept():
    with scene() as here:
        tables, a, b = tables_of(here), here.make(here.file()), here.make(here.database())
        fill(a, tables, 9)
        b.script("""CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
            $$BEGIN NEW.updated_at := coalesce(NEW.updated_at, 0) / 2 + 1; RETURN NEW; END$$;
            CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
            CREATE TRIGGER spoil BEFORE INSERT ON pull_request FOR EACH ROW EXECUTE FUNCTION spoil();
            CREATE TRIGGER lose BEFORE INSERT ON person FOR EACH ROW WHEN (NEW.id % 2 = 0) EXECUTE FUNCTION lose()""")
        result = here.copy(a, b)
        equal((result.code, result.err.count("\n")), (1, 1))
        assert "nothing was kept" in result.err, result
        equal({row["table"]: row["rows"] == row["copy_rows"] for row in result.objects if not row["equal"]},
              {"pull_request": True, "person": False})
        check_empty(b, tables)
        people = here.host.run("store", "copy", a.place, b.place)
        assert "DIFFERS" in people.out, people


@test
def a_number_that_is_none_is_named():
    with scene() as here:
        a, b = here.make(here.file()), here.make(here.database())
        a.script("INSERT INTO auto_import VALUES ('acme', 0, 'yes', 1)")
        result = here.copy(a, b)
        equal((result.code, result.err), (1, "source-host: store: a row of auto_import has no number in is_on\n"))


@test
def what_is_written_meanwhile_is_in_it_whole_or_not_at_all():
    with scene() as here:
        tables, a, b = tables_of(here), make_large(here), here.make(here.database())
        with here.copy_begun(a, b) as process:
            wait_until(lambda: is_under_way(here, b), pause=0.01)
            a.script("BEGIN; UPDATE activity SET action = 'LATE'; INSERT INTO auto_import VALUES ('acme', 0, 1, 1); COMMIT")
            out, err = process.communicate(timeout=60)
        equal((process.returncode, err), (0, ""))
        equal(b.rows("SELECT count(*) AS n FROM activity WHERE action = 'LATE'"), [{"n": 0}])
        equal(b.rows("SELECT count(*) AS n FROM auto_import"), [{"n": 0}])
        c = here.file()
        with here.copy_begun(b, c) as process:
            wait_until(lambda: is_under_way(here, c), pause=0.01)
            b.script("UPDATE activity SET action = 'LATE'; INSERT INTO auto_import VALUES ('acme', 0, 1, 1)")
            out, err = process.communicate(timeout=60)
        equal((process.returncode, err), (0, ""))
        equal(c.rows("SELECT count(*) AS n FROM activity WHERE action = 'LATE'"), [{"n": 0}])
        assert "found again" in out, out
        assert json.dumps(content(c, tables)["auto_import"]) == "[]"


if __name__ == "__main__":
    run()
