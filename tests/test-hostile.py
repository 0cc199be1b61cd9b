#!/usr/bin/env python3
"""A server that means harm: what it names, links and sends runs nothing, leads nowhere, ends. Prints TAP."""

import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import threading
from contextlib import contextmanager
from urllib.parse import quote

from hosting import SANITIZER, Hosting
from running import PATIENCE
from strangers import serving
from truth_tables import differences
from web import Web

from client import FakeBitbucket
from tap import Skip, equal, run, test

# A title, a colour and a bell; the same in the one-byte forms of C1; text that runs backwards; a line of its own.
EVIL = "\x1b]0;pwned\x07\x1b[31mred\x1b[2J \u009d0;pwned\u009c\u009b31m \x7f \u202epwned\u2066\u2028 \r\nsource-host: pwned\b\x0e"
HARMLESS = re.compile(r"\r[^\r\n\x1b]*\x1b\[K")  # our own line of progress
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
GIT = {"status": 200, "content_type": "application/x-git-upload-pack-advertisement"}
LISTING = r"/1.0/repos\?"
INFO = "/scm/plat/api.git/info/refs"


# ---- The machine around it ---------------------------------------------------------------------


def tree(folder):
    """Everything below a folder, each with what would tell a change."""
    for path, folders, files in os.walk(folder):
        for name in folders + files:
            here = os.path.join(path, name)
            status = os.lstat(here)
            yield here, (status.st_mode, status.st_size, status.st_mtime_ns)


