#!/usr/bin/env python3
"""The health report: each cause is provoked, and told by its own word. Prints TAP."""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from hosting import Hosting

from client import FakeBitbucket
from tap import Skip, equal, run, test

ORDER = ["resolve", "connect", "tls", "bitbucket", "version", "state", "login", "identity", "permission", "git",
         "rate_limit", "clock", "concurrency"]
REFS = "/info/refs"
PROPERTIES = "/application-properties"
NOWHERE = "something.invalid"


class Report:
    """The checks of one `source-host check`, by name."""

    def __init__(self, result):
        self.result, self.code = result, result.code
        self.checks = {row["check"]: row for row in result.objects}
        equal(list(self.checks), ORDER)
        for row in result.objects:
            equal(row["cause"] is None, row["status"] in ("pass", "skip"))
            assert row["detail"] and (row["cause"] is None or row["remedy"]), row
            assert row["duration_ms"] < 600000, row

    def of(self, status):
        return {name: row["cause"] for name, row in self.checks.items() if row["status"] == status}

    def __repr__(self):
        return repr(self.result)


def check(**settings):
    with Hosting() as host:
        host.connection("acme", **settings)
        report = Report(host.run("check", "acme", "--json"))
        for secret in ("s3cret pass", "S3cretPw"):
            assert secret not in report.result.out + report.result.err, report
        return report


def failed_logins(fake):
    return sum(request["login"] == "failed" for request in fake.requests())


def fails(report, name, cause, code=1, setting=None, words=()):
    """One check failed, for that cause; what depends on it was not tried."""
    assert report.of("fail") == {name: cause}, report
    equal(report.code, code)
    row = report.checks[name]
    equal(row["setting"], setting)
    for word in words:
        assert word in row["detail"], (word, report)
    return row


def warns(report, name, cause, setting=None, words=(), also=()):
    """One check warns, for that cause, and all is well otherwise."""
    assert report.of("fail") == {}, report
    equal({key: value for key, value in report.of("warn").items() if key not in also}, {name: cause})
    equal(report.code, 0)
    equal(report.checks[name]["setting"], setting)
    for word in words:
        assert word in report.checks[name]["detail"], (word, report)


@contextmanager
def serving(answer, tls=None):
    """A server on loopback; answer(handler) does what is to be done with one request."""
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def do_GET(self):
            answer(self)

        do_CONNECT = do_GET

        def reply(self, status, content_type="text/html", body=b"", **headers):
            self.send_response_only(status)
            for name, value in {"Date": formatdate(usegmt=True), "Content-Type": content_type,
                                "Content-Length": len(body), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self):
            connection, address = super().get_request()
            if tls:
                connection = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            return connection, address

        def handle_error(self, request, client_address):
            """A client that hangs up is what is tested."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def listening(answers=True):
    """A port of loopback where nobody ever answers, or nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if not answers:
            server.close()
        yield f"127.0.0.1:{port}"


def forwarding(fake, without=(), **changed):
    """Hands requests on to the fake without some headers, and answers with others."""
    def answer(handler):
        headers = {name: value for name, value in handler.headers.items()
                   if name.lower() not in ("host", "accept-encoding", *without)}
        got = fake.send("GET", fake.root + handler.path, headers)
        kept = {name: value for name, value in got.headers.items()
                if name.lower() in ("x-ausername", "www-authenticate", "location")}
        handler.reply(got.status, got.headers["Content-Type"], got.body, **kept, **changed)
    return answer


