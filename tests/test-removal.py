#!/usr/bin/env python3
"""Repositories and connections forgotten, whole, also when that is interrupted; a disk that fills. Prints TAP."""

import fcntl
import os
import signal
import sqlite3
import struct
import subprocess
import time

from hosting import Hosting

from client import FakeBitbucket
from tap import Skip, equal, run, test

# The paths that a repository had are kept while it is listed.
KEPT = ("removal", "repository_alias")


def columns_of(host):
    """Each table that the store has, with its columns."""
    names = [row["name"] for row in host.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: host.rows(f"PRAGMA table_info({name})") for name in names}


def rows_of(host, repository):
    """How many rows each table has of a repository."""
    tables = [table for table, columns in columns_of(host).items()
              if table not in KEPT and "repository_id" in {column["name"] for column in columns}]
    return {table: host.rows(f"SELECT count(*) AS n FROM {table} WHERE repository_id = ?", repository)[0]["n"]
            for table in tables}


def fill(host, repository):
    """A row of the repository in each table that the fake server left without one."""
    with sqlite3.connect(host.store) as database:
        for table, n in rows_of(host, repository).items():
            row = {column["name"]: 1 for column in columns_of(host)[table] if column["notnull"]}
            row |= {"connection": "acme", "repository_id": repository}
            if n == 0:
                database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                                 list(row.values()))
    database.close()


def id_of(host, path):
    return host.rows("SELECT id FROM repository WHERE path = ?", path)[0]["id"]


def mirror(host, repository, connection="acme"):
    return os.path.join(host.data, "mirrors", connection, f"{repository}.git")


def done(result):
    equal((result.code, result.err), (0, ""))
    return result


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def started(host, *arguments):
    return subprocess.Popen(host.command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def are_rows_gone(host, repository):
    """All but the job, which is claimed until the end."""
    return not any(n for table, n in rows_of(host, repository).items() if table != "job")


def check_forgotten(host, repository):
    """Each table with rows of it that are left is to be named in host/store/removal.c."""
    equal({table: n for table, n in rows_of(host, repository).items() if n}, {})
    assert not os.path.exists(mirror(host, repository))
    equal(host.rows("SELECT * FROM removal"), [])


@test
def a_repository_is_removed_with_its_rows_and_its_mirror():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        done(host.run("import", "acme", "MOB/ios", "PLAT/docs"))
        ios, docs = id_of(host, "MOB/ios"), id_of(host, "PLAT/docs")
        before = rows_of(host, docs)
        assert rows_of(host, ios)["activity"] and os.path.isdir(mirror(host, ios))
        fill(host, ios)
        assert all(rows_of(host, ios).values()) and len(before) > 8, before
        equal(done(host.run("remove", "acme", "mob/ios", "--json")).objects,
              [{"connection": "acme", "path": "MOB/ios", "id": ios, "removed": True}])
        check_forgotten(host, ios)
        equal(rows_of(host, docs), before)
        assert os.path.isdir(mirror(host, docs))
        fake.clear()
        done(host.run("sync"))
        assert not any("/ios" in request["path"] for request in fake.requests())
        done(host.run("import", "acme", "MOB/ios"))
        assert rows_of(host, ios)["activity"] and os.path.isdir(mirror(host, ios))


@test
def what_is_removed_while_a_pass_goes_on_is_not_imported_by_it():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        done(host.run("import", "acme", "GROE/uber-uns", "PLAT/docs"))
        docs = id_of(host, "PLAT/docs")
        fake.clear()
        fake.fault("stall", "/uber-uns/pull-requests")
        with started(host, "sync") as passing:
            wait_until(lambda: any("/uber-uns/pull-requests" in request["path"] for request in fake.requests()))
            done(host.run("remove", "acme", "PLAT/docs"))
            fake.clear()
            out, err = passing.communicate(timeout=60)
        equal((passing.returncode, "PLAT/docs" in out), (0, False))
        assert "PLAT/docs: left out, as it was removed meanwhile" in err, err
        check_forgotten(host, docs)


@test
def auto_import_by_command_does_not_bring_it_back():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        done(host.run("auto-import", "acme", "MOB", "on"))
        done(host.run("sync"))
        done(host.run("remove", "acme", "MOB/android"))
        done(host.run("sync"))
        equal(host.rows("SELECT imported FROM repository WHERE path = 'MOB/android'"), [{"imported": 0}])
        assert "`source-host remove` was said" in host.run("explain", "acme", "MOB/android").out


@test
def what_the_server_lists_no_more_is_forgotten_wholly():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        done(host.run("import", "acme", "PLAT/web"))
        web = id_of(host, "PLAT/web")
        fake.mutate("rename_repository", repository="PLAT/web", name="site")
        equal(host.run("repos", "acme").code, 0)
        fake.mutate("delete_repository", repository="PLAT/site")
        done(host.run("repos", "acme"))
        result = host.run("remove", "acme", "PLAT/web")
        equal(result.code, 2)
        assert "PLAT/web is now PLAT/site" in result.err, result
        done(host.run("remove", "acme", "PLAT/site"))
        check_forgotten(host, web)
        equal(host.rows("SELECT * FROM repository WHERE id = ?", web), [])
        equal(host.rows("SELECT * FROM repository_alias"), [])


def check_killed(hold, how=signal.SIGKILL):
    """Kills `remove` while `hold` keeps it from going on; the next command of any kind ends it."""
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        done(host.run("import", "acme", "MOB/ios"))
        ios = id_of(host, "MOB/ios")
        with hold(host, ios) as is_held_up:
            process = started(host, "remove", "acme", "MOB/ios")
            wait_until(lambda: is_held_up(host, ios))
            process.send_signal(how)
            process.communicate()
            equal(len(host.rows("SELECT * FROM removal")), 1)
        assert os.path.isdir(mirror(host, ios))
        equal(host.rows("SELECT imported FROM repository WHERE id = ?", ios), [{"imported": 0}])
        done(host.run("status"))
        check_forgotten(host, ios)


class Held:
    """A lock of ours, which others have to wait for."""

    def __init__(self, path, take, is_held_up):
        self.path, self.take, self.is_held_up = path, take, is_held_up

    def __enter__(self):
        self.file = os.open(self.path, os.O_RDONLY if os.path.isdir(self.path) else os.O_RDWR)
        self.take(self.file)
        return self.is_held_up

    def __exit__(self, *_):
        os.close(self.file)


def range_lock(at):
    # struct flock: type, whence, start, length, process
    return struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, at, 1, 0)


