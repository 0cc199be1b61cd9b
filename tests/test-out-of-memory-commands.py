#!/usr/bin/env python3
"""Memory runs out in commands that tell, or change a little. Prints TAP."""

import os

from failing_commands import PATH, Change, FailingHosting
from hosting import PASSWORD

from client import FakeBitbucket
from tap import run, test


@test
def providers_and_connections():
    with FakeBitbucket() as fake, FailingHosting(fake) as host:
        host.runs_out("providers")
        host.runs_out("providers", "--json")
        host.runs_out("describe", "bitbucket-server")
        host.runs_out("connections")
        host.runs_out("connections", "--json")


@test
def connect_and_check():
    with FakeBitbucket() as fake, FailingHosting(fake) as host:
        host.runs_out("connect", "bitbucket-server", "other", "--set", f"base_url={fake.url}",
                      "--set", "username=flow-service", "--password-stdin",
                      after=("connections",), trial=Change, input=PASSWORD + "\n")
        host.runs_out("check")
        host.runs_out("check", "--json")


@test
def what_the_store_tells():
    with FakeBitbucket() as fake, FailingHosting(fake, imported=True) as host:
        host.runs_out("status")
        host.runs_out("status", "--json")
        host.runs_out("explain", "acme", PATH)
        host.runs_out("sync", "--dry-run")
        host.runs_out("support-bundle")
        host.runs_out("export", "--json")
        host.runs_out("export", "pull_request_cycle")
        host.runs_out("export", "activity", "--format", "csv")


@test
def what_changes_the_store():
    with FakeBitbucket() as fake, FailingHosting(fake, imported=True) as host:
        host.runs_out("remove", "acme", PATH, after=("status",), trial=Change)
        host.runs_out("auto-import", "acme", "MOB", "on", after=("status",))
        host.runs_out("resume", "acme")


@test
def store_copy():
    with FakeBitbucket() as fake, FailingHosting(fake, imported=True) as host:
        host.runs_out("store", "copy", host.store, os.path.join(host.data, "copy.sqlite"))


if __name__ == "__main__":
    run()
