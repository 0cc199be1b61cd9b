#!/usr/bin/env python3
"""The secret is found nowhere but where it was written: not in what is told, shown, kept or run. Prints TAP."""

import base64
import json
import os
import signal
import subprocess
import threading
from urllib.parse import quote

import psql
from hosting import Hosting
from postgres import Postgres
from web import Web

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
        line = (*above, (pid, read(f"/proc/{pid}/cmdline")))
        self.note(line)
        for child in read(f"/proc/{pid}/task/{pid}/children").split():
            self.look_below(int(child), line)

    def note(self, line):
        pid, first = line[-1]
        self.seen.add(first)
        self.told |= {command for _, command in line if self.login.found_in(command)}
        if len(line) > 1 and self.login.found_in(read(f"/proc/{pid}/environ")):
            # Each may have become another program between the two looks; which, is told now. Of one that is gone nobody
            # knows what it was.
            if own := read(f"/proc/{pid}/cmdline"):
                self.carriers.add((*(read(f"/proc/{one}/cmdline") or was for one, was in line[1:-1]), own))


class Canary:
    """source-host with one login, all of whose output and processes are kept."""

    def __init__(self, fake, host, login):
        self.fake, self.host, self.login = fake, host, login
        self.output, self.carriers, self.seen, self.runs = b"", set(), set(), 0
        # What is left in these is looked through with all else.
        self.places = {name: os.path.join(host.folder, name) for name in ("HOME", "TMPDIR", "here", "traces")}
        for place in self.places.values():
            os.makedirs(place)

    def run(self, *arguments, codes=(0,), answer=""):
        """With a trace, and logs for people and programs in turns."""
        self.runs += 1
        options = ["--debug", "--trace", os.path.join(self.places["traces"], f"{self.runs}.json"), *["--log-json"] * (self.runs % 2)]
        process = subprocess.Popen(self.host.command(*options, *arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, cwd=self.places["here"],
                                   env=os.environ | {name: self.places[name] for name in ("HOME", "TMPDIR")})
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
        arguments = ["connect", "bitbucket-server", "acme", "--set", f"base_url={self.fake.url}"]
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
    return any(os.path.basename(command.split(b"\0")[0]) == b"git" and url.encode() in command for command in line)


TOLD = (("status",), ("explain", "acme", "PLAT/docs"), ("connections",), ("describe", "bitbucket-server"), ("providers",), ("check",),
        ("repos", "acme"))


def search(kind, url=None):
    login = Login(kind)
    with FakeBitbucket("--delay-ms", 10) as fake, Hosting(url) as host:
        fake.user(USER, password=SECRET)
        fake.token(TOKEN, user=USER)
        canary = Canary(fake, host, login)
        canary.connect()
        canary.run("import", "acme", "--all")
        canary.run("sync")
        for command in TOLD:
            canary.run(*command)
            canary.run("--json", *command)
        canary.run("support-bundle")
        for fault, path, settings, commands in echoes(login, fake.url):
            fake.clear()
            fake.fault(fault, path, **settings)
            for command in commands:
                canary.run(*command, codes=(0, 1, 3))
        fake.clear()
        fake.fault("answer", "/rest/", status=401, headers={"X-AUSERNAME": None}, content_type="application/json", body=json.dumps(
            {"errors": [{"message": f"{login.header} is not {login.secret}", "exceptionName": "a.AuthenticationException"}]}))
        for command in (("sync",), ("sync",), ("check",), ("status",), ("status", "--json"), ("support-bundle",)):
            canary.run(*command, codes=(0, 1, 3, 4))
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


def every_row(postgres, url):
    """All tables of a database as text, those of the server's own statistics too."""
    tables = postgres.query(url, "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'")
    assert len(tables) > 20, tables
    for (table,) in [*tables, ["pg_stat_activity"], ["pg_settings"], ["pg_prepared_statements"]]:
        yield table, "\n".join(row[0] or "" for row in postgres.query(url, f"SELECT t::text FROM {table} t")).encode()


@test
def neither_a_table_nor_a_file_nor_the_log_of_postgresql_has_it():
    if not psql.programs():
        raise Skip("no PostgreSQL here")
    with Postgres(log_statement="all", log_min_duration_statement="0", log_connections="on") as postgres:
        url = postgres.database("store")
        search("password", url)
        login = Login("password")
        rows = dict(every_row(postgres, url))
        assert b"PLAT/docs" in rows["public.repository"] and b"login refused" in rows["public.job"] + rows["public.login_refusal"] \
            + rows["public.sync_run"], "it was kept elsewhere"
        equal({table: found for table, text in rows.items() if (found := login.found_in(text))}, {})
        # what is still in memory goes to the files, the log of what was written among them
        postgres.query(url, "CHECKPOINT")
        n = 0
        for folder, _, names in os.walk(postgres.folder):
            for path in (os.path.join(folder, name) for name in names):
                equal((path, login.found_in(read(path))), (path, []))
                n += os.path.isfile(path)
        said = postgres.log()
        assert n > 500 and "INSERT INTO" in said and "PLAT/docs" in said, (n, said[-1000:])


PAGES = ("session", "providers", "connections", "status", "connections/acme/repositories", "connections/acme/repositories/1", "/metrics",
         "/healthz")


def shown(page):
    return b"".join(page.get(path).body + str(page.get(path).headers).encode() for path in PAGES)


@test
def the_page_and_its_log_never_show_it():
    login = Login("password")
    with FakeBitbucket() as fake, Hosting() as host:
        fake.user(USER, password=SECRET)
        host.connection("acme", base_url=fake.url, username=USER, password=SECRET, imports={"repositories": "PLAT/docs"})
        form = {"connection": "acme", "provider": "bitbucket-server",
                "settings": {"base_url": fake.url, "username": USER, "password": SECRET}}
        with Web(host) as web:
            page = web.login()
            web.wait("synced")
            told = shown(page)
            with page.listen() as events:
                for fault, path, settings, _ in echoes(login, fake.url):
                    fake.clear()
                    fake.fault(fault, path, **settings)
                    test_of_it = page.post("connections/test", form)
                    events.wait("checked", lambda data, task=test_of_it.json["task"]: data["task"] == task)
                    for answer in (test_of_it, page.post("connections/validate", form),
                                   page.post("connections/acme/import", {"repositories": ["PLAT/docs"]}),
                                   page.post("connections", form), page.put("connections/acme", {"settings": form["settings"] | {
                                       "password": SECRET + "\n[import]", "colour": SECRET}})):
                        told += answer.body + str(answer.headers).encode()
                    told += shown(page)
                    told += json.dumps(events.told, ensure_ascii=False).encode()
            equal(web.stop(), 0)
            told += json.dumps(web.events, ensure_ascii=False).encode()
        assert b"***" in told and b"PLAT/docs" in told, told[-2000:]
        equal(login.found_in(told), [])


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