@test
def killed_before_anything_is_deleted():
    check_killed(lambda host, ios: Held(
        host.store + "-claims-acme", lambda file: fcntl.fcntl(file, fcntl.F_OFD_SETLK, range_lock(ios)),
        lambda host, ios: host.rows("SELECT * FROM removal") and rows_of(host, ios)["git_commit"]))


@test
def killed_between_the_rows_and_the_mirror():
    check_killed(lambda host, ios: Held(
        mirror(host, ios), lambda file: fcntl.flock(file, fcntl.LOCK_EX),
        are_rows_gone))


@test
def stopped_between_the_rows_and_the_mirror():
    check_killed(lambda host, ios: Held(
        mirror(host, ios), lambda file: fcntl.flock(file, fcntl.LOCK_EX),
        are_rows_gone), signal.SIGTERM)


@test
def rows_go_all_or_none():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        done(host.run("import", "acme", "MOB/ios"))
        ios = id_of(host, "MOB/ios")
        before = rows_of(host, ios)
        with sqlite3.connect(host.store) as database:
            database.execute("CREATE TRIGGER stop BEFORE DELETE ON sync_run BEGIN SELECT RAISE(ABORT, 'no disk'); END")
        database.close()
        result = host.run("remove", "acme", "MOB/ios")
        equal(result.code, 1)
        assert "no disk" in result.err, result
        equal(rows_of(host, ios), before)
        result = host.run("status")
        equal(result.code, 0)
        assert "what is being removed: store: no disk" in result.err, result
        with sqlite3.connect(host.store) as database:
            database.execute("DROP TRIGGER stop")
        database.close()
        done(host.run("status"))
        check_forgotten(host, ios)


@test
def a_connection_whose_file_was_deleted_stays_until_it_is_purged():
    with FakeBitbucket() as fake, Hosting() as host:
        acme = host.connection("acme", base_url=fake.url, imports={"repositories": "MOB/ios"})
        host.connection("other", base_url=fake.url, imports={"repositories": "MOB/ios"})
        done(host.run("auto-import", "acme", "GROE", "on"))
        done(host.run("sync"))
        result = host.run("purge", "acme")
        equal(result.code, 2)
        assert f"{acme} still is there" in result.err, result
        assert "is gone" not in done(host.run("status")).out
        os.remove(acme)
        text = done(host.run("status")).out
        equal(text.count("its file is gone: it is not looked after; `source-host purge acme` deletes its data"), 1)
        equal([row["has_file"] for row in host.run("status", "--json").objects if "has_file" in row], [False, True])
        done(host.run("sync"))
        assert host.rows("SELECT * FROM activity WHERE connection = 'acme'")
        result = host.run("purge", "acne")
        equal(result.code, 2)
        assert "did you mean acme?" in result.err, result
        equal(host.run("purge", "../acme").code, 2)
        equal(done(host.run("purge", "acme", "--json")).objects, [{"connection": "acme", "purged": True}])
        for table, columns in columns_of(host).items():
            key = "connection" if "connection" in [column["name"] for column in columns] else None
            key = "name" if table == "connection" else key
            if key:
                equal((table, host.rows(f"SELECT count(*) AS n FROM {table} WHERE {key} = 'acme'")), (table, [{"n": 0}]))
        equal(os.listdir(os.path.join(host.data, "mirrors")), ["other"])
        assert host.rows("SELECT * FROM activity WHERE connection = 'other'")


