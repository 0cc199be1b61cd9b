#!/usr/bin/env python3
"""Who may do what in the page, and what it bears: cross-site requests, wrong hosts, broken and endless input. Prints TAP."""

import os
import re
import select
import socket
import ssl
import time

from certificates import Certificates
from hosting import Hosting
from running import PATIENCE
from web import Web
from workers import wait_until

from client import FakeBitbucket
from tap import equal, run, test

MIB = 1024
OPEN = ("/", "/style.css", "/page.js", "/api.js", "/favicon.svg")
READ = ("session", "providers", "connections", "status", "events", "connections/acme/repositories",
        "connections/acme/repositories/1", "/metrics")
# Each change, with a body that it takes
CHANGES = (("POST", "logout", {}), ("POST", "connections", {"connection": "x", "provider": "y", "settings": {}}),
           ("POST", "connections/validate", {"connection": "x"}), ("POST", "connections/test", {"connection": "x"}),
           ("PUT", "connections/acme", {"settings": {}}), ("POST", "connections/acme/import", {"all": True}),
           ("POST", "connections/acme/auto-import", {"organization": "*", "on": True}), ("POST", "connections/acme/resume", {}))


def path_of(path):
    return path if path.startswith("/") else "/api/1/" + path


def unchanged(host):
    """Nothing was done of what was refused."""
    equal(host.rows("SELECT 1 AS n FROM repository WHERE imported = 1"), [])
    equal(host.rows("SELECT 1 AS n FROM auto_import"), [])
    equal(os.listdir(host.connections), ["acme.conf"])


class Site:
    """A page with a connection that was listed, but for what a test wants to see refused."""

    def __init__(self, *options, **more):
        self.options, self.more = options, more

    def __enter__(self):
        self.fake, self.host = FakeBitbucket().__enter__(), Hosting().__enter__()
        self.host.connection("acme", base_url=self.fake.url)
        self.web = Web(self.host, *self.options, **self.more).__enter__()
        self.web.wait("listed")
        return self.web

    def __exit__(self, *error):
        try:
            if not error[0]:
                unchanged(self.host)
                equal(self.web.stop(), 0)
        finally:
            self.web.__exit__()
            self.host.__exit__()
            self.fake.stop()


# ---- Who may come in ---------------------------------------------------------------------------


@test
def the_first_token_is_told_once_and_kept_nowhere():
    with Hosting() as host:
        with Web(host) as web:
            assert re.fullmatch(rf"http://127\.0\.0\.1:{web.port}/#token=[0-9a-f]{{64}}", web.url), web.url
            equal([event for event in web.events if "token" in str(event) and event["event"] != "said"], [])
            web.login()
            token = web.token
        with Web(host, token=token) as web:
            equal(web.url, None)
            web.login()
            for folder, _, names in os.walk(host.folder):
                for name in names:
                    with open(os.path.join(folder, name), "rb") as file:
                        assert token.encode() not in file.read(), name


