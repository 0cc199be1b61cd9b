#!/usr/bin/env python3
"""A whole import under valgrind: no error, nothing definitely lost. Prints TAP."""

import shutil

from hosting import SANITIZER, Hosting

from client import FakeBitbucket
from tap import Skip, equal, run, test

# Built in place, the program is started by a script of libtool's: that one's children are looked at, but not its sed, nor
# our git.
VALGRIND = ("valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite",
            "--show-leak-kinds=definite", "--trace-children=yes", "--trace-children-skip=/usr/*,/bin/*")


def clean(host, *arguments, code=0):
    if SANITIZER:
        raise Skip(f"valgrind cannot run what has the {SANITIZER} sanitizer built in")
    if not shutil.which("valgrind"):
        raise Skip("valgrind is not installed")
    result = host.run(*arguments, prefix=VALGRIND)
    assert "==" not in result.err, result
    equal(result.code, code)


@test
def check_import_sync_and_status():
    with FakeBitbucket("--page-cap", 10) as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        clean(host, "check")
        clean(host, "import", "acme", "--all")
        clean(host, "sync")
        clean(host, "status", "--json")
        clean(host, "store", "copy", host.store, host.store + ".copy")


@test
def what_goes_wrong():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        host.write("bad.conf", "[connection]\nprovider = nothing\n")
        clean(host, "connections", code=2)
        fake.fault("replace", "/activities", at="values[0].id", value="x", count=1, skip=5)
        clean(host, "import", "acme", "PLAT/api", code=3)
        host.connection("acme", base_url=fake.url, password="wrong")
        clean(host, "sync", "acme", code=4)


if __name__ == "__main__":
    run()