class Outside(Hosting):
    """Home, temporary and current folder are the test's own, and must stay as they are, as all that is not data."""

    def __enter__(self):
        super().__enter__()
        self.places = {name: os.path.join(self.folder, name) for name in ("home", "tmp", "here")}
        for place in self.places.values():
            os.makedirs(place)
        self.variables = {"HOME": self.places["home"], "TMPDIR": self.places["tmp"], "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        return self

    def run(self, *arguments, **more):
        return super().run(*arguments, variables=self.variables, cwd=self.places["here"], **more)

    def outside(self):
        return {path: what for path, what in tree(self.folder) if not path.startswith(self.data + "/") and path != self.data}

    @contextmanager
    def unchanged(self, but=()):
        before = self.outside()
        yield
        equal({path for path, what in self.outside().items() ^ before.items() if os.path.basename(path) not in but}, set())
        for path, _ in tree(self.data):
            assert not os.path.islink(path) and re.fullmatch(r"[\w./@+-]+", path.split(".git/refs/")[0]), path
        equal([name for name in os.listdir(os.path.join(self.data, "mirrors", "acme"))
               if not re.fullmatch(r"\d+\.git(\.part)?", name)] if os.path.isdir(os.path.join(self.data, "mirrors")) else [], [])

    def on_terminal(self, *arguments, until=None):
        """What a terminal gets, and the exit code; ended when it has shown `until`."""
        main, terminal = pty.openpty()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SOURCE_HOST_")} | self.variables
        process = subprocess.Popen(self.command(*arguments), stdin=terminal, stdout=terminal, stderr=terminal,
                                   cwd=self.places["here"], env=environment, start_new_session=True)
        os.close(terminal)
        giving_up = threading.Timer(PATIENCE, process.kill)
        giving_up.start()
        shown = b""
        try:
            while piece := os.read(main, 65536):
                shown += piece
                if until and until in shown:
                    process.send_signal(signal.SIGINT)
                    until = None
        except OSError:  # the terminal's other end is closed
            pass
        os.close(main)
        giving_up.cancel()
        return shown.decode(), process.wait(PATIENCE)


def is_ended(result):
    """It came to an end of its own, said in lines that people can read."""
    assert result.code in (0, 1, 3), result
    for line in result.err.splitlines():
        assert line.startswith("source-host: ") and len(line) < 1200 and not RAW.search(line), result


# ---- The terminal ------------------------------------------------------------------------------


def raw_in(text):
    return RAW.findall(HARMLESS.sub("", text.replace("\r\n", "\n").replace("\r\x1b[K", "")))


def look(host, *arguments, until=None):
    """Runs it on a terminal; the value is what was shown."""
    shown, code = host.on_terminal(*arguments, until=until)
    assert code in (0, 1, 2, 3, 4), (arguments, code, shown)
    equal((arguments, raw_in(shown)), (arguments, []))
    for line in shown.splitlines():
        assert not line.startswith("source-host: pwned"), shown
    return shown


COMMANDS = (("repos", "acme"), ("--json", "repos", "acme"), ("import", "acme", "--all"), ("sync",), ("--log-json", "sync"),
            ("--json", "sync"), ("status",), ("status", "--failing"), ("--json", "status"), ("explain", "acme", "EVIL/plain"),
            ("--json", "explain", "acme", "EVIL/plain"), ("check",), ("--json", "check"), ("sync", "--dry-run"))


def evil_world(fake):
    """People and projects by such names; what they write is such too."""
    fake.user("flow-service", display_name=EVIL)
    fake.mutate("create_project", key="EVIL", name=EVIL, description=EVIL)
    fake.mutate("create_repository", project="EVIL", name="plain " + EVIL, description=EVIL, files={"a.txt": "a\n"})
    fake.mutate("create_repository", project="EVIL", name="plain", description=EVIL, files={"a.txt": "a\n"})
    fake.mutate("push", repository="EVIL/plain", branch="a\u009b31m\u202eb", files={"b\x1b[31m.txt": "b\n"}, message=EVIL)
    fake.mutate("open", repository="EVIL/plain", **{"from": "a\u009b31m\u202eb"}, title=EVIL, description=EVIL)
    fake.mutate("comment", repository="EVIL/plain", pull_request=1, text=EVIL)


def evil_answers(fake):
    """Faults whose answers are such, each with the commands that meet it."""
    error = {"errors": [{"context": EVIL, "message": EVIL, "exceptionName": EVIL}]}
    line = "ERR " + EVIL.replace("\n", " ")
    for status in (400, 401, 403, 404, 409, 429, 500):
        yield "answer", "/rest/", {"status": status, "body": error}, (("repos", "acme"), ("check",))
    yield "answer", "/pull-requests", {"status": 404, "body": error}, (("import", "acme", "PLAT/api"),)
    yield "html", "/rest/", {"status": 200, "message": EVIL}, (("repos", "acme"), ("check",))
    yield "redirect", "/rest/", {"location": "/\u009b31m" + quote(EVIL)}, (("repos", "acme"), ("check",))
    yield "answer", "/application-properties", {"body": {"version": EVIL, "displayName": EVIL}}, (("check",), ("sync",))
    yield "replace", LISTING, {"at": "values[0].slug", "value": "a" + EVIL}, (("repos", "acme"),)
    yield "replace", LISTING, {"at": "values[0].slug", "value": "a\u009b31m\u202eb"}, (("sync",), ("import", "acme", "--all"),
                                                                                         ("repos", "acme"), ("status",))
    yield "replace", LISTING, {"at": "values[0].state", "value": EVIL}, (("repos", "acme"), ("sync",), ("status",))
    yield "replace", LISTING, {"at": "values[0].id", "value": EVIL}, (("sync",),)
    yield "answer", "/scm/.*/info/refs", GIT | {"body": packets(line)}, (("sync",), ("check",), ("status", "--failing"))
    yield "answer", "/scm/.*/info/refs", {"status": 403, "body": EVIL, "content_type": "text/plain"}, (("sync",), ("check",))
    yield "answer", "/scm/.*/info/refs", {"status": 200, "body": EVIL, "content_type": "x/" + quote(EVIL)}, (("sync",), ("check",))


@test
def a_terminal_shows_no_raw_escape():
    with FakeBitbucket() as fake, Outside() as host:
        host.connection("acme", base_url=fake.url)
        evil_world(fake)
        with host.unchanged():
            shown = "".join(look(host, "--debug", *command) for command in COMMANDS)
            assert shown.count("pwned") > 5, shown
            for kind, path, settings, commands in evil_answers(fake):
                fake.clear()
                fake.fault(kind, path, **settings)
                for command in commands:
                    shown += look(host, "--debug", *command)
        for word in ("]0;pwned", "?[31mred", "\\u009d0;pwned", "\\u202epwned"):
            assert word in shown, word


@test
def the_log_of_a_service_shows_none_either():
    with FakeBitbucket() as fake, Outside() as host:
        host.connection("acme", base_url=fake.url, imports={"repositories": "EVIL/plain"})
        evil_world(fake)
        with host.unchanged(but=("acme.conf", "connections.d")):
            assert "EVIL/plain" in look(host, "--debug", "run", until=b"new commits")
            shutil.rmtree(host.data)
            fake.fault("answer", "/rest/", status=500, body={"errors": [{"message": EVIL}]})
            look(host, "run", until=b"pwned")
            # a path stands before what is told of it
            host.connection("acme", base_url=fake.url, imports={"auto_import": "*"})
            fake.clear()
            fake.fault("replace", LISTING, at="values[0].slug", value="a\u009b31m\u202eb")
            shutil.rmtree(host.data)
            told = ": PLAT/a??31m???b: "
            assert told in look(host, "run", until=told.encode()), "nothing was told of it"


# ---- Names and links ---------------------------------------------------------------------------

NO_NAMES = ("..", ".", "", "..;", "a/b", "../../../x", "/etc", "a\\b", "a;touch pwned", "a\nb", "\x1b[2J", "a\x7f")
ODD_NAMES = ("x" * 300, "--upload-pack=touch pwned", "-x", "$(touch pwned)", "`touch pwned`", "|touch pwned", "a b",
             "%2e%2e%2fx", "a\0b", "a?b#c", "HEAD", ".git", "ext::sh -c touch% pwned", "file:", "a\u009b31m\u202eb", "\u2028", "~",
             "con.git.lock", "'\"", "<script>alert(1)", "=cmd|' C calc'!A0")


def below_repositories(fake):
    """Every path that was asked for stays where repositories are."""
    for request in fake.requests():
        assert re.match(r"/(rest|scm|status|users)(/|$)", request["path"]) and ".." not in request["path"], request
        assert not re.search(r"%2f|%5c|%0|%1|%00|[ <>\"]", request["path"], re.I), request


@test
def names_that_no_path_can_have_are_refused():
    with FakeBitbucket() as fake, Outside() as host:
        host.connection("acme", base_url=fake.url)
        for at in "values[0].slug", "values[0].project.key":
            for name in NO_NAMES:
                fake.clear()
                fake.fault("replace", LISTING, at=at, value=name)
                with host.unchanged():
                    result = host.run("import", "acme", "--all")
                is_ended(result)
                assert result.code == 1 and at.split(".", 1)[1] in result.err, (name, result)
                below_repositories(fake)
        equal(host.rows("SELECT path FROM repository"), [])
        fake.clear()
        equal(host.run("import", "acme", "PLAT/api").code, 0)


@test
def names_of_all_kinds_are_names_and_nothing_else():
    with FakeBitbucket() as fake, Outside() as host:
        host.connection("acme", base_url=fake.url)
        for at, names in ("values[0].slug", ODD_NAMES), ("values[0].project.key", ODD_NAMES[:4]):
            for name in names:
                fake.clear()
                fake.fault("replace", LISTING, at=at, value=name)
                with host.unchanged():
                    result = host.run("repos", "acme")
                    is_ended(result)
                    odd = [row["path"] for row in host.rows("SELECT path FROM repository") if name.replace("\0", "\ufffd") in row["path"]]
                    assert odd, (name, result)
                    is_ended(host.run("import", "acme", "--", odd[0]))
                below_repositories(fake)


@test
def links_of_the_server_are_not_followed():
    elsewhere = []

    def note(handler):
        elsewhere.append(handler.path)
        handler.reply(200)

    with FakeBitbucket() as fake, Outside() as host, serving(note) as other:
        host.connection("acme", base_url=fake.url, imports={"repositories": "PLAT/api"})
        mark = shlex.quote(os.path.join(host.places["here"], "pwned"))
        for link in (f"ext::sh -c touch% {mark}", "file:///etc", f"--upload-pack=touch {mark}", f"ssh://-oProxyCommand=touch%20{mark}/x",
                     f"{other}/scm/plat/api.git", "git://127.0.0.1/x", host.places["home"], "fd::17/x", f"{fake.root}/../../x"):
            fake.clear()
            for place in "clone[0]", "clone[1]", "self[0]":
                for resource in LISTING, "/repos/api$":
                    fake.fault("replace", resource, count=1, at=f"values[0].links.{place}.href", value=link)
                    fake.fault("replace", resource, count=1, at=f"links.{place}.href", value=link)
            shutil.rmtree(host.data, ignore_errors=True)
            with host.unchanged():
                equal(host.run("sync").code, 0)
            below_repositories(fake)
            assert link not in str(host.rows("SELECT * FROM repository")), link
        equal(elsewhere, [])


# ---- Git ---------------------------------------------------------------------------------------


def packets(*lines):
    """What a Git server says of its refs; a line that is too long for a packet may not be there."""
    data = "".join(f"{len(line.encode()) + 4:04x}{line}" for line in lines)
    return f"001e# service=git-upload-pack\n0000{data}0000"


def advertised(sha, names, head="refs/heads/main", more=""):
    capabilities = f"multi_ack_detailed side-band-64k ofs-delta no-progress allow-tip-sha1-in-want {more}symref=HEAD:{head} object-format=sha1"
    return packets(f"{sha} HEAD\0{capabilities}\n", *(f"{sha} {name}\n" for name in names))


def tip(fake, path="PLAT/api"):
    number = next(row["id"] for row in fake.truth()["repository"] if row["path"] == path)
    return number, next(row["sha"] for row in fake.truth()["git_ref"]
                        if row["repository_id"] == number and row["name"] == "refs/heads/main")


REFS = {
    "words of a shell": ["$(touch pwned)", "`touch${IFS}pwned`", ";touch${IFS}pwned", "|sh", "&", "'\"", "a$b", "%(objectname)", "@"],
    "options": ["--output=pwned", "-x", "--upload-pack=pwned", "--exec=pwned", "--all", "--stdin"],
    "names of Git's own": ["HEAD", "refs/heads/main", "FETCH_HEAD", "a.lock", "a^{}", "a~1", "a:b", "@{-1}", "config", "objects"],
    "ways out": ["../x", "../../x", "a/../../../../x", "/etc/x", "./x", "a//b", ".git/hooks/x", "..", "hooks/post-update"],
    "a ref and one below it": ["a", "a/b", "a/b/c"],
    "names of 4 KB": ["x" * 4000, "/".join("x" * 200 for _ in range(20)), "x" * 255, "y/" * 400 + "z"],
    "control characters": ["a\x01b", "a\x1b[2Jb", "a\x7fb", "a\tb", "a\nrefs/heads/b", "a\0b", "a b", "a\rb"],
    "escapes that Git takes": ["a\u009b31mb", "a\u202eb", "\u2028", "\u00a0", "a\u2066b"],
    "markup and formulas": ["<script>alert(1)</script>", "=cmd", "a,b", "\"a\"", "+1", "@SUM(1)"],
}
for _name, _refs in REFS.items():
    def check(refs=_refs):
        with FakeBitbucket() as fake, Outside() as host:
            host.connection("acme", base_url=fake.url)
            number, sha = tip(fake)
            fake.fault("answer", INFO, **GIT, body=advertised(sha, ["refs/heads/main", "refs/tags/one"]))
            equal(host.run("import", "acme", "PLAT/api").code, 0)
            equal(host.rows("SELECT name FROM git_ref ORDER BY name"), [{"name": "refs/heads/main"}, {"name": "refs/tags/one"}])
            for names in [refs, *([ref] for ref in refs)]:
                fake.clear()
                told = [where + name for where in ("refs/heads/", "refs/pull-requests/", "refs/tags/") for name in names]
                fake.fault("answer", INFO, **GIT, body=advertised(sha, ["refs/heads/main", *told]))
                with host.unchanged():
                    result = host.run("import", "acme", "PLAT/api")
                is_ended(result)
                for row in host.rows("SELECT name, sha FROM git_ref UNION SELECT name, sha FROM pull_request_ref"):
                    assert row["sha"] == sha and row["name"].startswith("refs/") and not re.search(r"[\0-\x20\x7f]|\.\.", row["name"])
            fake.clear()
            equal(host.run("sync").code, 0)
            equal(differences(host, "acme", fake.truth(), {number}, ("git_ref",)), [])
    check.__name__ = f"refs that are {_name} stay refs"
    test(check)


@test
def a_head_that_leads_elsewhere_leads_nowhere():
    with FakeBitbucket() as fake, Outside() as host:
        host.connection("acme", base_url=fake.url)
        number, sha = tip(fake)
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        for head in ("refs/heads/../../../x", "refs/heads/--output=x", "../../x", "refs/remotes/x", "/etc/passwd", "refs/heads/",
                     "refs/heads/a\x1bb", "refs/heads/$(touch${IFS}pwned)", "-x", "HEAD", "refs/heads/" + "x" * 3000):
            fake.clear()
            fake.fault("answer", INFO, **GIT, body=advertised(sha, ["refs/heads/main"], head))
            with host.unchanged():
                is_ended(host.run("import", "acme", "PLAT/api"))
            with open(os.path.join(host.data, "mirrors", "acme", f"{number}.git", "HEAD"), encoding="utf-8") as file:
                name = file.read()
            assert re.match(r"ref: refs/heads/[^/.]", name) and ".." not in name, (head, name)
        fake.clear()
        equal(host.run("sync").code, 0)
        equal(differences(host, "acme", fake.truth(), {number}, ("git_ref",)), [])


@test
def a_hundred_thousand_refs_are_a_hundred_thousand_rows():
    # else AddressSanitizer looks at the rest of the whole list for each of its lines
    variables = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":strict_string_checks=0"}
    with FakeBitbucket() as fake, Outside() as host:
        host.variables |= variables
        host.connection("acme", base_url=fake.url)
        number, sha = tip(fake)
        names = sorted(f"refs/heads/branch-{n:06}" for n in range(100_000))
        fake.fault("answer", INFO, **GIT, body=advertised(sha, [*names, "refs/heads/main"]))
        for _ in range(2):
            with host.unchanged():
                process = subprocess.Popen(host.command("import", "acme", "PLAT/api"), stderr=subprocess.DEVNULL,
                                           env=os.environ | variables)
                used = os.wait4(process.pid, 0)
            equal(used[1], 0)
            # that of git, which it has waited for, is among it
            assert used[2].ru_maxrss < 400 * 1024, used[2].ru_maxrss
            rows = host.rows("SELECT name FROM git_ref WHERE name LIKE 'refs/heads/branch-%' AND sha = ? ORDER BY name", sha)
            equal(len(rows), len(names))
            equal([row["name"] for row in rows] == names, True)
        fake.clear()
        equal(host.run("sync").code, 0)
        equal(differences(host, "acme", fake.truth(), {number}, ("git_ref",)), [])


