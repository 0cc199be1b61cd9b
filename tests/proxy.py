"""What stands between us and the server: a proxy that connects, and TLS before a server without."""

import base64
import os
import select
import socket
import ssl
import threading
from contextlib import contextmanager


def pump(one, other):
    """Until one of them hangs up."""
    while True:
        waiting = [side for side in (one, other) if isinstance(side, ssl.SSLSocket) and side.pending()]
        for ready in waiting or select.select([one, other], [], [])[0]:
            piece = ready.recv(65536)
            if not piece:
                return
            (other if ready is one else one).sendall(piece)


class Proxy:
    """A forward proxy for https, with a login or without; counts what passes.  Whose `User-Agent` begins with
    `refuses` has no right login."""

    def __init__(self, login=None, refuses=None):
        self.wanted = b"Basic " + base64.b64encode(login.encode()) if login else b""
        self.unwanted = f"user-agent: {refuses}".encode() if refuses else None
        self.passed, self.agents, self.refused = [], [], 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.url = f"http://{login}@{self.place}" if login else f"http://{self.place}"

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

    def lets_in(self, lines):
        if self.unwanted and any(line.lower().startswith(self.unwanted) for line in lines):
            return False
        return not self.wanted or any(line.lower().startswith(b"proxy-authorization:") and line.endswith(self.wanted)
                                      for line in lines)

    def serve(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(4096)
                if not piece:
                    return
                head += piece
            lines = head.split(b"\r\n")
            if not self.lets_in(lines):
                self.refused += 1
                client.sendall(b"HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n")
                return
            self.passed.append(lines[0].decode())
            self.agents += [line[12:].decode() for line in lines if line.lower().startswith(b"user-agent: ")]
            host, port = lines[0].split()[1].decode().rsplit(":", 1)
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                pump(client, server)


@contextmanager
def tls_before(url, tls):
    """A port that speaks TLS as the context `tls` says, and hands on to the http URL."""
    host, port = url.split("/")[2].split(":")

    def serve(client):
        try:
            with tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False) as inside:
                let_in(inside)
                with socket.create_connection((host, int(port))) as server:
                    pump(inside, server)
        except (OSError, ValueError):
            """A client that does not get in is what is tested."""

    def let_in(inside):
        try:
            inside.do_handshake()
        except ssl.SSLError:
            # It is to read why, so the connection is not reset while it writes.
            while os.read(inside.fileno(), 4096):
                pass
            raise

    def accept(listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
