#!/usr/bin/env python3
"""The way to the server in the health report: names, connections, TLS, proxies. Prints TAP."""

from health_report import OF_OURS, ORDER, PROPERTIES, REFS, FakeBitbucket, check, fails, warns
from certificates import Certificates
from strangers import breaking_off, forwarding, listening, serving

from tap import equal, run, test

NOWHERE = "something.invalid"


@test
def a_name_that_does_not_resolve():
    report = check(base_url=f"https://{NOWHERE}")
    fails(report, "resolve", "dns", setting="base_url", words=[NOWHERE])
    equal(len(report.of("skip")), len(ORDER) - 1 - len(OF_OURS))
    equal(list(report.of("pass")), OF_OURS)


@test
def a_refused_connection():
    with listening(answers=False) as place:
        fails(check(base_url=f"http://{place}"), "connect", "refused", setting="base_url")


HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BROKEN = {"half a body": HEAD + "Content-Length: 500\r\n\r\n{",
          "a chunk that is missing": HEAD + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
          "half a head": HEAD, "half a line": HEAD + "X-AREQ", "half a page": "HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\n<"}


@test
def a_connection_that_is_lost_in_the_middle_of_an_answer():
    half = BROKEN["half a body"]
    with FakeBitbucket() as fake:
        for path, name, after in (*(("", "bitbucket", after) for after in BROKEN.values()), (PROPERTIES, "bitbucket", half),
                                  ("/users", "login", half), ("/permissions", "permission", half), (REFS, "git", half)):
            with serving(breaking_off(path, after, forwarding(fake))) as place:
                fails(check(base_url=place), name, "network", setting="base_url", words=["closed"])
        with serving(breaking_off("/status", half, forwarding(fake))) as place:
            warns(check(base_url=place), "state", "network", setting="base_url", words=["/status: ", "closed"])


@test
def a_refused_login_in_half_an_answer_is_one():
    with FakeBitbucket() as fake:
        broken = breaking_off("/users", "HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\n<", forwarding(fake))
        with serving(broken) as place:
            fails(check(base_url=place), "login", "wrong-password", 4, "password")


@test
def a_server_that_never_answers():
    with listening() as place:
        fails(check(base_url=f"http://{place}", request_timeout=5), "bitbucket", "timeout", setting="base_url")
        fails(check(base_url=f"https://{place}", request_timeout=5), "tls", "timeout", setting="base_url")


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
        fails(check(base_url=fake.url, proxy=f"http://{NOWHERE}:3128", allow_plaintext="true"), "resolve", "proxy", setting="proxy")
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


if __name__ == "__main__":
    run()
