#!/usr/bin/env python3
"""source-host connect: asks, checks, writes. Prints TAP."""

import os
import pty
import select
import subprocess

from hosting import PASSWORD, Hosting

from client import FakeBitbucket
from tap import Skip, equal, run, test


def connect(host, *arguments, **options):
    return host.run("connect", "bitbucket-server", "acme", *arguments, **options)


@test
def writes_a_file_that_works():
    with FakeBitbucket() as fake, Hosting() as host:
        result = connect(host, "--set", f"base_url={fake.url}", "--set", "username=flow-service", "--password-stdin",
                         input=PASSWORD + "\n")
        equal((result.code, result.err), (0, ""))
        path = os.path.join(host.connections, "acme.conf")
        equal(os.stat(path).st_mode & 0o777, 0o600)
        equal(os.listdir(host.connections), ["acme.conf"])
        equal(host.run("repos", "acme").code, 0)
        equal(connect(host, "--set", f"base_url={fake.url}").code, 2)  # it is there already


@test
def root_does_it_as_the_user_whose_data_it_is():
    """What root had made would be closed to a service that runs as another user."""
    if os.geteuid():
        raise Skip("only root can become another user")
    with FakeBitbucket() as fake, Hosting() as host:
        os.mkdir(host.data, 0o700)
        subprocess.run(["chown", "-R", "65534:65534", host.folder], check=True)
        # LeakSanitizer needs what of a process no other user may look at
        variables = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
        result = connect(host, "--set", f"base_url={fake.url}", "--set", "username=flow-service", "--password-stdin",
                         input=PASSWORD + "\n", variables=variables)
        equal((result.code, result.err), (0, ""))
        equal(host.run("import", "acme", "PLAT/docs", variables=variables).code, 0)
        made = [os.path.join(folder, name) for folder, folders, files in os.walk(host.folder) for name in folders + files]
        assert {"acme.conf", "store.sqlite", "packed-refs"} <= {os.path.basename(path) for path in made}, made
        equal([path for path in made if (os.lstat(path).st_uid, os.lstat(path).st_gid) != (65534, 65534)], [])


@test
def writes_nothing_when_the_check_fails():
    with FakeBitbucket() as fake, Hosting() as host:
        for settings, code, words in (
                ((f"base_url={fake.url}", "username=flow-service"), 4, "login refused"),
                ((f"base_url={fake.url}/wrong", "username=flow-service"), 1, "base_url"),
                (("base_url=nonsense", "username=u"), 2, "base_url"),
                ((f"base_url={fake.url}", "username=a ;b"), 2, "cannot stand"),
                ((f"base_url={fake.url}", "username=u", "exclude=x\n[import]\nauto_import = *"), 2, "cannot stand"),
                ((f"base_url={fake.url}", "colour=blue"), 2, "no setting colour"),
                (("base_url",), 2, "KEY=VALUE")):
            password = PASSWORD if "wrong" in settings[0] else "wrong"
            result = connect(host, *(f"--set={setting}" for setting in settings), "--password-stdin", input=password + "\n")
            equal(result.code, code)
            assert words in result.out + result.err, (words, result)
            equal(os.listdir(host.connections), [])
        equal(host.run("connect", "gitlab", "acme").code, 2)
        equal(host.run("connect", "bitbucket-server", "../acme").code, 2)


@test
def a_secret_is_not_taken_from_an_argument():
    with FakeBitbucket() as fake, Hosting() as host:
        for key, words in (("password", "--password-stdin, or --set with password_file, password_env"),
                           ("token", "use --set with token_file, token_env"), ("proxy", "proxy_file")):
            result = connect(host, "--set", f"base_url={fake.url}", "--set", "username=flow-service",
                             "--set", f"{key}={PASSWORD}")
            equal(result.code, 2)
            assert words in result.err and PASSWORD not in result.out + result.err, (words, result)
            equal((os.listdir(host.connections), fake.requests()), ([], []))


@test
def a_secret_may_be_said_to_stand_elsewhere():
    with FakeBitbucket() as fake, Hosting() as host:
        secret = os.path.join(host.folder, "secret")
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(PASSWORD + "\n")
        result = connect(host, "--set", f"base_url={fake.url}", "--set", "username=flow-service",
                         "--set", f"password_file={secret}")
        equal((result.code, result.err), (0, ""))
        with open(os.path.join(host.connections, "acme.conf"), encoding="utf-8") as file:
            assert f"password_file = {secret}\n" in file.read()
        equal(host.run("repos", "acme").code, 0)


@test
def asks_on_a_terminal_and_does_not_echo_secrets():
    with FakeBitbucket() as fake, Hosting() as host:
        main, terminal = pty.openpty()
        process = subprocess.Popen(host.command("connect", "bitbucket-server", "acme"), stdin=terminal, stdout=terminal,
                                   stderr=terminal, start_new_session=True)
        os.close(terminal)
        shown = b""
        answers = {b"base_url: ": fake.url, b"username: ": "flow-service", b"password: ": PASSWORD}
        # an answer that got lost must not keep the test waiting
        while select.select([main], [], [], 30)[0]:
            try:
                piece = os.read(main, 4096)
            except OSError:
                break
            shown += piece
            last = shown.rsplit(b"\n", 1)[-1]
            if last.endswith(b": ") and not last.startswith(b" "):
                os.write(main, (answers.pop(last, "") + "\n").encode())
        os.close(main)
        equal(process.wait(30), 0)
        equal(answers, {})
        assert PASSWORD.encode() not in shown, shown
        equal(host.run("repos", "acme").code, 0)


if __name__ == "__main__":
    run()
