#!/usr/bin/env python3
"""The secret is found nowhere but where it was written: not in what is told, kept or run. Prints TAP."""

import base64
import json
import os
import signal
import subprocess
import threading
from urllib.parse import quote

from hosting import Hosting

from client import FakeBitbucket, basic
from tap import Skip, equal, run, test

USER = "flow-service"
WORDS = ("Kürb1s", "qu1nce")  # of the secret: half of it is too much too
SECRET = f'{WORDS[0]} "%/:=+{WORDS[1]}'
TOKEN = "BBDC-Kurb1s+/=qu1nce"


class Login:
    def __init__(self, kind):
        self.secret = SECRET if kind == "password" else TOKEN
        self.kind = kind
        self.header = basic(USER, SECRET) if kind == "password" else "Bearer " + TOKEN
        words = WORDS if kind == "password" else ("Kurb1s", "qu1nce")
        plain = base64.b64encode(f"{USER}:{self.secret}".encode()).decode()
        # of base64 the part that belongs to the user's name tells nothing
        self.traces = [form.encode() for form in (*words, *(quote(word) for word in words), plain[20:32], plain[-12:],
                                                  json.dumps(words[0])[1:-1])]

    def found_in(self, data):
        return [trace for trace in self.traces if trace in data]


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


class Watch:
    """Looks at every process below one, as long as it runs: arguments and environment."""

    def __init__(self, process, login):
        self.process, self.login = process, login
        self.told, self.carriers, self.seen = set(), set(), set()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        pause = threading.Event()
        while self.process.poll() is None:
            self.look_below(self.process.pid, ())
            pause.wait(0.002)  # between two looks

    def look_below(self, pid, above):
        line = (*above, read(f"/proc/{pid}/cmdline"))
        self.note(pid, line)
        for child in read(f"/proc/{pid}/task/{pid}/children").split():
            self.look_below(int(child), line)

    def note(self, pid, line):
        self.seen.add(line[-1])
        self.told |= {command for command in line if self.login.found_in(command)}
        if len(line) > 1 and self.login.found_in(read(f"/proc/{pid}/environ")):
            # It may have become another program between the two looks; which, is told now.
            own = read(f"/proc/{pid}/cmdline") or line[-1]
            if own:
                self.carriers.add((*line[1:-1], own))