@test
def git_asks_nobody_else():
    asked = []

    def note(handler):
        asked.append(handler.path)
        handler.reply(404)

    with FakeBitbucket() as fake, Outside() as host, serving(note) as other:
        host.connection("acme", base_url=fake.url)
        _, sha = tip(fake)
        # the protocol of servers that know nothing of Git lets them name others that have the objects
        fake.fault("answer", INFO, status=200, content_type="text/plain", body=f"{sha}\trefs/heads/main\n")
        fake.fault("answer", "/scm/plat/api.git/HEAD", status=200, content_type="text/plain", body="ref: refs/heads/main\n")
        for name in "http-alternates", "alternates":
            fake.fault("answer", f"/objects/info/{name}", status=200, content_type="text/plain", body=f"{other}/scm/x.git/objects\n")
        fake.fault("html", "/scm/plat/api.git/objects", status=404)
        with host.unchanged():
            result = host.run("import", "acme", "PLAT/api")
        is_ended(result)
        equal(result.code, 3 if result.code == 3 else 1)
        assert any("/objects/" in request["path"] for request in fake.requests()), "it was not even tried"
        for status in 301, 302, 307, 308:
            fake.clear()
            fake.fault("redirect", "/scm/", location=other + "/scm/plat/api.git/info/refs?service=git-upload-pack", status=status)
            is_ended(host.run("import", "acme", "PLAT/api"))
        equal(asked, [])


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()


