#!/usr/bin/env python3
"""Measures source-host beside well-known programs: ./dev bench [CASE...]

Each case has a file, case_NAME.py.  Ends with 1 when a bound is missed.
"""

import importlib
import os
import sys

from chart import picture
from ours import HERE, MADE
from report import read_json, table, write_json

CASES = ("startup", "cpu", "listing", "pull_requests", "sync", "git", "memory")
RESULTS = os.path.join(HERE, "results")


def run(name):
    case = importlib.import_module("case_" + name)
    rows = list(case.rows())
    print(table(f"{name}: {case.__doc__.splitlines()[0]}", rows), flush=True)
    write_json(os.path.join(RESULTS, f"{name}.json"), name, case.__doc__.splitlines()[0], rows)
    return [f"{name}: {row.what}" for row in rows if row.is_missed]


def main(names):
    unknown = [name for name in names if name not in CASES]
    if unknown:
        print(f"bench: there is no case {unknown[0]}; there are {', '.join(CASES)}", file=sys.stderr)
        return 2
    os.makedirs(RESULTS, exist_ok=True)
    os.makedirs(MADE, exist_ok=True)
    missed = [row for name in names or CASES for row in run(name)]
    with open(os.path.join(RESULTS, "bounds.svg"), "w", encoding="utf-8") as file:
        file.write(picture(read_json(RESULTS)))
    for row in missed:
        print(f"missed: {row}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
