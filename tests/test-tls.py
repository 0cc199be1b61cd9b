#!/usr/bin/env python3
"""TLS before a server: client certificates, for REST and Git alike, and protocols that are too old. Prints TAP."""

import ssl
import warnings
from contextlib import contextmanager

from certificates import Certificates
from health_report import FakeBitbucket, check, fails
from hosting import Hosting
from proxy import tls_before

from tap import equal, run, test


@contextmanager
def server(demands=None, least=None, most=None):
    """An authority, a fake, and the URL of TLS before it; `demands` a certificate of that authority."""
    with Certificates() as authority, FakeBitbucket() as fake:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*authority.signed("server"))
        if demands:
            tls.load_verify_locations(authority.authority)
            tls.verify_mode = ssl.CERT_REQUIRED
        if most:
            warnings.simplefilter("ignore", DeprecationWarning)  # old ones are what is tested
            tls.minimum_version, tls.maximum_version = least, most
            tls.set_ciphers("ALL:@SECLEVEL=0")
        with tls_before(fake.url, tls) as url:
            yield authority, fake, {"base_url": url, "ca_file": authority.authority}


@test
def a_client_certificate_counts_for_rest_and_git():
    with server(demands=True) as (authority, fake, settings), Hosting() as host:
        cert, key = authority.signed("client")
        host.connection("acme", client_cert=cert, client_key=key, **settings)
        result = host.run("import", "acme", "PLAT/docs")
        equal((result.code, result.err), (0, ""))
        assert any("git-upload-pack" in request["path"] for request in fake.requests())
        report = check(client_cert=cert, client_key=key, **settings)
        equal((report.code, report.of("fail"), report.checks["git"]["status"]), (0, {}, "pass"))


@test
def a_client_certificate_and_its_key_in_one_file():
    with server(demands=True) as (authority, _, settings), Hosting() as host:
        cert, key = authority.signed("client")
        with open(key, encoding="ascii") as file, open(cert, "a", encoding="ascii") as both:
            both.write(file.read())
        host.connection("acme", client_cert=cert, **settings)
        result = host.run("import", "acme", "PLAT/docs")
        equal((result.code, result.err), (0, ""))


@test
def a_client_certificate_that_is_missing():
    with server(demands=True) as (_, fake, settings):
        fails(check(**settings), "tls", "client-cert", setting="client_cert", words=["certificate"])
        equal(fake.requests(), [])


@test
def a_client_certificate_of_somebody_else():
    with server(demands=True) as (_, fake, settings), Certificates() as other:
        cert, key = other.signed("client")
        fails(check(client_cert=cert, client_key=key, **settings), "tls", "client-cert", setting="client_cert")
        equal(fake.requests(), [])


@test
def a_client_certificate_without_its_key():
    with server(demands=True) as (authority, fake, settings):
        cert, _ = authority.signed("client")
        _, key = authority.signed("other")
        fails(check(client_cert=cert, client_key=key, **settings), "tls", "client-cert", setting="client_key")
        equal(fake.requests(), [])


@test
def a_client_key_with_a_pass_phrase_is_told_and_nobody_asked():
    with server(demands=True) as (authority, fake, settings), Hosting() as host:
        cert, key = authority.signed("client")
        locked = authority.path("locked.key")
        authority.openssl("pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", locked)
        host.connection("acme", client_cert=cert, client_key=locked, **settings)
        # Who asked for it would read it from standard input: there is no terminal in a session of its own.
        for command in (("check",), ("import", "acme", "PLAT/docs")):
            result = host.run(*command, input="secret\n", start_new_session=True, timeout=60)
            equal(result.code, 1)
            assert "client_key" in result.out + result.err and "pass phrase" in result.out + result.err, result
            assert "Enter" not in result.out + result.err, result
        equal(fake.requests(), [])


@test
def a_protocol_that_is_too_old_is_refused():
    with server(least=ssl.TLSVersion.TLSv1_1, most=ssl.TLSVersion.TLSv1_1) as (authority, fake, settings), Hosting() as host:
        # The system may refuse it by itself; here it is told not to.
        lax = authority.write("openssl.cnf", "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n"
                              "[c]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n")
        host.connection("acme", **settings)
        result = host.run("check", "acme", "--json", variables={"OPENSSL_CONF": lax})
        rows = {row["check"]: row for row in result.objects}
        equal((result.code, rows["tls"]["status"], rows["tls"]["cause"], rows["tls"]["setting"]),
              (1, "fail", "tls", "base_url"))
        assert "TLS 1.2" in rows["tls"]["remedy"], rows["tls"]
        equal(fake.requests(), [])
    with server(least=ssl.TLSVersion.TLSv1_2, most=ssl.TLSVersion.TLSv1_2) as (_, _, settings):
        equal(check(**settings).code, 0)


if __name__ == "__main__":
    run()