class Certificates:
    """An authority, and certificates that it signs."""

    def __enter__(self):
        if not shutil.which("openssl"):
            raise Skip("there is no openssl")
        self.folder = tempfile.mkdtemp(prefix="source-host-tls-")
        self.authority = self.path("ca.pem")
        self.write("ca.conf", f"""[ca]
default_ca = it
[it]
dir = {self.folder}
database = $dir/index
serial = $dir/serial
new_certs_dir = $dir
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
""")
        self.write("index", "")
        self.write("serial", "01\n")
        self.openssl("req", "-x509", *self.new_key("ca.key"), "-out", self.authority, "-days", "2", "-subj", "/CN=Test CA")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        return self.path(name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                       stdin=subprocess.DEVNULL)

    def new_key(self, name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.path(name))

    def options(self, begins=-1, ends=1, names="IP:127.0.0.1"):
        """Options of a fake whose certificate is valid between two days from now."""
        def day(number):
            return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + number * 86400))
        self.openssl("req", *self.new_key("key.pem"), "-out", self.path("csr.pem"), "-subj", "/CN=server",
                     "-addext", "subjectAltName=" + names)
        self.openssl("ca", "-batch", "-notext", "-config", self.path("ca.conf"), "-cert", self.authority, "-keyfile",
                     self.path("ca.key"), "-in", self.path("csr.pem"), "-out", self.path("cert.pem"), "-startdate",
                     day(begins), "-enddate", day(ends))
        return "--tls-cert", self.path("cert.pem"), "--tls-key", self.path("key.pem")


@test
def all_is_well():
    with FakeBitbucket("--context", "/bitbucket") as fake:
        report = check(base_url=fake.url)
        equal(report.code, 0)
        equal(report.of("skip"), {"tls": None})
        equal(len(report.of("pass")), len(ORDER) - 1)
        equal(failed_logins(fake), 0)
        git = [request for request in fake.requests() if REFS in request["path"]]
        equal([(request["status"], request["user"]) for request in git], [(200, "flow-service")])


@test
def the_report_for_people_is_one_line_per_check():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, max_concurrency=5)
        result = host.run("check", "acme")
        equal(result.code, 0)
        for name in ORDER:
            assert name in result.out, result
        assert "setting: max_concurrency" in result.out, result


@test
def a_name_that_does_not_resolve():
    report = check(base_url=f"https://{NOWHERE}")
    fails(report, "resolve", "dns", setting="base_url", words=[NOWHERE])
    equal(len(report.of("skip")), len(ORDER) - 2)
    equal(report.of("pass"), {"concurrency": None})


@test
def a_refused_connection():
    with listening(answers=False) as place:
        fails(check(base_url=f"http://{place}"), "connect", "refused", setting="base_url")


@test
def a_server_that_never_answers():
    with listening() as place:
        fails(check(base_url=f"http://{place}", request_timeout=1), "bitbucket", "timeout", setting="base_url")
        fails(check(base_url=f"https://{place}", request_timeout=1), "tls", "timeout", setting="base_url")


def tls_fails(cause, setting, authority=True, **certificate):
    with Certificates() as certificates, FakeBitbucket(*certificates.options(**certificate)) as fake:
        settings = {"ca_file": certificates.authority} if authority else {}
        fails(check(base_url=fake.url, **settings), "tls", cause, setting=setting)
        equal(fake.requests(), [])


TLS = {
    "an expired certificate": dict(cause="tls-expired", setting="base_url", begins=-3, ends=-1),
    "a certificate that is not yet valid": dict(cause="tls-not-yet-valid", setting="base_url", begins=2, ends=3),
    "a certificate of an unknown issuer": dict(cause="tls-issuer", setting="ca_file", authority=False),
    "a certificate for another host": dict(cause="tls-name", setting="base_url", names="DNS:git.example.com"),
}
for _name, _settings in TLS.items():
    def tls_check(settings=_settings):
        tls_fails(**settings)
    tls_check.__name__ = _name
    test(tls_check)


@test
def a_self_signed_certificate():
    with Certificates() as certificates:
        certificates.openssl("req", "-x509", *certificates.new_key("self.key"), "-out", certificates.path("self.pem"), "-subj",
                             "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1")
        with FakeBitbucket("--tls-cert", certificates.path("self.pem"), "--tls-key", certificates.path("self.key")) as fake:
            fails(check(base_url=fake.url), "tls", "tls-issuer", setting="ca_file")
            report = check(base_url=fake.url, ca_file=certificates.path("self.pem"))
            equal((report.code, report.of("fail"), report.checks["tls"]["status"]), (0, {}, "pass"))


