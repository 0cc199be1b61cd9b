#!/usr/bin/env python3
"""What Git gets of us, by a stand-in that notes it: variables, descriptors, limits. And who may touch our files. Prints TAP."""

import glob
import json
import os
import re
import shutil
import stat
import subprocess
import sys

from hosting import PASSWORD, Hosting

from client import FakeBitbucket, basic
from tap import equal, run, test

# Notes what it was given, once its limits are set (they are, right after it has begun), and goes on as Git.
STAND_IN = """#!{python} -SE
import json, os, re, resource, sys, time
until = time.monotonic() + 30
def limit(name):
    return resource.getrlimit(getattr(resource, name))
while limit("RLIMIT_DATA")[1] < 0 and time.monotonic() < until:
    time.sleep(0.001)
with open("/proc/self/status") as file:
    status = dict(line.rstrip("\\n").split(":\\t", 1) for line in file if ":\\t" in line)
descriptors = {{}}
for fd in os.listdir("/proc/self/fd"):
    try:
        descriptors[fd] = os.readlink("/proc/self/fd/" + fd)
    except FileNotFoundError:
        pass  # that of the listing
noted = dict(arguments=sys.argv[1:], environment=dict(os.environ), descriptors=descriptors, cwd=os.getcwd(), umask=status["Umask"],
             ignored=status["SigIgn"], blocked=status["SigBlk"], leader=os.getpgrp() == os.getpid(),
             **{{name: limit(name) for name in ("RLIMIT_CORE", "RLIMIT_NOFILE", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_CPU")}})
with open(os.path.join({notes!r}, str(os.getpid())), "w") as file:
    json.dump(noted, file)
os.execve({git!r}, ["git", *sys.argv[1:]], os.environ)
"""

# What a user or an administrator may have set, and what must not reach Git.
CARELESS = {"GIT_DIR": "/nonexistent", "GIT_SSH_COMMAND": "touch pwned", "GIT_CONFIG_PARAMETERS": "'core.pager=touch pwned'",
            "GIT_CONFIG": "/nonexistent", "GIT_TRACE": "1", "GIT_TRACE_CURL": "1", "GIT_EXEC_PATH": "/nonexistent", "GIT_PROXY_COMMAND": "x",
            "GIT_CURL_VERBOSE": "1", "GIT_SSL_NO_VERIFY": "1", "GIT_ALTERNATE_OBJECT_DIRECTORIES": "/nonexistent", "LD_BIND_NOW": "1",
            "XDG_CONFIG_HOME": "/nonexistent", "SECRET_OF_SOMEBODY": "s3cret", "LANG": "de_DE.UTF-8", "EDITOR": "touch pwned",
            "HTTP_PROXY": "http://127.0.0.1:1", "PAGER": "touch pwned", "GIT_TEMPLATE_DIR": "/nonexistent", "GIT_REDIRECT_STDERR": "x"}
KEPT = {"PATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "no_proxy", "NO_PROXY", "http_proxy", "https_proxy", "HTTPS_PROXY",
        "all_proxy", "ALL_PROXY"}
OURS = {"HOME", "LC_ALL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "GIT_ATTR_NOSYSTEM", "GIT_TERMINAL_PROMPT", "GIT_ASKPASS",
        "SSH_ASKPASS", "GIT_ALLOW_PROTOCOL", "GIT_LFS_SKIP_SMUDGE", "GIT_NO_REPLACE_OBJECTS", "GIT_CONFIG_COUNT", "GIT_TRACE_PACKET"}
OF_REMOTES = {"clone", "fetch", "ls-remote"}


class StandIn:
    def __init__(self, host):
        self.notes = os.path.join(host.folder, "notes")
        self.home = os.path.join(host.folder, "home")
        programs = os.path.join(host.folder, "bin")
        for folder in self.notes, self.home, programs:
            os.makedirs(folder)
        with open(os.open(os.path.join(programs, "git"), os.O_WRONLY | os.O_CREAT, 0o755), "w", encoding="utf-8") as file:
            file.write(STAND_IN.format(python=sys.executable, notes=self.notes, git=shutil.which("git")))
        with open(os.path.join(self.home, ".gitconfig"), "w", encoding="ascii") as file:
            file.write("this is no configuration, and whoever reads it fails\n")
        self.variables = CARELESS | {"PATH": programs + ":" + os.environ["PATH"], "HOME": self.home}

    def noted(self):
        for path in glob.glob(os.path.join(self.notes, "*")):
            with open(path, encoding="utf-8") as file:
                yield json.load(file)


def verb(note):
    return next((word for word in note["arguments"] if word in OF_REMOTES), None)


def notes_of_a_sync(fake, host, **options):
    """An import, and a sync of something new: each kind of Git that there is."""
    host.connection("acme", base_url=fake.url)
    stand_in = StandIn(host)
    result = host.run("import", "acme", "PLAT/api", variables=stand_in.variables, **options)
    equal((result.code, result.err), (0, ""))
    fake.mutate("push", repository="PLAT/api", branch="new", files={"a.txt": "a\n"}, user="jdoe")
    result = host.run("sync", variables=stand_in.variables, **options)
    equal((result.code, result.err), (0, ""))
    notes = list(stand_in.noted())
    assert {verb(note) for note in notes} >= OF_REMOTES, notes
    return notes


