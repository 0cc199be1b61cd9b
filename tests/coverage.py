#!/usr/bin/env python3
"""The lines and branches of host-api/ and plugin/ that the tests ran, as gcov counted them.

    coverage.py BUILD

Exits with 1 when one of the two folders has less than it must.
"""

import json
import os
import shutil
import subprocess
import sys

LEAST = {"lines": 90, "branches": 80}  # percent
COUNTED = {"lines": "line", "branches": "branch"}  # by gcovr
FOLDERS = "host-api", "plugin"
SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def counted(build):
    """Covered and all lines and branches of each file; what was compiled twice is added up by gcovr."""
    filters = [option for folder in FOLDERS for option in ("--filter", os.path.join(SOURCE, folder, ""))]
    command = ["gcovr", "--root", SOURCE, *filters, "-j", str(os.cpu_count()), "--json-summary", "-", build]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)["files"]


def total(files, what):
    return sum(file[f"{COUNTED[what]}_total"] for file in files)


def percent(files, what):
    covered = sum(file[f"{COUNTED[what]}_covered"] for file in files)
    return 100 * covered / total(files, what) if total(files, what) else 100


def row(name, files):
    print(f"{name:30}" + "".join(f"{percent(files, what):8.1f} % of {total(files, what):5} {what}" for what in LEAST))


def tell(folder, files):
    """True when the folder has what it must."""
    for file in files:
        row(file["filename"], [file])
    row(folder + "/", files)
    missed = [what for what, least in LEAST.items() if percent(files, what) < least]
    for what in missed:
        print(f"{folder}/: less than {LEAST[what]} % of the {what}", file=sys.stderr)
    return not missed


def main(build):
    if not shutil.which("gcovr"):
        sys.exit("coverage.py: there is no gcovr; please install it")
    files = counted(build)
    each = [[file for file in files if file["filename"].startswith(folder + "/")] for folder in FOLDERS]
    if not all(each):
        sys.exit("coverage.py: nothing was counted: was it built with --enable-coverage, and were tests run?")
    return 0 if all([tell(folder, of_folder) for folder, of_folder in zip(FOLDERS, each)]) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