@test
def https_to_a_port_of_plain_http():
    with FakeBitbucket() as fake:
        fails(check(base_url=fake.url.replace("http:", "https:")), "tls", "tls-plain-http", setting="base_url")


@test
def a_ca_file_that_is_not_pem():
    with Certificates() as certificates, FakeBitbucket(*certificates.options()) as fake:
        ca_file = certificates.write("noise.pem", "-----BEGIN CERTIFICATE-----\nand no more\n")
        fails(check(base_url=fake.url, ca_file=ca_file), "tls", "ca-file", setting="ca_file")


@test
def a_certificate_that_is_not_checked():
    with Certificates() as certificates, FakeBitbucket(*certificates.options()) as fake:
        warns(check(base_url=fake.url, verify_tls="false"), "tls", "tls-unverified", setting="verify_tls")
    with FakeBitbucket() as fake:
        warns(check(base_url=fake.url, verify_tls="false"), "tls", "tls-unverified", setting="verify_tls")
    report = check(base_url=f"https://{NOWHERE}", verify_tls="false")
    equal(report.of("warn"), {"tls": "tls-unverified"})


@test
def a_proxy_that_is_not_there():
    with FakeBitbucket() as fake, listening(answers=False) as place:
        fails(check(base_url=fake.url, proxy=f"http://{NOWHERE}:3128"), "resolve", "proxy", setting="proxy")
        fails(check(base_url=fake.url, proxy=f"http://u:S3cretPw@{place}"), "connect", "proxy", setting="proxy")
        equal(fake.requests(), [])


@test
def a_proxy_that_asks_for_a_login():
    def answer(handler):
        handler.reply(407, Proxy_Authenticate='Basic realm="proxy"')
    with serving(answer) as proxy:
        fails(check(base_url="http://127.0.0.1:1", proxy=proxy), "connect", "proxy", setting="proxy", words=["407"])
        fails(check(base_url="https://127.0.0.1:1", proxy=proxy), "connect", "proxy", setting="proxy", words=["407"])


@test
def a_proxy_that_refuses_to_connect():
    with serving(lambda handler: handler.reply(403)) as proxy:
        fails(check(base_url="https://127.0.0.1:1", proxy=proxy), "connect", "proxy", setting="proxy", words=["403"])


@test
def a_proxy_that_does_not_reach_the_server():
    with serving(lambda handler: handler.reply(502)) as proxy:
        fails(check(base_url="http://127.0.0.1:1", proxy=proxy), "bitbucket", "proxy", setting="proxy", words=["502"])


@test
def a_gateway_that_does_not_reach_the_server():
    with serving(lambda handler: handler.reply(504)) as place:
        fails(check(base_url=place), "bitbucket", "gateway", words=["504"])


@test
def a_page_instead_of_bitbucket():
    page = b"<html><title>Log in</title>"
    with serving(lambda handler: handler.reply(200, body=page)) as place:
        fails(check(base_url=place), "bitbucket", "html", setting="base_url", words=["Log in"])
    with serving(lambda handler: handler.reply(302, Location="https://sso.example.com/login")) as place:
        fails(check(base_url=place), "bitbucket", "html", setting="base_url", words=["sso.example.com"])


@test
def json_of_something_else():
    with serving(lambda handler: handler.reply(200, "application/json", b'{"hello": "world"}')) as place:
        fails(check(base_url=place), "bitbucket", "not-bitbucket", setting="base_url")


@test
def jira_by_its_api():
    def answer(handler):
        if handler.path.endswith("/rest/api/2/serverInfo"):
            handler.reply(200, "application/json;charset=UTF-8", b'{"baseUrl": "http://jira", "version": "9.12.0", '
                          b'"versionNumbers": [9, 12, 0], "serverTitle": "Jira"}')
        else:
            handler.reply(404, body=b"<html>Oops")
    with serving(answer) as place:
        fails(check(base_url=place + "/jira"), "bitbucket", "jira", setting="base_url", words=["Jira"])


