#!/usr/bin/env python3
"""git-directory in source-host: a folder of bare repositories beside a Bitbucket Server. Prints TAP."""

import os
import shutil
import subprocess

from hosting import BUILD, Hosting

from client import FakeBitbucket
from tap import Skip, equal, run, test

MODULE = os.path.join(BUILD, ".libs", "git-directory.so")


def git(*arguments):
    environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
                                "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com"}
    subprocess.run(["git", *arguments], check=True, capture_output=True, env=environment)


class Folder:
    """A folder of bare repositories, and a host that has it as connection `local`."""

    def __init__(self, host):
        self.path = os.path.join(host.folder, "our repositories #1")
        os.mkdir(self.path)
        shutil.copy(MODULE, host.providers)
        host.write("local.conf", f"[connection]\nprovider = git-directory\n[settings]\ndirectory = {self.path}\n"
                                 "organization = OURS\n[import]\nauto_import = *\n")

    def place(self, name):
        return os.path.join(self.path, name + ".git")

    def create(self, name):
        git("init", "-q", "--bare", "--initial-branch=main", self.place(name))

    def commit(self, name, subject):
        work = os.path.join(self.path, "work")
        git("clone", "-q", self.place(name), work)
        git("-C", work, "commit", "-q", "--allow-empty", "-m", subject)
        git("-C", work, "push", "-q", "origin", "HEAD:main")
        shutil.rmtree(work)


def subjects(host):
    return [row["subject"] for row in host.rows("SELECT subject FROM git_commit WHERE reachable = 1 ORDER BY subject")]


@test
def repositories_are_listed_imported_and_kept_up_to_date():
    with Hosting() as host:
        folder = Folder(host)
        folder.create("full")
        folder.create("empty")
        folder.commit("full", "first")
        result = host.run("sync")
        equal((result.code, result.err), (0, ""))
        equal(host.rows("SELECT path, state, default_branch FROM repository ORDER BY path"),
              [{"path": "OURS/empty", "state": None, "default_branch": "main"},
               {"path": "OURS/full", "state": None, "default_branch": "main"}])
        equal(subjects(host), ["first"])
        folder.commit("full", "second")
        folder.commit("empty", "third")
        equal(host.run("sync").code, 0)
        equal(subjects(host), ["first", "second", "third"])


@test
def a_renamed_one_is_the_same_and_another_of_its_name_is_not():
    with Hosting() as host:
        folder = Folder(host)
        folder.create("one")
        folder.commit("one", "first")
        equal(host.run("sync").code, 0)
        before = host.rows("SELECT id FROM repository")
        os.rename(folder.place("one"), folder.place("two"))
        folder.create("one")
        equal(host.run("sync").code, 0)
        rows = host.rows("SELECT path, id FROM repository ORDER BY path")
        equal([row["path"] for row in rows], ["OURS/one", "OURS/two"])
        equal([{"id": rows[1]["id"]}], before)
        equal(subjects(host), ["first"])


@test
def what_is_no_repository_is_left_out():
    with Hosting() as host:
        folder = Folder(host)
        folder.create("one")
        os.mkdir(os.path.join(folder.path, "notes"))
        os.mkdir(os.path.join(folder.path, "with blank.git"))
        with open(folder.place("file"), "w", encoding="utf-8"):
            pass
        os.mkdir(folder.place("hollow"))
        result = host.run("repos", "local", "--json")
        equal((result.code, sorted(row["path"] for row in result.objects)), (0, ["OURS/hollow", "OURS/one"]))
        assert "with blank.git: left out" in result.err, result
        result = host.run("check", "local")
        equal(result.code, 1)
        assert "fail  repositories" in result.out and "2 repositories, 1 cannot be read" in result.out, result


@test
def a_folder_that_is_gone_is_said_by_all():
    with Hosting() as host:
        folder = Folder(host)
        folder.create("one")
        equal(host.run("sync").code, 0)
        os.rename(folder.path, folder.path + "-away")
        result = host.run("sync")
        equal(result.code, 2)
        assert "local.conf:4: directory: " in result.err and "No such file or directory" in result.err, result
        equal(host.rows("SELECT listed FROM repository"), [{"listed": 1}])


@test
def a_repository_of_another_user_is_told_before_git_refuses_it():
    if os.geteuid() != 0:
        raise Skip("only root can give a repository to another")
    with Hosting() as host:
        folder = Folder(host)
        folder.create("one")
        folder.commit("one", "first")
        for parent, _, names in os.walk(folder.place("one")):
            for name in ("", *names):
                os.chown(os.path.join(parent, name), 65534, 65534)
        result = host.run("check", "local")
        assert "1 are another user's" in result.out and "chown" in result.out, result
        result = host.run("sync")
        equal(result.code, 3)
        assert "the repository belongs to another user" in result.err, result


@test
def beside_bitbucket_server_in_one_store():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/web"})
        folder = Folder(host)
        folder.create("one")
        folder.commit("one", "first")
        result = host.run("providers", "--json")
        equal(sorted(row["name"] for row in result.objects), ["bitbucket-server", "git-directory"])
        equal(host.run("sync").code, 0)
        equal(host.rows("SELECT DISTINCT r.connection, r.path FROM repository r JOIN git_commit c"
                        " ON c.connection = r.connection AND c.repository_id = r.id ORDER BY 1"),
              [{"connection": "acme", "path": "PLAT/web"}, {"connection": "local", "path": "OURS/one"}])


if __name__ == "__main__":
    run()
