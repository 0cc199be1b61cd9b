#!/usr/bin/env python3
"""TLS and proxies: one block of settings has the same effect on REST and on Git. Prints TAP."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from hosting import Hosting
from proxy import Proxy
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


@test
def plain_http_to_this_machine_does_not_leave_it_by_a_proxy():
    with Hosting() as host:
        for proxy, allow, code in (("http://u:S3cretPw@proxy.example.com:3128", None, 2), ("proxy.example.com:3128", None, 2),
                                   ("socks5h://192.0.2.1:1", None, 2), ("http://proxy.example.com:3128", "true", 0),
                                   ("http://127.0.0.1:3128", None, 0), ("http://[::1]:3128", None, 0)):
            path = host.connection("acme", base_url="http://localhost:7990", proxy=proxy, allow_plaintext=allow)
            result = host.run("connections")
            equal((proxy, result.code), (proxy, code))
            assert code == 0 or f"{path}:8: proxy: http://" in result.err and "allow_plaintext" in result.err, result
            assert "S3cretPw" not in result.err, result


def apart(name, *prepare):
    """Calls that function in a network of its own, where what is not loopback does not leave the machine either."""
    alone = ["unshare", "--map-root-user", "--net", "--mount"]
    if not shutil.which("unshare") or not shutil.which("ip") or subprocess.run([*alone, "true"], capture_output=True,
                                                                               check=False).returncode:
        raise Skip("no network namespace can be made here")
    script = " && ".join(["ip link set lo up", *prepare, "exec python3 \"$0\" --apart " + name])
    done = subprocess.run([*alone, "sh", "-c", script, os.path.abspath(__file__)], capture_output=True, text=True, check=False)
    equal((done.returncode, done.stdout + done.stderr), (0, ""))


@test
def nor_by_a_proxy_of_the_environment():
    apart("through_a_proxy_of_the_environment", "ip address add 192.0.2.1/32 dev lo")


@test
def a_name_server_that_is_silent_holds_up_no_end():
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write("nameserver 127.0.0.1\noptions timeout:30 attempts:5\n")
        file.flush()
        apart("ended_while_a_name_is_looked_up", f"mount --bind {file.name} /etc/resolv.conf")


class Ear:
    """Listens, and keeps what it is told."""

    def __init__(self, address):
        self.heard = b""
        self.listener = socket.create_server((address, 0))
        self.url = f"http://{address}:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            with client:
                self.heard += client.recv(65536)


def through_a_proxy_of_the_environment():
    with FakeBitbucket() as fake, Hosting() as host:
        ear = Ear("192.0.2.1")

        def sync(**variables):
            return subprocess.run(host.command("import", "acme", "PLAT/docs"), env=os.environ | {"http_proxy": ear.url} | variables,
                                  capture_output=True, text=True, check=False)
        path = host.connection("acme", base_url=fake.url)
        result = sync()
        assert result.returncode == 2 and "allow_plaintext" in result.stderr and "192.0.2.1" in result.stderr, result
        assert path in result.stderr, result
        equal((ear.heard, fake.requests()), (b"", []))
        equal(sync(no_proxy="127.0.0.1").returncode, 0)
        equal(ear.heard, b"")
        host.connection("acme", base_url=fake.url, request_timeout=2, allow_plaintext="true")
        sync()
        assert b"\r\nAuthorization: " in ear.heard, ear.heard


def ended_while_a_name_is_looked_up():
    with Hosting() as host, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        server.settimeout(60)
        host.connection("acme", base_url="https://bitbucket.example.com")
        process = subprocess.Popen(host.command("repos", "acme"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert b"example" in server.recv(512)
        process.send_signal(signal.SIGINT)
        equal(process.wait(20), 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--apart"]:
        globals()[sys.argv[2]]()
    else:
        run()