@test
def jira_by_its_page():
    page = b'<html><meta name="application-name" content="JIRA" data-name="jira">'
    with serving(lambda handler: handler.reply(200, body=page)) as place:
        fails(check(base_url=place), "bitbucket", "jira", setting="base_url", words=["Jira"])


@test
def bitbucket_cloud():
    with serving(lambda handler: handler.reply(404, body=b"<html>Not found")) as proxy:
        for host in ("bitbucket.org", "api.bitbucket.org"):
            report = check(base_url=f"http://{host}/acme", allow_plaintext="true", proxy=proxy)
            fails(report, "bitbucket", "bitbucket-cloud", setting="base_url", words=["Cloud"])


@test
def a_wrong_context_path_and_where_bitbucket_is():
    for context, wrong in (("/bitbucket", ""), ("/bitbucket", "/wrong"), ("/stash", "/bitbucket"), ("", "/bitbucket"),
                           ("/a/b", "/a/b/projects/PLAT")):
        with FakeBitbucket("--context", context) as fake:
            row = fails(check(base_url=fake.root + wrong), "bitbucket", "context-path", setting="base_url",
                        words=[f"Bitbucket answers at {fake.url}: set base_url to it"])
            assert row["remedy"], row
            equal([request for request in fake.requests() if request["login"] != "anonymous"], [])


@test
def a_context_path_that_the_start_page_leads_to():
    def answer(handler):
        if handler.path == "/":
            handler.reply(302, Location="/code/git/dashboard?x=1")
        elif handler.path == "/code/git/rest/api/1.0" + PROPERTIES:
            handler.reply(200, "application/json", b'{"version": "8.19.2", "buildNumber": "8019002"}')
        else:
            handler.reply(404)
    with serving(answer) as place:
        for wrong in ("", "/elsewhere"):
            fails(check(base_url=place + wrong), "bitbucket", "context-path", setting="base_url",
                  words=[f"Bitbucket answers at {place}/code/git: set"])


@test
def a_context_path_that_nobody_knows():
    with FakeBitbucket("--context", "/hidden") as fake:
        fails(check(base_url=fake.root), "bitbucket", "context-path", setting="base_url", words=["404"])


@test
def a_server_that_is_not_ready():
    for state, cause in (("STARTING", "starting"), ("MAINTENANCE", "maintenance"), ("ERROR", "not-ready"),
                         ("FIRST_RUN", "not-ready")):
        with FakeBitbucket() as fake:
            fake.state(state)
            report = check(base_url=fake.url)
            fails(report, "state", cause, words=[state])
            equal(report.checks["bitbucket"]["status"], "pass")
            equal(report.checks["login"]["status"], "skip")


@test
def a_state_that_nobody_knows():
    with FakeBitbucket() as fake:
        fake.fault("replace", "/status", at="state", value="DREAMING")
        fails(check(base_url=fake.url), "state", "not-ready", words=["DREAMING"])


@test
def a_version_that_nobody_knows():
    for version in ("4.14.12", "11.0.0"):
        with FakeBitbucket() as fake:
            fake.fault("replace", PROPERTIES, at="version", value=version)
            warns(check(base_url=fake.url), "version", "version", words=[version])


@test
def what_a_version_is_too_old_for():
    for version, missed in (("6.10.0", "; older than archived repositories (8.0), automatic merges (8.15), "
                                       "draft pull requests (8.18)"),
                            ("8.15.0", "; older than draft pull requests (8.18)"), ("8.18.0", ""), ("10.0.0", "")):
        with FakeBitbucket("--bitbucket-version", version) as fake:
            equal(check(base_url=fake.url).checks["version"]["detail"], f"version {version}{missed}")


@test
def all_that_differs_by_version_is_told_to_who_debugs():
    with FakeBitbucket("--bitbucket-version", "6.10.0") as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        told = host.run("check", "acme", "--debug").err
        for line in ("version 6.10.0 has tasks apart from comments (tasks): observed",
                     "version 6.10.0 has no draft pull requests (draft): documented",
                     "version 6.10.0 has pages of 500 activities (activities): observed"):
            assert line in told, (line, told)