@test
def git_gets_an_environment_of_its_own():
    with FakeBitbucket() as fake, Hosting() as host:
        login = basic("flow-service", PASSWORD)
        for note in notes_of_a_sync(fake, host):
            environment = note["environment"]
            names = {name for name in environment if not re.fullmatch(r"GIT_CONFIG_(KEY|VALUE)_\d+", name)}
            equal(names - KEPT - OURS, {"LC_CTYPE"} & names)  # which Python itself may set
            equal({name: environment[name] for name in ("HOME", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL", "GIT_ALLOW_PROTOCOL",
                                                        "GIT_ATTR_NOSYSTEM", "GIT_TERMINAL_PROMPT")},
                  {"HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
                   "GIT_ALLOW_PROTOCOL": "http:https", "GIT_ATTR_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"})
            config = {environment[f"GIT_CONFIG_KEY_{n}"]: environment[f"GIT_CONFIG_VALUE_{n}"]
                      for n in range(int(environment["GIT_CONFIG_COUNT"]))}
            equal(config["core.hooksPath"], "/dev/null")
            # only those that need it have the login, and for that address alone
            holders = [key for key, value in config.items() if login in value]
            equal(holders, [f"http.{fake.url}/scm/plat/api.git.extraHeader"] if verb(note) else [])
            if verb(note):
                equal((config["http.followRedirects"], config["credential.helper"]), ("false", ""))
            assert PASSWORD not in json.dumps(note, ensure_ascii=False) and login not in str(note["arguments"]), note


@test
def git_gets_descriptors_signals_and_limits_of_its_own():
    with FakeBitbucket() as fake, Hosting() as host, open(os.path.join(host.folder, "careless"), "w", encoding="ascii") as careless:
        os.set_inheritable(careless.fileno(), True)
        notes = notes_of_a_sync(fake, host, pass_fds=[careless.fileno()], prefix=("prlimit", "--nofile=4096", "--core=unlimited"))
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        locked = 0
        for note in notes:
            descriptors = note["descriptors"]
            mirror = descriptors.pop("3", "")
            if re.fullmatch(r"/proc/\d+/fd", mirror):
                mirror = ""
            locked += mirror.startswith(os.path.join(host.data, "mirrors") + "/")
            assert mirror == "" or mirror.startswith(host.data + "/mirrors/acme/"), note
            equal([fd for fd, what in descriptors.items() if int(fd) > 2 and not re.fullmatch(r"/proc/\d+/fd", what)], [])
            assert re.fullmatch(r"/dev/null|socket:.*", descriptors["0"]) and descriptors["1"].startswith("pipe:") \
                and descriptors["2"].startswith("pipe:"), note
            equal((note["RLIMIT_CORE"], note["RLIMIT_NOFILE"]), ([0, 0], [1024, 1024]))
            assert 0 < note["RLIMIT_DATA"][1] < memory, note
            # a large repository is one file, and takes its time
            equal((note["RLIMIT_FSIZE"], note["RLIMIT_CPU"]), ([-1, -1], [-1, -1]))
            equal((note["umask"], note["leader"], int(note["blocked"], 16)), ("0077", True, 0))
        assert locked, "no Git held the lock of its mirror"


@test
def data_is_for_its_owner_whatever_the_umask():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        trace = os.path.join(host.data, "trace.json")
        for command in ("import", "acme", "PLAT/api"), ("sync",), ("--trace", trace, "status"):
            equal(host.run(*command, umask=0).code, 0)
        modes = {host.data: os.stat(host.data).st_mode}
        for folder, folders, files in os.walk(host.data):
            modes |= {os.path.join(folder, name): os.lstat(os.path.join(folder, name)).st_mode for name in folders + files}
        assert len(modes) > 15 and trace in modes and any(path.endswith(".pack") for path in modes), modes
        for path, mode in modes.items():
            equal((path, oct(mode & 0o077)), (path, "0o0"))
            assert not stat.S_ISDIR(mode) or stat.S_IMODE(mode) == 0o700, path


@test
def a_data_directory_that_others_may_write_to_is_not_used():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        os.mkdir(host.data)
        for mode in 0o770, 0o702, 0o1777, 0o2775:
            os.chmod(host.data, mode)
            for command in ("sync",), ("status",), ("run",), ("import", "acme", "PLAT/api"):
                result = host.run(*command, timeout=60)
                equal(result.code, 2)
                assert f"directory {host.data} can be written by others (mode {mode:04o})" in result.err, result
                assert f"chmod go-w {host.data}" in result.err, result
        equal((os.listdir(host.data), fake.requests()), ([], []))
        for mode in 0o750, 0o755, 0o700:
            os.chmod(host.data, mode)
            equal(host.run("sync").code, 0)


@test
def a_mirror_runs_nothing():
    """Whoever had put something into a mirror: hooks and the programs that its configuration names stay what they are."""
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        mirror, = glob.glob(os.path.join(host.data, "mirrors", "acme", "*.git"))
        mark = os.path.join(host.folder, "pwned")
        os.makedirs(os.path.join(mirror, "hooks"), exist_ok=True)
        for hook in ("reference-transaction", "post-update", "update", "pre-auto-gc", "post-rewrite"):
            with open(os.open(os.path.join(mirror, "hooks", hook), os.O_WRONLY | os.O_CREAT, 0o700), "w", encoding="ascii") as file:
                file.write(f"#!/bin/sh\ntouch {mark}\n")
        fake.mutate("push", repository="PLAT/api", branch="new", files={"a.txt": "a\n"}, user="jdoe")
        equal(host.run("sync").code, 0)
        equal(subprocess.run(["git", "--git-dir", mirror, "rev-parse", "-q", "--verify", "refs/heads/new"], check=False,
                             stdout=subprocess.DEVNULL).returncode, 0)
        assert not os.path.exists(mark)


if __name__ == "__main__":
    run()
