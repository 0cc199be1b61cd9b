#!/usr/bin/env python3
"""source-host connect: asks, checks, writes. Prints TAP."""

import os
import pty
import select
import subprocess

from hosting import PASSWORD, Hosting

from client import FakeBitbucket
from tap import equal, run, test


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
def writes_nothing_when_the_check_fails():
    with FakeBitbucket() as fake, Hosting() as host:
        for settings, code, words in (
                ((f"base_url={fake.url}", "username=flow-service", "password=wrong"), 4, "login refused"),
                ((f"base_url={fake.url}/wrong", "username=flow-service", f"password={PASSWORD}"), 1, "base_url"),
                (("base_url=nonsense", "username=u", "password=p"), 2, "base_url"),
                ((f"base_url={fake.url}", "username=u", "password=a ;b"), 2, "cannot stand"),
                ((f"base_url={fake.url}", "username=u", "password=p\n[import]\nauto_import = *"), 2, "cannot stand"),
                ((f"base_url={fake.url}", "colour=blue"), 2, "no setting colour"),
                (("base_url",), 2, "KEY=VALUE")):
            result = connect(host, *(f"--set={setting}" for setting in settings))
            equal(result.code, code)
            assert words in result.out + result.err, (words, result)
            equal(os.listdir(host.connections), [])
        equal(host.run("connect", "gitlab", "acme").code, 2)
        equal(host.run("connect", "bitbucket-server", "../acme").code, 2)


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