ENDLESS = {
    "a list of refs without end": ("endless", INFO, {"content_type": GIT["content_type"], "bytes": 100, "pause_ms": 20}),
    # packets that Git waits for more of: of refs, for its second request is for those
    "an answer without end": ("endless", "/git-upload-pack$", {"content_type": "application/x-git-upload-pack-result",
                                                               "piece": "003a" + "1" * 40 + " refs/heads/x\n", "pause_ms": 20}),
    "a list of refs that trickles": ("slow", INFO, {"bytes": 1, "pause_ms": 500}),
    "a pack that trickles": ("slow", "/git-upload-pack$", {"bytes": 1, "pause_ms": 500}),
    "silence": ("stall", "/scm/", {}),
}
for _name, (_kind, _path, _settings) in ENDLESS.items():
    def check(kind=_kind, path=_path, settings=_settings):
        with FakeBitbucket() as fake, Outside() as host:
            host.connection("acme", base_url=fake.url)
            fake.fault(kind, path, **settings)
            with host.unchanged():
                process = subprocess.Popen(host.command("import", "acme", "PLAT/api"), stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL)
                while not any(re.search(path, request["path"]) for request in fake.requests()):
                    equal(process.poll(), None)
                assert children(process.pid)
                process.send_signal(signal.SIGINT)
                # git itself would wait a minute at least
                equal(process.wait(30), 1)
            fake.clear()
            equal(host.run("import", "acme", "PLAT/api").code, 0)
    check.__name__ = _name + " is cancelled at once"
    test(check)


