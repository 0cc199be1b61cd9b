#!/usr/bin/env python3
"""What was built against an older libsource-provider works with this one. Prints TAP.

abi/ has what each release promised: libsource-provider-VERSION.abi, written by `tests/test-abi.py write VERSION`, and the
first header, against which a module is built that must load for ever.
"""

import glob
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

from hosting import BUILD, SANITIZER, SOURCE
from provider_kit import Kit

from tap import Skip, equal, run, test

FOLDER = os.path.join(SOURCE, "tests", "abi")
LIBRARY = os.path.join(BUILD, ".libs", "libsource-provider.so")
SHELF = {"base_url": "http://shelf.example/", "password": "let me read"}


def needs_dwarf():
    if SANITIZER or platform.machine() != "x86_64":
        raise Skip("the dumps are of a plain build on x86-64")
    if not shutil.which("abidiff"):
        raise Skip("abidiff is not here; it comes with the package abigail-tools")


def dump():
    """Without what depends on the machine: the libraries that it happens to be linked with, and where it was built."""
    text = subprocess.run(["abidw", "--no-show-locs", "--no-comp-dir-path", "--no-corpus-path", "--headers-dir",
                           os.path.join(SOURCE, "host-api"), "--drop-private-types", LIBRARY],
                          capture_output=True, text=True, check=True).stdout
    return re.sub(r"  <elf-needed>.*?</elf-needed>\n", "", text, flags=re.S)


# Of abidiff's report: structs that grow at their end, and words that enums have more. What else it tells breaks somebody.
# (Its own suppressions of this kind take other changes of the same struct along.)
GROWTH = re.compile(r"""
    (?:Leaf\ changes|Changed\ leaf\ types)\ summary:.* | Removed/Changed/Added\ \w+\ summary:\ 0\ Removed,\ 0\ Changed,.*
    | '(?:struct|enum)\ \w+'\ changed: | \ +type\ size\ (?:changed\ from\ \d+\ to\ \d+\ \(in\ bits\)|hasn't\ changed)
    | \ +\d+\ (?:data\ member|enumerator)\ insertions?: | \ +'.*',\ at\ offset\ \d+\ \(in\ bits\).* | \ +'.*'\ value\ '\d+'
    | \ *""", re.X)


def check_promised(old, new):
    result = subprocess.run(["abidiff", "--leaf-changes-only", "--no-added-syms", old, new], capture_output=True, text=True,
                            check=False)
    broken = [line for line in result.stdout.split("\n") if not GROWTH.fullmatch(line)]
    assert not broken and not result.stderr, f"{old}\n{result.stdout}{result.stderr}"
    equal(result.returncode & ~4, 0)  # 4: something has changed


@test
def nothing_that_was_promised_has_changed():
    needs_dwarf()
    promised = sorted(glob.glob(os.path.join(FOLDER, "*.abi")))
    assert promised
    for old in promised:
        with tempfile.NamedTemporaryFile("w", suffix=".abi", encoding="utf-8") as new:
            new.write(dump())
            new.flush()
            check_promised(old, new.name)


@test
def a_module_of_the_first_header_loads_for_ever():
    with open(os.path.join(SOURCE, "tests", "modules", "shelf.c"), encoding="utf-8") as file, Kit() as kit:
        outcome = kit.check(kit.compile("shelf", file.read(), ("-I", FOLDER)), "shelf", **SHELF)
        equal((outcome.failed, outcome.code), ([], 0))


if __name__ == "__main__":
    if sys.argv[1:2] == ["write"]:
        with open(os.path.join(FOLDER, f"libsource-provider-{sys.argv[2]}.abi"), "w", encoding="utf-8") as out:
            out.write(dump())
    else:
        run()
