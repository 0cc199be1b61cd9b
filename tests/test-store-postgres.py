#!/usr/bin/env python3
"""The store's own tests (check_store) on a real PostgreSQL. Prints TAP."""

import os
import sys

from postgres import Postgres
from psql import programs


def main():
    if not programs():
        print("1..0 # SKIP no PostgreSQL here: apt-get install postgresql")
        return 0
    with Postgres() as postgres:
        os.environ["SH_CHECK_STORE"] = postgres.database("store")
        return os.spawnl(os.P_WAIT, os.path.join(os.environ["SH_BUILD"], "check_store"), "check_store")


if __name__ == "__main__":
    sys.exit(main())
