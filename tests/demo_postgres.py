#!/usr/bin/env python3
"""The demo with PostgreSQL: two workers, each with a data directory of its own as on two machines, share one import.

Leaves the connection file and the mirrors in demo/; the database ends with it.
"""

import os
import subprocess
import sys
import time

from demo import ARRIVED, DEMO, SOURCE, prepare
from postgres import Postgres

from client import FakeBitbucket

PATIENCE_S = 120


def command(url, machine, *words):
    return [os.path.join(SOURCE, "build", "source-host"), "--store", url, "--config", os.path.join(DEMO, "config"),
            "--providers", os.path.join(DEMO, "providers"), "--data", os.path.join(DEMO, machine), *words]


def source_host(url, *words):
    print(f"\n$ source-host --store postgresql://... {' '.join(words)}", flush=True)
    subprocess.run(command(url, "machine1", *words), check=True)


def number(postgres, url, sql):
    return int(postgres.query(url, sql)[0][0])


def wait_until_imported(postgres, url):
    until = time.monotonic() + PATIENCE_S
    while number(postgres, url, "SELECT count(*) FROM job WHERE succeeded_at IS NULL") or \
            not number(postgres, url, "SELECT count(*) FROM job WHERE repository_id <> 0"):
        if time.monotonic() > until:
            sys.exit("the import does not come to its end")
        time.sleep(0.2)


def show(postgres, url):
    print("\nWhat arrived:")
    for name, sql in ARRIVED:
        print(f"   {number(postgres, url, sql):5} {name}")
    print("\nWho holds which mirrors:")
    for place, count in postgres.query(url, "SELECT place, count(*) FROM job WHERE place <> '' GROUP BY 1 ORDER BY 1"):
        print(f"   place {place}: {count} repositories")


def main():
    # Slow enough that there is work for two.
    with FakeBitbucket("--context", "/bitbucket", "--delay-ms", "50") as fake, Postgres() as postgres:
        print(f"A fake Bitbucket Server listens on {fake.url}, a PostgreSQL of its own on {postgres.folder}")
        prepare(fake.url)
        url = postgres.database("store")
        source_host(url, "status")
        print("\n$ source-host --store postgresql://... --data machine1 run\n"
              "$ source-host --store postgresql://... --data machine2 worker", flush=True)
        workers = [subprocess.Popen(command(url, machine, word)) for machine, word in (("machine1", "run"), ("machine2", "worker"))]
        try:
            wait_until_imported(postgres, url)
            source_host(url, "status")
        finally:
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.wait(PATIENCE_S)
        show(postgres, url)


if __name__ == "__main__":
    main()