@test
def a_purge_leaves_connections_alone_whose_names_begin_as_its_own():
    with FakeBitbucket() as fake, Hosting() as host:
        others = ["acme.git", "acme.old", "acme.part"]
        acme, *_ = [host.connection(name, base_url=fake.url, imports={"repositories": "MOB/ios"})
                    for name in ["acme", *others]]
        done(host.run("sync"))
        os.remove(acme)
        done(host.run("purge", "acme"))
        equal(sorted(os.listdir(os.path.join(host.data, "mirrors"))), others)
        for name in others:
            repository, = host.rows("SELECT id FROM repository WHERE connection = ? AND path = 'MOB/ios'", name)
            assert os.path.exists(os.path.join(mirror(host, repository["id"], name), "HEAD")), name


@test
def a_purge_that_was_killed_is_ended_by_the_next_command():
    with FakeBitbucket() as fake, Hosting() as host:
        acme = host.connection("acme", base_url=fake.url, imports={"repositories": "MOB/ios PLAT/docs"})
        done(host.run("sync"))
        ios, docs = id_of(host, "MOB/ios"), id_of(host, "PLAT/docs")
        os.remove(acme)
        file = os.open(mirror(host, docs), os.O_RDONLY)
        fcntl.flock(file, fcntl.LOCK_EX)
        process = started(host, "purge", "acme")
        wait_until(lambda: are_rows_gone(host, docs))
        process.kill()
        process.communicate()
        os.close(file)
        assert host.rows("SELECT * FROM connection") and host.rows("SELECT * FROM removal")
        done(host.run("status"))
        equal([host.rows(f"SELECT * FROM {table}") for table in ("connection", "repository", "person", "removal")], [[]] * 4)
        equal(os.listdir(os.path.join(host.data, "mirrors")), [])
        check_forgotten(host, ios)


def configure(host, text):
    with open(os.path.join(host.folder, "config", "source-host.conf"), "w", encoding="utf-8") as file:
        file.write(text)
    return file.name


@test
def a_disk_that_is_nearly_full_pauses_imports():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "MOB/ios MOB/android"})
        path = configure(host, "# ours\n[host]\nmin_free = 9000 TiB\n")
        result = host.run("sync")
        equal(result.code, 1)
        equal(result.err.count("\n"), 1)
        assert "imports are paused: " in result.err and f"less than min_free = 9000 TiB ({path}:3)" in result.err, result
        assert not os.path.exists(os.path.join(host.data, "mirrors"))
        equal(host.rows("SELECT state, failures FROM job WHERE repository_id <> 0"), [{"state": "paused", "failures": 0}] * 2)
        text = host.run("status").out
        assert "paused" in text and "min_free" in text, text
        # what makes room goes on
        done(host.run("remove", "acme", "PLAT/docs"))
        configure(host, "[host]\nmin_free = 1 MiB\n")
        done(host.run("sync"))
        equal(host.rows("SELECT state FROM job WHERE repository_id <> 0"), [{"state": "done"}] * 2)


MIB = 1 << 20


def fill_until(path, left, condition):
    """Others make room meanwhile, too."""
    size = 0

    def filled():
        nonlocal size
        disk = os.statvfs(os.path.dirname(path))
        more = disk.f_bavail * disk.f_frsize - left
        if more > 0:
            os.posix_fallocate(file.fileno(), size, more)
            size += more
        return condition()
    with open(path, "wb") as file:
        wait_until(filled)


def free_to_take(host):
    os.makedirs(host.data, exist_ok=True)
    disk = os.statvfs(host.data)
    free = disk.f_bavail * disk.f_frsize
    if free < 4096 * MIB:
        raise Skip("there is too little room to take some")
    return free


