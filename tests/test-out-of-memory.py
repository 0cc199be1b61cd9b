#!/usr/bin/env python3
"""Memory runs out in each verb of the provider, behind the host API. Prints TAP."""

import os
import re
import subprocess

from failing import (HOW_MANY, OTHER_WORDS, SAYS_IT, SEED, SHOWN, Report, every_allocation, every_site, need_malloc,
                     some_of)
from hosting import BUILD, PASSWORD, Hosting
from replay import Replay

from client import FakeBitbucket
from tap import equal, run, test

PROGRAM = os.path.join(BUILD, "failing_verbs")
PATH = "PLAT/docs"
NO_MEMORY = -2
MOST = 300  # ways in which allocations are tried besides each site; a verb with fewer is tried at each allocation


class Answer:
    def __init__(self, line):
        told = re.fullmatch(r"failed=(\d+) code=(-?\d+) live=(\d+) seen=(\w+) (.*)", line)
        assert told, "it does not come to its end"
        self.failed, self.code, self.live = int(told[1]), int(told[2]), int(told[3])
        self.seen, self.message = told[4], told[5]


class Verb:
    """failing_verbs, told line by line what is to fail."""

    def __init__(self, host, repository, name):
        self.path = os.path.join(host.folder, "report")
        command = [PROGRAM, host.providers, os.path.join(host.connections, "acme.conf"), str(repository), PATH, name]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=os.environ | {"FAILING_MALLOC_REPORT": self.path})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def obey(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def report(self):
        return Report(self.path)


def check(answer, usual):
    if OTHER_WORDS.search(answer.message):
        return
    if answer.code == 0:
        equal((answer.seen, answer.message), (usual.seen, usual.message))
    else:
        assert SAYS_IT.search(answer.message), "it does not say why"
        equal(answer.code, NO_MEMORY)


def orders(report):
    every = every_allocation(report)
    if HOW_MANY == "all" or (HOW_MANY == "some" and len(every) <= MOST):
        return every
    return every_site(report) + (some_of(every, MOST) if HOW_MANY == "some" else [])


def try_all(verb, name, replay=None):
    usual = Answer(verb.obey(""))
    usual_report = verb.report()
    equal((usual.code, usual.live), (0, 0))
    wrong, tried, failed, borne = [], 0, 0, 0
    for order in orders(usual_report):
        line = verb.obey(order)
        try:
            answer = Answer(line)
            tried, failed, borne = tried + 1, failed + answer.failed, borne + (answer.code == 0)
            leaks = verb.report().leaks(usual_report) if answer.live else []
            assert not leaks, "it leaks" + "".join(map(str, leaks))
            if not (replay and replay.lost_query()):
                check(answer, usual)
        except AssertionError as reason:
            wrong.append(f"{order}: {reason}\n  {line}\n  where it ran out:{verb.report().failed_at}")
    print(f"# {name}: {usual_report.asked} allocations; memory ran out in {tried} ways, {failed} failed;"
          f" {borne} times it did without (OUT_OF_MEMORY_SEED={SEED})", flush=True)
    assert tried > 20, tried
    assert not wrong, f"{len(wrong)} of {tried}\n" + "\n".join(wrong[:SHOWN])


def runs_out(name):
    need_malloc()
    with FakeBitbucket() as fake, Hosting() as host:
        repository = next(row["id"] for row in fake.truth()["repository"] if row["path"] == PATH)
        host.connection("acme", base_url=fake.url)
        with Verb(host, repository, name) as verb:
            verb.obey("")
        with Replay(fake) as replay:
            host.connection("acme", base_url=replay.url, exclude="*/web MOB/*")
            with Verb(host, repository, name) as verb:
                try_all(verb, name, replay)


@test
def configure_bears_it():
    """All kinds of settings; none of them is used."""
    need_malloc()
    with Hosting() as host:
        password = host.write("acme.password", PASSWORD + "\n")
        host.connection("acme", base_url="https://git.example.com/bitbucket", password=None, password_file=password,
                        proxy="http://me:secret@127.0.0.1:3128", exclude="*/old-* SECRET/*",
                        imports={"repositories": "PLAT/api PLAT/web", "auto_import": "MOB", "include_forks": "yes"})
        with Verb(host, 0, "configure") as verb:
            try_all(verb, "configure")


@test
def enumerate_bears_it():
    runs_out("enumerate")


@test
def import_bears_it():
    runs_out("import")


@test
def health_bears_it():
    runs_out("health")


if __name__ == "__main__":
    run()
