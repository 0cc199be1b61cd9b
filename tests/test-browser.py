#!/usr/bin/env python3
"""The page in Debian's chromium: cases in tests/browser, each with servers of its own. Prints TAP.

Screenshots are kept in browser/screenshots in the build folder. `./dev test` installs what it needs.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

from hosting import BUILD, SOURCE, Hosting
from web import Web
from workers import wait_until

from client import FakeBitbucket
from tap import equal, run, test

SCRIPT = os.path.join(SOURCE, "tests", "browser", "run.mjs")
FOLDER = os.path.join(BUILD, "browser")
LIST_INTERVAL_MS = 2 * 3600 * 1000  # running.PACE


class Console:
    """The page's server, which a case can stop, start again at the same port, and have list."""

    def __init__(self, host, token=None, clock=False):
        """The first start tells a token, where none was made before."""
        self.host, self.token, self.clock, self.port, self.web = host, token, clock, 0, None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.web = Web(self.host, port=self.port, token=self.token, clock=self.clock).__enter__()
        self.port, self.token = self.web.port, self.web.token

    def stop(self):
        self.web.__exit__()

    def list(self):
        """The next time of a listing counts from the end of the last."""
        before = len(self.web.of("listed"))
        self.web.set_clock(self.web.now() + LIST_INTERVAL_MS)
        wait_until(lambda: len(self.web.of("listed")) > before)


def play(case, fake, console, **more):
    """Has a case played; it asks for what it needs done by lines of JSON."""
    acts = {"stop": console.stop, "start": console.start, "list": console.list}
    given = {"url": "http://" + console.web.place, "token": console.token, "bitbucket": fake.url, "fake": fake.root,
             "chromium": shutil.which("chromium"), "modules": FOLDER,
             "screenshots": os.path.join(FOLDER, "screenshots")} | more
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors, subprocess.Popen(
            ["node", SCRIPT, case], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            env=os.environ | {"SH_CASE": json.dumps(given)}) as process:
        for line in process.stdout:
            acts[json.loads(line)["do"]]()
            process.stdin.write("{}\n")
            process.stdin.flush()
        code = process.wait()
        errors.seek(0)
        assert code == 0, errors.read()


def case(name, *fake_options, file=True, imports=None, clock=False):
    """A test of the case of that name, with a connection file where it does not write one itself."""
    def one():
        with FakeBitbucket(*fake_options) as fake, Hosting() as host:
            if file:
                host.connection("acme", imports=imports, base_url=fake.url)
            if name == "captcha":
                fake.get("/users", password="wrong")
            with Console(host, clock=clock) as console:
                play(name, fake, console)
    one.__name__ = name
    test(one)


case("empty_to_imported", file=False)
case("progress", "--delay-ms", 300)
case("wrong_password", file=False)
case("captcha", "--captcha-after", 1)
case("auto_import", imports={"auto_import": "MOB"}, clock=True)
case("two_tabs")
case("restart")
case("keyboard")
case("ten_thousand", "--world", "listing", "--repositories", 10000, "--organizations", 100)


def looks(name):
    """Of a connection with imports, one that a file fixes, and a problem of another on top."""
    def one():
        with FakeBitbucket() as fake, Hosting() as host:
            host.connection("acme", imports={"auto_import": "MOB", "exclude": "*/legacy-*"}, base_url=fake.url)
            host.connection("beta", base_url=fake.url, password="wrong")
            equal(host.run("import", "acme", "PLAT/api", "PLAT/docs").code, 0)
            equal(host.run("sync", "beta").code, 4)
            read_only = host.run("--json", "token", "guest", "--read-only").objects[0]["token"]
            writer = host.run("--json", "token", "writer").objects[0]["token"]
            repository, = host.rows("SELECT id FROM repository WHERE connection = 'acme' AND path = 'PLAT/api'")
            with Console(host, token=writer) as console:
                play(name, fake, console, readOnly=read_only, repository=repository["id"])
    one.__name__ = name
    test(one)


for view in ("looks_light", "looks_dark", "looks_middle", "looks_phone_light", "looks_phone_dark", "read_only"):
    looks(view)


def missing():
    """Why nothing can be played here."""
    for program in ("chromium", "node"):
        if not shutil.which(program):
            return f"there is no {program}; ./dev test installs it"
    if not os.path.isdir(os.path.join(FOLDER, "node_modules", "playwright-core")):
        return f"playwright-core is not in {FOLDER}; ./dev test puts it there"
    return None


if __name__ == "__main__":
    if missing():
        print(f"1..0 # SKIP {missing()}")
        sys.exit(0)
    run()