@test
def pages_are_open_and_the_rest_is_not():
    with Site() as web:
        for path in OPEN:
            answer = web.ask("GET", path)
            equal((path, answer.status), (path, 200))
            equal((path, web.ask("HEAD", path).body), (path, b""))
            for name, value in (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY")):
                equal((path, answer.headers[name]), (path, value))
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'") and "unsafe" not in policy, policy
        for path in READ:
            answer = web.ask("GET", path_of(path))
            equal((path, answer.status, answer.error["code"], answer.headers["Cache-Control"]), (path, 401, "login", "no-store"))
            equal((path, answer.headers["Content-Security-Policy"]), (path, policy))
        for method, path, body in CHANGES:
            equal((path, web.ask(method, path_of(path), body).status), (path, 401))
        equal(web.ask("GET", "/healthz").status, 200)


@test
def a_cookie_is_what_it_is_to_be():
    with Site() as web:
        page = web.login()
        assert re.fullmatch(r"source-host-[0-9a-f]{8}=[0-9a-f]{16}\.\d+\.[0-9a-f]{64}; Path=/; Max-Age=1209600; HttpOnly; SameSite=Strict",
                            page.set_cookie), page.set_cookie
        name, value = page.cookie.split("=")
        token, until, proof = value.split(".")
        for wrong in ("", "x", f"{token}.{until}", f"{token}.{int(until) + 1}.{proof}", f"{token}.{until}.{'0' * 64}",
                      f"{token}.{until}.{proof[:-1]}", f"{token}.{until}.{proof}0", f".{until}.{proof}", f"{token}.{until}.{proof.upper()}",
                      f"{token}.{until}x.{proof}", f"{token}.-1.{proof}", "a" * 4000, f"{'0' * 16}.{until}.{proof}", value + "; x=y" * 50):
            answer = web.ask("GET", "/api/1/session", Cookie=f"{name}={wrong}")
            equal((wrong, answer.status), (wrong, 401 if "; x" not in wrong else 200))
        equal(web.ask("GET", "/api/1/session", Cookie=f"source-host={value}").status, 401)


@test
def a_logout_ends_that_session_and_no_other():
    with Site() as web:
        page, other = web.login(), web.login()
        answer = page.post("logout")
        equal(answer.status, 204)
        assert "Max-Age=0" in answer.headers["Set-Cookie"], answer
        equal((page.get("session").status, other.get("session").status), (401, 200))
        equal(page.post("logout").status, 401)


@test
def sessions_end_with_their_time_and_with_their_token():
    with Hosting() as host, Web(host, clock=True) as web:
        token = host.run("--json", "token", "other").objects[0]["token"]
        page, other = web.login(), web.login(token)
        equal(host.run("token", "other", "--remove").code, 0)
        equal((page.get("session").status, other.get("session").status), (200, 401))
        equal(web.bearer(token).get("session").status, 401)
        web.set_clock(web.now() + 14 * 86_400_000 - 60_000)
        equal(page.get("session").status, 200)
        web.set_clock(web.now() + 61_000)
        equal(page.get("session").status, 401)
        equal(page.post("logout").status, 401)


@test
def a_stream_ends_with_its_session():
    with Hosting() as host, Web(host) as web:
        page, other = web.login(), web.login(host.run("--json", "token", "other").objects[0]["token"])
        with page.listen() as events, other.listen() as others:
            equal(page.post("logout").status, 204)
            equal(host.run("token", "other", "--remove").code, 0)
            events.wait("end")
            others.wait("end")


@test
def wrong_logins_are_few_a_minute():
    with Site() as web:
        for attempt in range(5):
            equal((attempt, web.ask("POST", "/api/1/login", {"token": f"{attempt:064}"}).status), (attempt, 401))
        for token in ("0" * 64, web.token):
            answer = web.ask("POST", "/api/1/login", {"token": token})
            equal((answer.status, answer.error["code"]), (429, "too_many"))
            assert 1 <= int(answer.headers["Retry-After"]) <= 60, answer
        # somebody at another address is not kept out
        equal(web.ask("POST", "/api/1/login", {"token": web.token}, source="127.0.0.2").status, 204)
        # what a proxy would say does not count where there is none
        equal(web.ask("POST", "/api/1/login", {"token": web.token}, X_Forwarded_For="10.0.0.1").status, 429)
        for attempt in range(5):
            equal((attempt, web.bearer("x").get("session").status), (attempt, 401))
        equal((web.bearer("x").get("session").status, web.bearer().get("session").status), (429, 429))


@test
def behind_a_proxy_each_client_has_its_own_attempts():
    with Site("--behind-proxy", "flow.example.com") as web:
        def login(token, forwarded, host="flow.example.com"):
            return web.ask("POST", "/api/1/login", {"token": token}, X_Forwarded_For=forwarded, Host=host)
        for _ in range(5):
            equal(login("x", "10.8.8.8, 10.9.9.9, 10.0.0.1").status, 401)
        equal((login(web.token, "10.0.0.1").status, login(web.token, "10.0.0.1, 10.0.0.2").status), (429, 204))
        equal((login(web.token, "10.0.0.2", "flow.example.com:8443").status, login(web.token, "10.0.0.2", "flow.example.org").status), (204, 421))
        assert login(web.token, "10.0.0.2").headers["Set-Cookie"].endswith("; Secure")
        equal(web.url, f"https://flow.example.com/#token={web.token}")


# ---- Where it comes from -----------------------------------------------------------------------


@test
def a_host_that_is_not_ours_is_not_answered():
    with Site() as web:
        page = web.login()
        for name in ("evil.example.com", f"evil.example.com:{web.port}", f"127.0.0.1:{web.port + 1}", "127.0.0.1", "localhost",
                     f"127.0.0.1.evil.example.com:{web.port}", f"localhost.evil.example.com:{web.port}", "", f"[::2]:{web.port}",
                     f"127.0.0.2:{web.port}", "[", f"[::1:{web.port}", "x" * 500, f"user@127.0.0.1:{web.port}"):
            for path in ("/", "/api/1/session", "/healthz"):
                answer = page.get(path, Host=name)
                assert answer.status in (421, 400), (name, answer)
                if answer.status == 421:
                    equal(answer.error["code"], "host")
        for name in (f"127.0.0.1:{web.port}", f"localhost:{web.port}", f"LOCALHOST:{web.port}", f"[::1]:{web.port}"):
            equal((name, page.get("session", Host=name).status), (name, 200))
        with web.raw() as line:
            line.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert b" 421 " in line.recv(4096).split(b"\r\n")[0]


@test
def another_site_changes_nothing():
    with Site() as web:
        page = web.login()
        ours = f"http://127.0.0.1:{web.port}"
        for headers in ({"Origin": "https://evil.example.com"}, {"Origin": "null"}, {"Origin": f"https://127.0.0.1:{web.port}"},
                        {"Origin": "http://127.0.0.1:1"}, {"Origin": "http://127.0.0.1"}, {"Origin": ours + ".evil.example.com"},
                        {"Origin": f"http://localhost:{web.port}"}, {"Origin": ""}, {"Origin": ours, "Sec_Fetch_Site": "cross-site"},
                        {"Origin": None, "Sec_Fetch_Site": "same-site"}, {"Origin": None, "Sec_Fetch_Site": "none"}):
            for method, path, body in (*CHANGES, ("POST", "login", {"token": web.token})):
                answer = page.post(path, body, method, **headers)
                equal((headers, path, answer.status, answer.error["code"]), (headers, path, 403, "cross_site"))
        for headers in ({"Origin": ours}, {"Origin": ours, "Sec_Fetch_Site": "same-origin"}, {"Origin": None, "Sec_Fetch_Site": "same-origin"},
                        {"Origin": None}, {"Origin": f"http://localhost:{web.port}", "Host": f"localhost:{web.port}"}):
            equal((headers, page.post("connections/acme/resume", **headers).status), (headers, 200))


@test
def a_change_needs_the_token_of_its_session_and_json():
    with Site() as web:
        page, other = web.login(), web.login(web.host.run("--json", "token", "other").objects[0]["token"])
        assert page.csrf not in (other.csrf, web.login().csrf)
        for method, path, body in CHANGES:
            for csrf in (None, "", "x", other.csrf, page.csrf[:-1], page.csrf + "0", page.csrf.upper()):
                if csrf != page.csrf:
                    answer = page.post(path, body, method, X_CSRF_Token=csrf)
                    equal((path, csrf, answer.status, answer.error["code"]), (path, csrf, 403, "csrf"))
            for kind in (None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""):
                answer = page.post(path, body, method, Content_Type=kind)
                equal((path, kind, answer.status, answer.error["code"]), (path, kind, 415, "content_type"))
        equal(page.post("connections/acme/resume", Content_Type="application/json; charset=utf-8").status, 200)


@test
def a_token_in_a_header_reads_and_changes_nothing():
    with Site() as web:
        bearer = {"Authorization": f"Bearer {web.token}"}
        equal(web.bearer().get("session").json["can_change"], False)
        for method, path, body in CHANGES:
            answer = web.ask(method, path_of(path), body, **bearer)
            equal((path, answer.status, answer.error["code"]), (path, 403, "bearer"))


@test
def methods_and_paths_that_there_are_not():
    with Site() as web:
        page = web.login()
        for method, path in (("GET", "login"), ("DELETE", "connections/acme"), ("PUT", "connections/acme/import"), ("POST", "status"),
                             ("PATCH", "connections"), ("GET", "connections/acme/import"), ("OPTIONS", "connections")):
            answer = page.post(path, {}, method)
            equal((method, path, answer.status, answer.error["code"]), (method, path, 405, "method"))
        for path in ("/index.html", "/nothing", "/api", "/api/1", "/api/1/", "/api/1/connections/", "/api/2/session", "//", "/api/1/session/",
                     "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/style.css/../../x", "/pages/style.css",
                     "/style.css%00.html", "/api/1/connections/..%2f..%2fx/repositories", "/api/1/connections/%2e%2e/repositories",
                     "/api/1/connections/.acme/repositories", "/api/1/connections/acme%00/repositories/1/x", "/api/1/connections//repositories"):
            equal((path, page.get(path).status), (path, 404))
        for verb in ("TRACE", "CONNECT", "GETX", "get"):
            with web.raw() as line:
                line.sendall(f"{verb} /api/1/session HTTP/1.1\r\nHost: {web.place}\r\nConnection: close\r\n\r\n".encode())
                assert re.match(rb"HTTP/1.[01] 4\d\d ", line.recv(4096)), verb


# ---- Beyond loopback ---------------------------------------------------------------------------


@test
def beyond_loopback_not_in_the_open():
    with Hosting() as host:
        for options, words in ((("--listen", "0.0.0.0:0"), "--behind-proxy NAME"), (("--listen", "[::]:0"), "--tls-cert FILE"),
                               (("--listen", "127.0.0.1:0", "--tls-cert", "x"), "belong together"),
                               (("--listen", "127.0.0.1:0", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"), "--tls-cert /nowhere: No such file"),
                               (("--listen", "127.0.0.1"), "write ADDRESS:PORT"), (("--listen", "::1:0"), "write ADDRESS:PORT"),
                               (("--listen", "127.0.0.1:99999"), "write ADDRESS:PORT"), (("--listen", ":0"), "write ADDRESS:PORT"),
                               (("--listen", "example.com:0"), "no address of numbers"), (("--listen", "127.0.0.1:x"), "write ADDRESS:PORT"),
                               (("--listen", "127.0.0.1:0", "--behind-proxy", "https://x"), "the name by which"),
                               (("--tls-cert", "x"), "are for --listen")):
            result = host.run("run", *options)
            equal((options, result.code), (options, 2))
            assert words in result.err and "#token" not in result.err, (options, result)
        # no token was made for what was never there
        equal(host.run("--json", "token", "--list").objects, [])
        equal(host.run("status", "--listen", "127.0.0.1:0").code, 2)


@test
def a_port_that_is_taken_is_said():
    with Hosting() as host, socket.create_server(("127.0.0.1", 0)) as taken:
        result = host.run("run", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
        equal(result.code, 1)
        assert "Address already in use" in result.err, result


@test
def a_proxy_may_come_from_elsewhere():
    with Hosting() as host, Web(host, "--behind-proxy", "flow.example.com", at="0.0.0.0") as web:
        web.address = "127.0.0.1"
        page = web.login(Host="flow.example.com", Origin="https://flow.example.com")
        equal(page.get("session").status, 200)
        equal(page.get("session", Host="evil.example.com").status, 421)


@test
def tls_with_a_name_of_the_certificate():
    with Certificates() as authority, Hosting() as host:
        cert, key = authority.signed("server")
        context = ssl.create_default_context(cafile=authority.authority)
        context.check_hostname = False
        _, other = authority.signed("other")
        result = host.run("run", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", other)
        equal(result.code, 2)
        assert "do not fit" in result.err, result
        with Web(host, "--tls-cert", cert, "--tls-key", key, tls=context) as web:
            assert host.run("--json", "token", "--list").objects, "one that was told before still counts"
            token = web.token or host.run("--json", "token", "again").objects[0]["token"]
            page = web.login(token, Origin=f"https://{web.place}")
            assert page.set_cookie.endswith("; Secure"), page.set_cookie
            equal(page.get("session", Host="evil.example.com").status, 421)
            equal(page.post("logout", Origin=f"http://{web.place}").status, 403)
            equal(page.post("logout").status, 403)
            with web.raw() as line:
                line.sendall(f"GET / HTTP/1.1\r\nHost: {web.place}\r\n\r\n".encode())
                assert not line.recv(4096).startswith(b"HTTP/1.1 200")
            old = ssl.create_default_context(cafile=authority.authority)
            old.check_hostname = False
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
            with web.raw() as line:
                try:
                    old.wrap_socket(line)
                except (ssl.SSLError, OSError):
                    pass
                else:
                    raise AssertionError("TLS 1.1 is spoken")
            equal(web.login(token, Origin=f"https://{web.place}").get("session").status, 200)
            equal(web.stop(), 0)


# ---- What it bears -----------------------------------------------------------------------------


def is_up(web, page):
    equal(page.get("session").status, 200)
    equal(web.of("failed"), [])


@test
def bodies_that_are_no_good():
    with Site() as web:
        page = web.login()
        bodies = (b"", b"{", b"}", b"[]", b"null", b"1", b'"x"', b"{'a': 1}", b'{"all": true} x', b'{"all": true}{"all": true}', b'{"all": True}',
                  b'{"all": true,}', b"\xff\xfe{}", b'{"organization": "\xff"}', b'{"organization": "\xc0\xaf"}', b'{"organization": "a\\u0000b"}',
                  b'{"organization": "a\0b"}', b"\0", b"{}\0", b'{"organization": "\\ud800"}', b'{"a":' * 500 + b"1" + b"}" * 500,
                  b'{"paths": ' + b"[" * 5000 + b"]" * 5000 + b"}", b'{"all": NaN}', b'{"all": 1e99999}', b"{" + b" " * 60000)
        for body in bodies:
            answer = page.post("connections/acme/import", body)
            assert answer.status in (400, 422) and answer.error["message"], (body[:80], answer)
            assert "\n" not in answer.error["message"]
        # what is behind a NUL is not lost in silence, and nothing is kept that is no UTF-8
        for body in (b'{"organization": "PLAT\\u0000x"}', b'{"paths": ["PLAT/api\\u0000x"]}',
                     b'{"organization": "\xff"}', b'{"organization": "PLAT\xc0\x9e"}'):
            equal((body, page.post("connections/acme/import", body).error["code"]), (body, "json"))
        for method, path, body in CHANGES:
            answer = page.post(path, body | {"colour": "blue"}, method)
            equal((path, answer.status, answer.error["code"]), (path, 400, "unknown_member"))
            assert "colour" in answer.error["message"], answer
            # an empty name, a part of one, and two of them are none either
            for member in ("", "s", "connection provider", "provider settings", "on paths"):
                equal((path, member, page.post(path, {member: 1}, method).status), (path, member, 400))
        answer = page.post("login", {"token": web.token, "remember": True})
        equal((answer.status, answer.error["code"]), (400, "unknown_member"))
        for body in ({}, {"token": None}, {"token": 1}, {"token": [web.token]}):
            equal((body, page.post("login", body).status), (body, 400))
        is_up(web, page)


@test
def bodies_that_are_too_large():
    with Site() as web:
        page = web.login()
        before = web.memory()
        equal(page.post("connections/acme/import", b'{"paths": ["' + b"x" * (64 * 1024 - 15) + b'"]}').status, 422)
        for size in (64 * 1024 + 1, 100 * 1024 * 1024):
            with web.raw() as line:
                line.sendall(request("POST", "/api/1/connections/acme/import", page, size))
                answer = read_all(line, body=b"x" * 65536, size=size)
                assert answer == b"" or b" 413 " in answer.split(b"\r\n")[0], answer
        # so that it is said, too, and not only cut off
        with web.raw() as line:
            line.sendall(request("POST", "/api/1/connections/acme/import", page, 100 * 1024 * 1024))
            answer = read_all(line)
            assert b" 413 " in answer.split(b"\r\n")[0] and b'"too_large"' in answer, answer
        for length in ("-1", "x", "99999999999999999999", "1 2", ""):
            with web.raw() as line:
                line.sendall(request("POST", "/api/1/connections/acme/import", page, length))
                assert re.match(rb"HTTP/1.1 4\d\d ", read_all(line)), length
        with web.raw() as line:
            line.sendall(request("POST", "/api/1/connections/acme/import", page, None) + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
            assert b" 411 " in read_all(line).split(b"\r\n")[0]
        # without a login nothing is read at all
        with web.raw() as line:
            line.sendall(f"POST /api/1/connections HTTP/1.1\r\nHost: {web.place}\r\nContent-Type: application/json\r\n"
                         f"Content-Length: {2 ** 40}\r\n\r\n".encode())
            assert b" 401 " in read_all(line).split(b"\r\n")[0]
        is_up(web, page)
        assert web.memory() - before < 8 * MIB, (before, web.memory())


def request(method, path, page, length):
    """Its headers, open where there is no length."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {page.web.place}", f"Cookie: {page.cookie}", f"X-CSRF-Token: {page.csrf}",
             "Content-Type: application/json"]
    lines += [f"Content-Length: {length}", ""] if length is not None else []
    return ("\r\n".join(lines) + "\r\n").encode()


def read_all(line, body=b"", size=0):
    """What is answered, until the other side ends it; sends so much meanwhile, as long as that is taken."""
    answer = b""
    try:
        while size > 0 and not select.select([line], [], [], 0)[0]:
            size -= line.send(body[:size])
        while piece := line.recv(65536):
            answer += piece
            length = re.search(rb"Content-Length: (\d+)", answer)
            if length and len(answer.split(b"\r\n\r\n", 1)[-1]) >= int(length.group(1)):
                break
    except (ConnectionResetError, BrokenPipeError):
        pass
    return answer


@test
def headers_that_are_no_good():
    with Site() as web:
        page = web.login()
        before = web.memory()
        for text in (b"\0" * 100 + b"\r\n\r\n", b"\r\n" * 20000, b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"x" * 100000 + b" HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 100000 + b"\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
                     b"GET / HTTP/1.1\r\nHost\r\n\r\n", b"x" * 100000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500,
                     f"GET /api/1/session HTTP/1.1\r\nHost: {web.place}\r\nHost: evil\r\n\r\n".encode(),
                     f"GET /api/1/session HTTP/1.1\r\nHost: {web.place}\r\nCookie: {'x=y; ' * 2000}\r\n\r\n".encode()):
            with web.raw() as line:
                try:
                    line.sendall(text)
                    line.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
                assert b" 200 " not in read_all(line).split(b"\r\n")[0], text[:50]
        is_up(web, page)
        assert web.memory() - before < 8 * MIB, (before, web.memory())


def is_cut(line):
    """Waits until the other side has ended it."""
    try:
        return line.recv(1) == b""
    except ConnectionResetError:
        return True


@test
def thousands_of_idle_connections():
    with Site() as web:
        page = web.login()
        before = web.memory()
        lines = [web.raw(source=f"127.0.0.{2 + n % 9}") for n in range(900)]
        # a hundred of an address and no more
        for _ in range(10):
            more = [web.raw(source="127.0.0.2") for _ in range(100)]
            for line in more:
                assert is_cut(line)
                line.close()
        is_up(web, page)
        grown = web.memory() - before
        print(f"# 900 idle connections take {grown} KiB")
        assert grown < 48 * MIB, grown
        # who sends nothing is not there for long
        for line in lines:
            line.settimeout(PATIENCE)
            assert is_cut(line)
            line.close()
        is_up(web, page)
        # and a thousand more at once leave room again
        lines = [web.raw(source=f"127.0.0.{2 + n % 50}") for n in range(2000)]
        is_up(web, page)
        for line in lines:
            line.close()


@test
def who_ends_in_the_middle_keeps_no_place():
    with Site() as web:
        for _ in range(100):
            with web.raw(source="127.0.0.3") as line:
                line.sendall(b"GET / HT")
        began = time.monotonic()
        while True:
            try:
                equal(web.ask("GET", "/healthz", source="127.0.0.3").status, 200)
                break
            except ConnectionError:
                assert time.monotonic() - began < 14  # before the deadline of who is still there
                time.sleep(0.1)


@test
def slow_clients_are_cut_off():
    with Site() as web:
        page = web.login()
        began = time.monotonic()
        headers, body, idle = web.raw(), web.raw(), web.raw()
        idle.sendall(f"GET /style.css HTTP/1.1\r\nHost: {web.place}\r\n\r\n".encode())
        headers.sendall(b"GET / HTTP/1.1\r\n")
        body.sendall(request("POST", "/api/1/connections/acme/import", page, 1000))
        ended, slow = {}, {headers: b"X: y\r\n", body: b" "}
        while slow and time.monotonic() - began < PATIENCE:
            for line, piece in list(slow.items()):
                try:
                    if select.select([line], [], [], 0.5)[0] and is_cut(line):
                        raise BrokenPipeError
                    line.sendall(piece)
                except (BrokenPipeError, ConnectionResetError):
                    ended[line] = time.monotonic() - began
                    del slow[line]
        assert 14 < ended[headers] < 29 < ended[body] < PATIENCE, (ended[headers], ended[body])
        is_up(web, page)
        # one that was answered may stay for a while
        idle.sendall(f"GET /style.css HTTP/1.1\r\nHost: {web.place}\r\n\r\n".encode())
        for line in (headers, body, idle):
            line.close()


@test
def readers_that_do_not_read_take_no_more_than_there_is():
    with FakeBitbucket("--world", "listing", "--repositories", 4000) as fake, Hosting() as host, Web(host) as web:
        host.connection("acme", base_url=fake.url)
        page = web.login()
        page.until("connections", lambda answer: answer["connections"] and answer["connections"][0]["last_listing"])
        size, before = len(page.get("connections/acme/repositories").body), web.memory()
        asked = (f"GET /api/1/connections/acme/repositories HTTP/1.1\r\nHost: {web.place}\r\nCookie: {page.cookie}\r\n\r\n").encode()
        lines, refused = [], 0
        while not refused and len(lines) < 900:
            line = web.raw(source=f"127.0.0.{2 + len(lines) // 90}")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.sendall(asked)
            lines.append(line)
            refused = b" 503 " in line.recv(20)
        print(f"# {len(lines)} answers of {size} bytes wait; {web.memory() - before} KiB")
        assert refused and 32 * MIB * 1024 < len(lines) * size < 200 * MIB * 1024, (len(lines), size)
        assert web.memory() - before < 120 * MIB, (before, web.memory())
        is_up(web, page)
        for line in lines:
            line.close()
        page.until("connections/acme/repositories", lambda answer: "repositories" in answer)


@test
def streams_are_few_and_end_with_their_readers():
    with Site() as web:
        page = web.login()
        streams = [page.listen() for _ in range(32)]
        equal({one.reply.status for one in streams}, {200})
        refused = page.listen()
        equal((refused.reply.status, refused.reply.headers["Retry-After"]), (503, "60"))
        refused.connection.close()
        for one in streams:
            one.reply.close()
            one.connection.close()
        # their places are free once they are told something
        until = time.monotonic() + PATIENCE
        while (again := page.listen()).reply.status != 200:
            again.connection.close()
            assert time.monotonic() < until
            time.sleep(0.1)
        again.connection.close()


@test
def many_requests_leave_no_memory_behind():
    with Site() as web:
        page = web.login()

        def ask_all():
            for path in ("/", "/metrics", "connections", "status", "providers", "connections/acme/repositories/1", "nothing"):
                page.get(path)
            page.post("connections/validate", {"connection": "x", "provider": "bitbucket-server", "settings": {"base_url": "nonsense"}})
            page.post("connections/acme/import", b"{" * 1000)

        def leave(times):
            """Fewer than the places of one address, as such a place is free again only after a second."""
            for _ in range(times):
                with web.raw() as line:
                    line.sendall(b"GET / HT")

        wait_until(lambda: web.host.rows("SELECT 1 AS n FROM connection_check"))  # the first look takes memory of its own
        leave(10)
        for _ in range(30):
            ask_all()
        before = web.memory()
        leave(50)
        for _ in range(150):
            ask_all()
        assert web.memory() - before < 2 * MIB, (before, web.memory())


if __name__ == "__main__":
    run()
