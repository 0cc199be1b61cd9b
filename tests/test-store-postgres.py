#!/usr/bin/env python3
"""The store's own tests (check_store, check_shared_store) on a real PostgreSQL. Prints TAP."""

import os
import subprocess

import hosting  # noqa: F401 (where tap is)
from postgres import Postgres
from psql import programs

from tap import Skip, run, test


def check(program):
    """Its own TAP goes where nobody counts it."""
    if programs() is None:
        raise Skip("no PostgreSQL here: apt-get install postgresql-15")
    with Postgres() as postgres:
        told = subprocess.run([os.path.join(os.environ["SH_BUILD"], program)], capture_output=True, text=True, check=False,
                              env=os.environ | {"SH_CHECK_STORE": postgres.database("store")})
    failed = [line for line in told.stdout.splitlines() if line.startswith("not ok")]
    assert told.returncode == 0 and not failed and "ok 1 " in told.stdout, "\n".join([*failed, told.stderr, told.stdout[-500:]])


@test
def the_store_is_the_same_on_postgresql():
    check("check_store")


@test
def what_workers_hold_is_held_once():
    check("check_shared_store")


if __name__ == "__main__":
    run()
