"""A PostgreSQL of a test's own: made in a temporary folder, on a Unix socket only, gone with the test.

    with Postgres() as postgres:
        url = postgres.database("store")
        postgres.query(url, "SELECT 1")       # [["1"]]
        postgres.stop("immediate")
        postgres.start()

It refuses to run as root; there its programs run as the user postgres, or nobody.
"""

import os
import pwd
import re
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psql
from psql import environment, programs

PATIENCE = 60
SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}

# Reads which process is to be ended with us, and lives on when we are killed.
KEEPER = """
trap '' INT TERM HUP
while read -r line; do pid=$line; done
if [ "${pid:-}" ] && kill -QUIT "$pid" 2>/dev/null; then
    tries=100
    while [ $tries -gt 0 ] && kill -0 "$pid" 2>/dev/null; do sleep 0.1; tries=$((tries - 1)); done
    kill -KILL "$pid" 2>/dev/null
fi
rm -rf "$1"
"""


def unprivileged():
    """Whose the server is when we are root; None: ours."""
    if os.geteuid() != 0:
        return None
    names = {one.pw_name: one for one in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def place():
    """TMPDIR, if whoever the server is may go there, and the path of a socket has room: it has 107 bytes."""
    there = Path(tempfile.gettempdir())
    is_open = all(parent.stat().st_mode & stat.S_IXOTH for parent in (there, *there.parents))
    return there if is_open and len(str(there)) < 60 else "/tmp"


class Postgres:
    """`settings` are those of postgresql.conf; what is written survives a crash of it even without fsync."""

    def __init__(self, fsync=False, **settings):
        self.settings = {"fsync": "on" if fsync else "off", "listen_addresses": "", "shared_buffers": "32MB",
                         "lc_messages": "C"} | settings
        self.bin, self.user, self.process = programs(), unprivileged(), None

    def __enter__(self):
        if self.bin is None:
            raise FileNotFoundError("no PostgreSQL here: apt-get install postgresql-15")
        self.folder = tempfile.mkdtemp(prefix="source-host-pg-", dir=place())
        self.keeper = subprocess.Popen(["sh", "-c", KEEPER, "keeper", self.folder], stdin=subprocess.PIPE, text=True,
                                       start_new_session=True)
        try:
            if self.user:
                os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
            self.initialize()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            self.stop("immediate")
        self.keeper.stdin.close()
        self.keeper.wait(PATIENCE)

    def tell_keeper(self, pid):
        self.keeper.stdin.write(f"{pid}\n")
        self.keeper.stdin.flush()

    def run_beside(self, program, *arguments):
        """Starts it as the server's user; what it says goes to the log."""
        command = [program, *arguments]
        if self.user:
            command = ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--clear-groups",
                       *command]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                    env=environment(), start_new_session=True)

    def spawn(self, program, *arguments):
        """The same with a program of PostgreSQL's, which ends with us."""
        process = self.run_beside(os.path.join(self.bin, program), *arguments)
        self.tell_keeper(process.pid)
        return process

    def initialize(self):
        process = self.spawn("initdb", "--no-sync", "--no-instructions", "--username=postgres", "--auth=trust",
                             "--encoding=UTF8", "--locale=C.UTF-8", "--pgdata=data")
        if process.wait(PATIENCE) != 0:
            raise RuntimeError(f"initdb: {self.log()}")

    def start(self):
        """Returns once it answers; before, it repairs what a crash left."""
        settings = [f"--{name}={value}" for name, value in self.settings.items()]
        self.process = self.spawn("postgres", "-D", "data", "-k", self.folder, *settings)
        until = time.monotonic() + PATIENCE
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start: {self.log()}")
            time.sleep(0.02)

    def answers(self):
        return subprocess.run([os.path.join(self.bin, "pg_isready"), "-q", "-h", self.folder, "-U", "postgres"],
                              env=environment(), check=False).returncode == 0

    def stop(self, mode="fast"):
        self.process.send_signal(SIGNALS[mode])
        self.process.wait(PATIENCE)
        self.process = None
        self.tell_keeper("")

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def url(self, name):
        return f"postgresql:///{quote(name, safe='')}?host={quote(self.folder, safe='')}&user=postgres"

    def database(self, name):
        """Makes it; the value is its URL."""
        self.query(self.url("postgres"), 'CREATE DATABASE "{}"'.format(name.replace('"', '""')))
        return self.url(name)

    def query(self, url, sql):
        return psql.query(url, sql)

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()


def run_check(*programs):
    """Runs Check programs, each with an empty database, which tell TAP, here as one; the first exit code but 0."""
    if not psql.programs():
        print("1..0 # SKIP no PostgreSQL here: apt-get install postgresql")
        return 0
    tests, codes = 0, []
    with Postgres() as postgres:
        for program in programs:
            environment = os.environ | {"SH_CHECK_STORE": postgres.database(program)}
            with subprocess.Popen([os.path.join(os.environ["SH_BUILD"], program)], env=environment, text=True,
                                  stdout=subprocess.PIPE) as process:
                for line in process.stdout:
                    said = re.match(r"((?:not )?ok )\d+(.*)", line, re.S)
                    tests += said is not None
                    if not re.match(r"1\.\.\d+$", line):
                        print(f"{said[1]}{tests}{said[2]}" if said else line, end="", flush=True)
            codes.append(process.returncode)
    print(f"1..{tests}")
    return next((code for code in codes if code), 0)