@test
def a_disk_that_fills_while_an_import_goes_on_pauses_it():
    with FakeBitbucket() as fake, Hosting() as host:
        free = free_to_take(host)
        host.connection("acme", base_url=fake.url)
        least = free - 1024 * MIB
        configure(host, f"[host]\nmin_free = {least}\n")
        fake.fault("stall", "/pull-requests/.*/activities")
        process = started(host, "import", "acme", "PLAT/api")
        wait_until(lambda: any("/activities" in request["path"] for request in fake.requests()))
        fill_until(os.path.join(host.data, "filler"), least - 64 * MIB, lambda: process.poll() is not None)
        _, told = process.communicate(timeout=30)
        equal(process.returncode, 1)
        assert "PLAT/api: imports are paused" in told, told
        equal([row["state"] for row in host.rows("SELECT state FROM job WHERE repository_id <> 0")], ["paused"])
        os.remove(os.path.join(host.data, "filler"))
        fake.clear()
        configure(host, "")
        done(host.run("sync"))
        equal(host.rows("SELECT state FROM job WHERE repository_id <> 0"), [{"state": "done"}])


def take(path):
    with open(path, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 1024 * MIB)


@test
def what_a_fetch_that_filled_the_disk_has_brought_makes_room_again():
    with FakeBitbucket() as fake, Hosting() as host:
        free = free_to_take(host)
        host.connection("acme", base_url=fake.url)
        done(host.run("import", "acme", "PLAT/api"))
        configure(host, f"[host]\nmin_free = {free - 512 * MIB}\n")
        fake.mutate("push", repository="PLAT/api", branch="new", files={"a.txt": "a\n"}, user="jdoe")
        fake.clear()
        fake.fault("stall", "/git-upload-pack$")
        process = started(host, "sync")
        wait_until(lambda: any("/git-upload-pack" in request["path"] for request in fake.requests()))
        half = os.path.join(mirror(host, id_of(host, "PLAT/api")), "objects", "pack", "tmp_pack_half")
        take(half)
        _, told = process.communicate(timeout=60)
        equal(process.returncode, 1)
        assert "PLAT/api: imports are paused" in told, told
        assert not os.path.exists(half)
        equal(host.rows("SELECT state, next_at > since AS waits FROM job WHERE repository_id <> 0"),
              [{"state": "paused", "waits": 1}])
        fake.clear()
        done(host.run("sync"))
        assert host.rows("SELECT * FROM git_ref WHERE name = 'refs/heads/new'")


@test
def what_a_killed_import_left_makes_room_for_the_next():
    with FakeBitbucket() as fake, Hosting() as host:
        free = free_to_take(host)
        host.connection("acme", base_url=fake.url)
        done(host.run("import", "acme", "PLAT/api"))
        ours = mirror(host, id_of(host, "PLAT/api"))
        left = [os.path.join(place, "objects", "pack", "tmp_pack_half") for place in (ours, ours + ".part")]
        for path in left:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            take(path)
        # too much for one of the two to stay
        configure(host, f"[host]\nmin_free = {free - 512 * MIB}\n")
        done(host.run("sync"))
        assert not any(os.path.exists(path) for path in left)
        equal(host.rows("SELECT state FROM job WHERE repository_id <> 0"), [{"state": "done"}])


@test
def the_configuration_tells_its_faults_with_their_line():
    with Hosting() as host:
        for text, said in (("[host]\nmin_fre = 1\n", "2: unknown key min_fre in [host]"),
                           ("min_free = 1\n", "1: min_free stands before the first section; there is [host]"),
                           ("[hosts]\nmin_free = 1\n", "2: unknown section [hosts]"),
                           ("[host]\nlist_interval = 5 weeks\n", "2: list_interval = 5 weeks is no interval"),
                           ("[host]\nsync_interval = 0 h\n", "is no interval"),
                           ("[host]\nmin_free = much\n", "2: min_free = much is no size"),
                           ("[host]\nmin_free = 99999999999 TiB\n", "is no size"),
                           ("[host]\nmin_free = 1\n[host]\nmin_free = 2\n", "4: min_free stands here a second time"),
                           ("[host]\n\nnothing\n", "3: this is neither [section] nor key = value")):
            path = configure(host, text)
            result = host.run("status")
            equal(result.code, 2)
            assert f"{path}:" in result.err and said in result.err, result
        for text in "list_interval = 1440 min", "sync_interval = 7200 s", "sync_interval = 1000 d":
            configure(host, f"[host]\n{text}\n")
            done(host.run("status"))
        configure(host, "[host]\nsync_interval = 1001 d\n")
        equal(host.run("status").code, 2)


if __name__ == "__main__":
    run()
