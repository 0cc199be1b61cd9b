#!/usr/bin/env python3
"""TLS and proxies: one block of settings has the same effect on REST and on Git. Prints TAP."""

import base64
import os
import select
import shutil
import socket
import subprocess
import threading

from hosting import Hosting
from truth_tables import differences

from client import FakeBitbucket
from tap import Skip, equal, run, test

NAME = "/CN=tests of source-host"


def openssl(*arguments):
    if not shutil.which("openssl"):
        raise Skip("openssl is not installed")
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def certificate(folder):
    """A certificate for 127.0.0.1 that is its own authority."""
    cert, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", NAME,
            "-addext", "subjectAltName=IP:127.0.0.1")
    return cert, key


class Proxy:
    """A forward proxy with a login; counts what passes."""

    def __init__(self, login):
        self.wanted = b"Basic " + base64.b64encode(login.encode())
        self.passed, self.refused = [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://{login}@127.0.0.1:{self.listener.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(4096)
                if not piece:
                    return
                head += piece
            lines = head.split(b"\r\n")
            if not any(line.lower().startswith(b"proxy-authorization:") and line.endswith(self.wanted) for line in lines):
                self.refused += 1
                client.sendall(b"HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n")
                return
            self.passed.append(lines[0].decode())
            host, port = lines[0].split()[1].decode().rsplit(":", 1)
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                self.pump(client, server)

    @staticmethod
    def pump(one, other):
        while True:
            for ready in select.select([one, other], [], [])[0]:
                piece = ready.recv(65536)
                if not piece:
                    return
                (other if ready is one else one).sendall(piece)


def import_docs(host, code=0):
    result = host.run("import", "acme", "PLAT/docs")
    assert result.code == code, result
    return result


@test
def ca_file_counts_for_rest_and_git():
    with Hosting() as host:
        cert, key = certificate(host.folder)
        with FakeBitbucket("--tls-cert", cert, "--tls-key", key) as fake:
            host.connection("acme", base_url=fake.url, ca_file=cert)
            import_docs(host)
            repository = next(row["id"] for row in fake.truth()["repository"] if row["path"] == "PLAT/docs")
            equal(differences(host, "acme", fake.truth(), {repository}, ("git_commit", "pull_request")), [])


@test
def an_unknown_authority_is_refused_and_named():
    with Hosting() as host:
        cert, key = certificate(host.folder)
        with FakeBitbucket("--tls-cert", cert, "--tls-key", key) as fake:
            host.connection("acme", base_url=fake.url)
            result = import_docs(host, 1)
            assert "certificate" in result.err and "ca_file" in result.err, result
            equal(fake.requests(), [])


@test
def verify_tls_off_counts_for_rest_and_git_and_is_warned_of():
    with Hosting() as host:
        cert, key = certificate(host.folder)
        with FakeBitbucket("--tls-cert", cert, "--tls-key", key) as fake:
            host.connection("acme", base_url=fake.url, verify_tls="false")
            import_docs(host)
            tls = next(row for row in host.run("check", "--json").objects if row["check"] == "tls")
            equal((tls["status"], tls["setting"]), ("warn", "verify_tls"))


@test
def a_ca_file_that_is_none_is_named_with_its_line():
    with Hosting() as host:
        cert, key = certificate(host.folder)
        with FakeBitbucket("--tls-cert", cert, "--tls-key", key) as fake:
            path = host.connection("acme", base_url=fake.url, ca_file="/etc/passwd")
            result = import_docs(host, 2)
            assert f"{path}:8: ca_file: /etc/passwd: it is no PEM file" in result.err, result
            equal(fake.requests(), [])


@test
def a_proxy_with_a_login_counts_for_rest_and_git():
    with Hosting() as host:
        cert, key = certificate(host.folder)
        with FakeBitbucket("--tls-cert", cert, "--tls-key", key) as fake, Proxy("p:S3cretPw") as proxy:
            host.connection("acme", base_url=fake.url, ca_file=cert, proxy=proxy.url)
            before = len(proxy.passed)
            import_docs(host)
            # REST keeps a connection open, Git makes its own
            assert len(proxy.passed) - before >= 2, proxy.passed
            equal(proxy.refused, 0)
            host.connection("acme", base_url=fake.url, ca_file=cert, proxy=proxy.url.replace("S3cretPw", "Wr0ngPw"))
            result = import_docs(host, 1)
            assert "proxy" in result.err and "Wr0ngPw" not in result.err, result


if __name__ == "__main__":
    run()