@test
def a_list_of_refs_without_end_takes_no_more_memory_than_git_may_have():
    if SANITIZER:
        raise Skip("source-host with a sanitizer itself needs more")
    with FakeBitbucket() as fake, Outside() as host:
        host.connection("acme", base_url=fake.url)
        fake.fault("endless", INFO, content_type=GIT["content_type"])
        with host.unchanged():
            result = host.run("import", "acme", "PLAT/api", prefix=("prlimit", f"--data={256 << 20}"), timeout=300)
        is_ended(result)
        assert result.code in (1, 3) and "no memory left" in result.err, result


# ---- The page ----------------------------------------------------------------------------------


@test
def the_page_gets_names_as_data_and_metrics_as_labels():
    with FakeBitbucket() as fake, Outside() as host:
        host.connection("acme", base_url=fake.url, imports={"auto_import": "EVIL"})
        evil_world(fake)
        markup = "<img src=x onerror=alert(1)>\"\n{pwned=\"1\"} 7"
        fake.mutate("create_repository", project="EVIL", name="markup " + markup, description=markup, files={"a.txt": "a\n"})
        fake.fault("answer", "/scm/evil/plain.git", **GIT, body=packets("ERR " + markup))
        with Web(host) as web:
            page = web.login()
            before = web.ask("GET", "/").body
            page.until("connections", lambda answer: answer["connections"][0]["last_listing"])
            page.until("connections/acme/repositories", lambda answer: "remote error" in str(answer) and "a.txt" not in str(answer))
            for path in "connections", "connections/acme/repositories", "status", "providers":
                answer = page.get(path)
                equal((answer.headers["Content-Type"].split(";")[0], answer.headers["X-Content-Type-Options"]),
                      ("application/json", "nosniff"))
            assert "<img src=x onerror=alert(1)>" in page.get("connections/acme/repositories").body.decode()
            equal(web.ask("GET", "/").body, before)
            for line in page.get("/metrics").body.decode().split("\n"):
                assert re.fullmatch(r'(# .*|\w+(\{\w+="([^"\\]|\\["\\n])*"(,\w+="([^"\\]|\\["\\n])*")*\})? [-+.\deE]+)?', line), line


if __name__ == "__main__":
    run()