@test
def a_wrong_password():
    with FakeBitbucket() as fake:
        fails(check(base_url=fake.url, password="wrong"), "login", "wrong-password", 4, "password")
        equal(fake.users()["flow-service"]["failures"], 1)
        equal(failed_logins(fake), 1)


@test
def a_captcha():
    with FakeBitbucket("--captcha-after", 1) as fake:
        fake.get("/users", password="wrong")
        fake.clear()
        fails(check(base_url=fake.url), "login", "captcha", 4, "password", ["flow-service"])
        equal(failed_logins(fake), 1)


@test
def basic_authentication_that_is_disabled():
    with FakeBitbucket("--basic-disabled") as fake:
        fails(check(base_url=fake.url), "login", "basic-disabled", 4, "password")
        equal(failed_logins(fake), 1)


@test
def a_token_that_is_refused():
    with FakeBitbucket() as fake:
        fake.token("expired-one", user="flow-service", expired=True)
        for token in ("expired-one", "unknown-one"):
            fake.clear()
            fails(check(base_url=fake.url, username=None, password=None, token=token), "login", "token-refused", 4, "token")
            equal(failed_logins(fake), 1)


@test
def a_login_that_is_removed_on_its_way():
    with FakeBitbucket("--public-access") as fake, serving(forwarding(fake, without=("authorization",))) as place:
        fails(check(base_url=place), "login", "anonymous", 4, "base_url")
        equal(failed_logins(fake), 0)


@test
def an_anonymous_answer_of_status_200():
    with FakeBitbucket() as fake:
        fake.fault("answer", "/admin/permissions/users", headers={"X-AUSERNAME": None}, body='{"values":[]}')
        fails(check(base_url=fake.url), "permission", "anonymous", 4, "base_url")


@test
def somebody_else():
    with FakeBitbucket() as fake:
        fake.fault("answer", "/users", headers={"X-AUSERNAME": "jdoe"}, body='{"values":[]}')
        report = check(base_url=fake.url)
        fails(report, "identity", "user-mismatch", 4, "username", ["jdoe", "flow-service"])
        equal(report.checks["login"]["status"], "pass")


@test
def a_name_that_is_removed_on_its_way():
    with FakeBitbucket("--no-ausername") as fake:
        warns(check(base_url=fake.url), "identity", "unnamed", words=["X-AUSERNAME"])


@test
def an_account_that_is_no_administrator():
    with FakeBitbucket() as fake:
        report = check(base_url=fake.url, username="reader", password="reader")
        warns(report, "permission", "not-admin", "username", ["personal repositories", "permissions", "webhooks"])
        equal(failed_logins(fake), 0)


@test
def a_token_and_administration():
    with FakeBitbucket() as fake:
        fake.token("admins", user="flow-service")
        fake.token("readers", user="reader")
        fake.token("projects", kind="project", project="PLAT")
        report = check(base_url=fake.url, username=None, password=None, token="admins")
        equal((report.code, report.of("fail"), report.of("warn")), (0, {}, {}))
        for token in ("readers", "projects"):
            report = check(base_url=fake.url, username=None, password=None, token=token)
            warns(report, "permission", "admin-unproven", "token", ["personal repositories", "permissions", "webhooks"])
        equal(failed_logins(fake), 0)


def advertisement(text):
    packet = f"ERR {text}\n"
    return f"001e# service=git-upload-pack\n0000{len(packet) + 4:04x}{packet}"


