#!/usr/bin/env python3
"""What branches and tags reach is told right, wherever the import before was cut off. Prints TAP."""

import contextlib
import os
import subprocess

from hosting import Hosting
from syncing import API, check, execute, import_one, repository_id, sync

from client import FakeBitbucket
from tap import equal, run, test


@contextlib.contextmanager
def cut_before_refs(host):
    """Meanwhile imports end when all commits are stored, and the refs are not."""
    execute(host, "CREATE TRIGGER cut BEFORE INSERT ON git_ref BEGIN SELECT RAISE(ABORT, 'cut off'); END")
    yield
    execute(host, "DROP TRIGGER cut")


def import_is_cut(host, *command):
    with cut_before_refs(host):
        result = host.run(*command)
    assert result.code and "cut off" in result.err, result


def push(fake, name, branch="topic", **settings):
    return fake.mutate("push", **API, branch=branch, files={name: "x\n"}, **settings)["commit"]


def reachable(host, commit):
    return [row["reachable"] for row in host.rows("SELECT reachable FROM git_commit WHERE sha = ?", commit)]


@test
def commits_of_a_first_import_that_was_cut_off_and_are_gone_since():
    for again in ("force", "delete"):
        with FakeBitbucket() as fake, Hosting() as host:
            host.connection("acme", base_url=fake.url)
            equal(host.run("repos", "acme").code, 0)
            commit = push(fake, "a.txt")
            import_is_cut(host, "import", "acme", "PLAT/api")
            equal(len(reachable(host, commit)), 1)
            if again == "force":
                push(fake, "b.txt", force=True)
            else:
                fake.mutate("delete_branch", **API, branch="topic")
            equal(host.run("import", "acme", "PLAT/api").code, 0)
            equal(reachable(host, commit), [0])
            check(fake, host)


@test
def commits_of_a_sync_that_was_cut_off_and_are_gone_since():
    with FakeBitbucket() as fake, Hosting() as host:
        push(fake, "a.txt")
        import_one(fake, host)
        commit = push(fake, "b.txt")
        import_is_cut(host, "sync")
        push(fake, "c.txt", force=True)
        sync(host)
        equal(reachable(host, commit), [0])
        check(fake, host)


@test
def commits_of_a_sync_that_was_cut_off_and_are_still_there():
    with FakeBitbucket() as fake, Hosting() as host:
        import_one(fake, host)
        commit = push(fake, "a.txt")
        import_is_cut(host, "sync")
        equal(reachable(host, commit), [0])
        sync(host)
        equal(reachable(host, commit), [1])
        check(fake, host)


@test
def a_branch_that_comes_back_and_goes_again():
    with FakeBitbucket() as fake, Hosting() as host:
        commit = push(fake, "a.txt")
        import_one(fake, host)
        fake.mutate("delete_branch", **API, branch="topic")
        sync(host)
        fake.mutate("reset_branch", **API, branch="topic", commit=commit)
        import_is_cut(host, "sync")
        fake.mutate("delete_branch", **API, branch="topic")
        sync(host)
        equal(reachable(host, commit), [0])
        fake.mutate("reset_branch", **API, branch="topic", commit=commit)
        sync(host)
        equal(reachable(host, commit), [1])
        check(fake, host)


@test
def commits_that_were_gone_when_a_sync_was_cut_off_and_are_back():
    for gone in ("force", "delete"):
        with FakeBitbucket() as fake, Hosting() as host:
            commit = push(fake, "a.txt")
            import_one(fake, host)
            if gone == "force":
                push(fake, "b.txt", force=True)
            else:
                fake.mutate("delete_branch", **API, branch="topic")
                push(fake, "c.txt", branch="another")
            import_is_cut(host, "sync")
            fake.mutate("reset_branch", **API, branch="topic", commit=commit)
            sync(host)
            equal(reachable(host, commit), [1])
            check(fake, host)


@test
def commits_that_are_gone_from_the_mirror_too():
    with FakeBitbucket() as fake, Hosting() as host:
        push(fake, "a.txt")
        import_one(fake, host)
        commit = push(fake, "b.txt")
        sync(host)
        push(fake, "c.txt", force=True)
        mirror = os.path.join(host.data, "mirrors", "acme", f"{repository_id(fake)}.git")
        for command in (("update-ref", "-d", "refs/heads/topic"), ("gc", "--quiet", "--prune=now")):
            subprocess.run(["git", f"--git-dir={mirror}", *command], check=True)
        sync(host)
        equal(reachable(host, commit), [0])
        check(fake, host)


if __name__ == "__main__":
    run()
