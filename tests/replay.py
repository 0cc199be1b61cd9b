"""Answers of the fake Bitbucket, kept, and given again without any work: for what asks the same very often.

    with Replay(fake) as replay:       # what the fake was asked for until now
        run_something_against(replay.url)
"""

import http.client
import socketserver
import threading
import urllib.parse
from email.utils import formatdate

from client import basic
from hosting import PASSWORD

SENT_ANEW = {"connection", "content-length", "date", "transfer-encoding"}
NOT_RECORDED = ("HTTP/1.1 500 Not recorded", b"Content-Length: 0\r\n\r\n")


def kept_answer(fake, entry):
    """The bytes of an answer to a request as in the fake's log."""
    parts = urllib.parse.urlsplit(fake.url)
    target = entry["path"] + ("?" + entry["query"] if entry["query"] else "")
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    login = {"Authorization": basic("flow-service", PASSWORD)} if entry["scheme"] else {}
    connection.request(entry["method"], target, headers=login)
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    head = [f"Content-Length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in reply.getheaders() if name.lower() not in SENT_ANEW]
    rest = "\r\n".join(head + ["", ""]).encode("latin-1") + body
    return (entry["method"], target, bool(entry["scheme"])), (f"HTTP/1.1 {reply.status} {reply.reason}", rest)


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        try:
            while self.answer():
                pass
        except ConnectionError:
            pass  # who runs out of memory hangs up

    def answer(self):
        line = self.rfile.readline().decode("latin-1").split()
        has_login = False
        while (header := self.rfile.readline()) not in (b"\r\n", b""):
            has_login |= header.lower().startswith(b"authorization:")
        if len(line) < 2:
            return False
        status, rest = self.server.answers.get((line[0], line[1], has_login), NOT_RECORDED)
        if (status, rest) == NOT_RECORDED:
            self.server.missed.add(line[1])
        self.wfile.write(f"{status}\r\nDate: {formatdate(usegmt=True)}\r\n".encode() + rest)
        return True


class Replay(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 128

    def __init__(self, fake):
        self.answers, self.missed = dict(kept_answer(fake, entry) for entry in fake.requests()), set()
        super().__init__(("127.0.0.1", 0), Handler)
        self.paths = {target.partition("?")[0] for _, target, _ in self.answers}
        self.url = f"http://127.0.0.1:{self.server_address[1]}{urllib.parse.urlsplit(fake.url).path}"

    def lost_query(self):
        """Whether it was asked since the last time for something without what follows the "?": so libcurl 7.88 asks
        where it has no memory to copy that, and tells nobody. Nothing else is ever missed."""
        missed, self.missed = self.missed, set()
        assert missed <= self.paths, missed
        return bool(missed)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