OF_GIT = "application/x-git-upload-pack-advertisement"
GIT = {
    "git that refuses the login": dict(kind="answer", status=401, content_type="text/plain", cause="git-refused", code=4,
                                       words=["401"]),
    "git that is switched off": dict(kind="html", status=403, cause="git-disabled", words=["403"]),
    "git that is not there": dict(kind="html", status=404, cause="git-disabled", words=["404"]),
    "git behind a page": dict(kind="html", status=200, cause="git-html", words=["text/html"]),
    "git behind a redirect": dict(kind="redirect", location="https://sso.example.com/", cause="git-html",
                                  words=["sso.example.com"]),
    "git that demands a CAPTCHA": dict(kind="answer", body=advertisement("CAPTCHA required\nYour account is locked."),
                                       content_type=OF_GIT, cause="git-captcha", code=4, words=["CAPTCHA required"]),
    "git that finds no repository": dict(kind="answer", body=advertisement("Repository not found\nNo."),
                                         content_type=OF_GIT, cause="git-not-found", words=["Repository not found"]),
    "git without basic authentication": dict(kind="html", status=403, cause="basic-disabled", code=4, setting="password",
                                             message="Basic Authentication has been disabled on this instance."),
    "git that is busy": dict(kind="html", status=503, cause="unavailable", words=["503"]),
}
for _name, _settings in GIT.items():
    def git_check(settings=_settings):
        fault = dict(settings)
        wanted = {name: fault.pop(name) for name in ("cause", "code", "words", "setting") if name in fault}
        with FakeBitbucket() as fake:
            fake.fault(fault.pop("kind"), REFS, **fault)
            report = check(base_url=fake.url)
            fails(report, "git", **wanted)
            equal(report.checks["rate_limit"]["status"], "skip" if wanted.get("code") == 4 else "pass")
            equal(len([request for request in fake.requests() if REFS in request["path"]]), 1)
    git_check.__name__ = _name
    test(git_check)


@test
def no_repository_to_try_git_on():
    with FakeBitbucket() as fake:
        fake.fault("answer", "/rest/api/1.0/repos", body='{"size":0,"limit":1,"isLastPage":true,"values":[],"start":0}')
        report = check(base_url=fake.url)
        equal((report.code, report.checks["git"]["status"]), (0, "skip"))
        assert "no repository" in report.checks["git"]["detail"], report


@test
def a_large_advertisement_is_not_read_to_its_end():
    body = "001e# service=git-upload-pack\n0000" + "003d" * 200000
    with FakeBitbucket() as fake:
        fake.fault("answer", REFS, body=body, content_type=OF_GIT)
        report = check(base_url=fake.url)
        equal((report.code, report.checks["git"]["status"]), (0, "pass"))


@test
def a_clock_that_is_wrong():
    for ahead, words in ((7200, ["72", "ahead"]), (-7200, ["72", "behind"])):
        with FakeBitbucket() as fake, serving(forwarding(fake, Date=formatdate(time.time() + ahead, usegmt=True))) as place:
            warns(check(base_url=place), "clock", "clock", words=[words[1], "seconds"])


@test
def rate_limits():
    place = "/rate-limit/settings"
    with FakeBitbucket() as fake:
        fake.fault("answer", place, body='{"enabled":true,"defaultSettings":{"capacity":60,"fillRate":5}}')
        report = check(base_url=fake.url)
        assert "60 requests at once, then 5 per second" in report.checks["rate_limit"]["detail"], report
        equal((report.code, report.checks["rate_limit"]["status"]), (0, "pass"))
        fake.clear()
        fake.fault("html", place, status=404)
        report = check(base_url=fake.url)
        equal((report.code, report.checks["rate_limit"]["status"]), (0, "skip"))
        assert "cannot be read" in report.checks["rate_limit"]["detail"], report


@test
def rate_limits_of_a_version_that_has_none():
    for version, asked in (("5.16.0", False), ("6.6.0", True)):
        with FakeBitbucket("--bitbucket-version", version) as fake:
            report = check(base_url=fake.url)
            equal((report.code, report.checks["rate_limit"]["status"]), (0, "pass"))
            equal(any("rate-limit" in request["path"] for request in fake.requests()), asked)


@test
def as_many_requests_at_once_as_lock_an_account():
    with FakeBitbucket() as fake:
        warns(check(base_url=fake.url, max_concurrency=5), "concurrency", "concurrency", "max_concurrency", ["5"])


if __name__ == "__main__":
    run()
