#!/usr/bin/env python3
"""Proxies: of the settings or of the environment, with a login of their own, for REST and Git alike. Prints TAP."""

from certificates import Certificates
from hosting import Hosting
from proxy import Proxy

from client import FakeBitbucket
from tap import equal, run, test

RIGHT, WRONG = "p:S3cretPw", "p:Wr0ngPw"


def scene(login=RIGHT, **more):
    """A server with TLS, a proxy and a host, for one test."""
    def decorate(function):
        def around():
            with Certificates() as authority, FakeBitbucket(*authority.options()) as fake, Proxy(login, **more) as proxy, \
                    Hosting() as host:
                host.settings = {"base_url": fake.url, "ca_file": authority.authority}
                function(fake, proxy, host)
        around.__name__ = function.__name__
        return test(around)
    return decorate


def import_docs(host, variables=None, code=0, **settings):
    host.connection("acme", **host.settings, **settings)
    result = host.run("import", "acme", "PLAT/docs", variables=variables)
    assert result.code == code, result
    for secret in ("S3cretPw", "Wr0ngPw"):
        assert secret not in result.out + result.err, result
    return result


def used(fake):
    """Whether REST and Git have come to the server."""
    paths = [request["path"] for request in fake.requests()]
    return any(path.startswith("/rest/") for path in paths), any(path.startswith("/scm/") for path in paths)


@scene()
def a_proxy_of_the_environment(fake, proxy, host):
    import_docs(host, {"https_proxy": proxy.url})
    assert {agent.partition("/")[0] for agent in proxy.agents} == {"source-host", "git"}, proxy.agents
    equal((used(fake), proxy.refused), ((True, True), 0))


@scene()
def a_proxy_of_the_environment_is_passed_by_where_no_proxy_says_so(fake, proxy, host):
    for name in ("no_proxy", "NO_PROXY"):
        import_docs(host, {"https_proxy": proxy.url, name: "example.com,127.0.0.1"})
        equal((used(fake), proxy.agents), ((True, True), []))
        fake.mutate("push", repository="PLAT/docs", branch="next", files={"next": name}, message="next")
        fake.clear()
    import_docs(host, {"https_proxy": proxy.url, "no_proxy": "example.com"})
    equal(len({agent.partition("/")[0] for agent in proxy.agents}), 2)


@scene()
def a_proxy_of_the_settings_is_passed_by_where_no_proxy_says_so(fake, proxy, host):
    import_docs(host, {"no_proxy": "127.0.0.1"}, proxy=proxy.url)
    equal((used(fake), proxy.agents), ((True, True), []))


@scene()
def a_proxy_of_the_settings_comes_before_that_of_the_environment(fake, proxy, host):
    import_docs(host, {"https_proxy": "http://127.0.0.1:1"}, proxy=proxy.url)
    equal(len({agent.partition("/")[0] for agent in proxy.agents}), 2)


def breaker_is_closed(fake, host):
    equal(host.rows("SELECT * FROM login_refusal"), [])
    equal([request for request in fake.requests() if request["login"] == "failed"], [])


@scene()
def a_wrong_login_at_the_proxy_is_no_refused_login_of_the_account(fake, proxy, host):
    wrong = proxy.url.replace(RIGHT, WRONG)
    for settings, variables in (({"proxy": wrong}, None), ({}, {"https_proxy": wrong})):
        result = import_docs(host, variables, code=1, **settings)
        assert "407" in result.err and "proxy" in result.err, result
        report = {row["check"]: row for row in host.run("check", "--json", variables=variables).objects}
        equal([row["cause"] for row in report.values() if row["status"] == "fail"], ["proxy"])
        equal(report["connect"]["setting"], "proxy")
    equal(fake.requests(), [])
    breaker_is_closed(fake, host)
    import_docs(host, proxy=proxy.url)


@scene(refuses="git/")
def a_proxy_that_refuses_git_alone(fake, proxy, host):
    result = import_docs(host, proxy=proxy.url, code=1)
    assert "the proxy demands a login" in result.err, result
    equal(used(fake), (True, False))
    breaker_is_closed(fake, host)
    equal(host.run("sync").code, 1)
    proxy.unwanted = None
    equal(host.run("sync").code, 0)


if __name__ == "__main__":
    run()