class Canary:
    """source-host with one login, all of whose output and processes are kept."""

    def __init__(self, fake, host, login):
        self.fake, self.host, self.login = fake, host, login
        self.output, self.carriers, self.seen = b"", set(), set()

    def run(self, *arguments, codes=(0,), answer=""):
        process = subprocess.Popen(self.host.command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        watch = Watch(process, self.login)
        output = process.communicate(answer.encode(), timeout=120)[0]
        watch.thread.join()
        assert process.returncode in codes, (arguments, process.returncode, output)
        equal((arguments, self.login.found_in(output), output if self.login.found_in(output) else b""), (arguments, [], b""))
        equal(watch.told, set())
        self.carriers |= watch.carriers
        self.seen |= watch.seen
        self.output += output
        return output.decode()

    def connect(self):
        secret = os.path.join(self.host.folder, "secret")
        with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(self.login.secret + "\n")
        arguments = ["connect", "bitbucket-server", "acme", "--set", f"base_url={self.fake.url}", "--debug"]
        if self.login.kind == "password":
            self.run(*arguments, "--set", f"username={USER}", "--password-stdin", answer=self.login.secret + "\n")
            os.unlink(secret)
        else:
            self.run(*arguments, "--set", f"token_file={secret}")

    def check_files(self):
        allowed = {os.path.join(self.host.connections, "acme.conf"), os.path.join(self.host.folder, "secret")}
        n = 0
        for folder, _, names in os.walk(self.host.folder):
            for path in (os.path.join(folder, name) for name in names):
                if path not in allowed:
                    equal((path, self.login.found_in(read(path))), (path, []))
                    n += 1
        assert n > 20, n


def packets(text):
    size = len(text.encode()) + 4
    return f"001e# service=git-upload-pack\n0000{size:04x}{text}0000"


def echoes(login, url):
    """Faults that send back what was sent: kind, path, settings, commands that meet it."""
    said = f"you sent Authorization: {login.header}, that is {login.secret} or {quote(login.secret, safe='')}"
    error = json.dumps({"errors": [{"context": None, "message": "x" * 150 + said, "exceptionName": None}]})
    page = "x" * 120 + said
    rest, git = "/rest/api/1.0/repos", "/scm/.*/info/refs"
    listing, importing, checking = ("repos", "acme"), ("import", "acme", "PLAT/docs"), ("check",)
    for text, kind in ((error, "application/json"), (page, "text/html")):
        for status in (200, 401, 404):
            if status != 200 or kind == "text/html":
                yield "answer", rest, {"status": status, "body": text, "content_type": kind}, (listing,)
    yield "answer", "/status|/application-properties", {"status": 200, "body": page, "content_type": "text/html"}, (checking,)
    for place in (f"{url}/login?of={quote(login.header)}", f"{url}/rest/api/1.0/mine?is={quote(login.secret, safe='')}",
                  f"{url}/rest/api/1.0/..;/{quote(login.secret, safe='')}",
                  "https://sso.example.com/" + "x" * 150 + "/" + quote(login.header), "/" + quote(login.secret)):
        yield "redirect", rest, {"location": place}, (listing,)
        yield "redirect", git, {"location": place}, (checking,)
    yield "answer", git, {"status": 200, "body": packets("ERR " + said), "content_type":
                          "application/x-git-upload-pack-advertisement"}, (importing, checking)
    yield "answer", git, {"status": 200, "body": page, "content_type": "x/" + login.header.split()[1]}, (importing, checking)
    yield "answer", git, {"status": 403, "body": page, "content_type": "text/plain"}, (importing, checking)


def is_git_for_remote(line, url):
    """Git that was given the address, or a part of it that this one started."""
    return any(command.split(b"\0")[0] == b"git" and url.encode() in command for command in line)


def search(kind):
    login = Login(kind)
    with FakeBitbucket("--delay-ms", 10) as fake, Hosting() as host:
        fake.user(USER, password=SECRET)
        fake.token(TOKEN, user=USER)
        canary = Canary(fake, host, login)
        canary.connect()
        canary.run("check", "--debug")
        canary.run("import", "acme", "--all", "--debug")
        canary.run("sync", "--debug")
        for fault, path, settings, commands in echoes(login, fake.url):
            fake.clear()
            fake.fault(fault, path, **settings)
            for command in commands:
                canary.run(*command, "--debug", codes=(0, 1, 3))
        fake.clear()
        fake.fault("answer", "/rest/", status=401, headers={"X-AUSERNAME": None}, content_type="application/json", body=json.dumps(
            {"errors": [{"message": f"{login.header} is not {login.secret}", "exceptionName": "a.AuthenticationException"}]}))
        for command in (("sync",), ("sync",), ("check",), ("status",), ("status", "--json")):
            canary.run(*command, "--debug", codes=(0, 1, 3, 4))
        assert b"login refused" in canary.output and b"GET /rest/" in canary.output and b"***" in canary.output
        canary.check_files()
        assert any(b"fetch" in command or b"clone" in command for command in canary.seen), canary.seen
        # it was looked well: Git has the login in its environment, where it is seen
        assert canary.carriers
        for line in canary.carriers:
            assert is_git_for_remote(line, fake.url), line


@test
def a_password_is_found_nowhere_else():
    search("password")


@test
def a_token_is_found_nowhere_else():
    search("token")


@test
def no_core_and_no_look_into_the_process():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        user = {}
        if os.geteuid() == 0:
            # what the kernel keeps from others of the same user it shows to root
            user = {"user": 65534, "group": 65534, "extra_groups": []}
            subprocess.run(["chown", "-R", "65534:65534", host.folder], check=True)
            if subprocess.run(host.command("--version"), **user, capture_output=True, check=False).returncode:
                raise Skip("the build cannot be run by another user")
        fake.fault("stall", "/rest/")
        process = subprocess.Popen(host.command("repos", "acme"), **user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not fake.requests():
            equal(process.poll(), None)
        owners = {os.stat(f"/proc/{process.pid}/{name}").st_uid for name in ("environ", "mem")}
        limits = read(f"/proc/{process.pid}/limits").decode()
        process.send_signal(signal.SIGINT)
        process.wait(30)
        equal(owners, {0})
        line = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        equal(line.split()[4:6], ["0", "0"])


if __name__ == "__main__":
    run()
