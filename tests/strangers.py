"""What answers in place of a Bitbucket Server: servers of a few lines, silent ports, a proxy that changes headers."""

import re
import threading
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ports import keep_port

# Paths that got credentials from us, where no Bitbucket was asked: each may have been a failed login.
LOGINS = []


@contextmanager
def serving(answer, tls=None):
    """A server on loopback; answer(handler) does what is to be done with one request."""
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        forwards = False

        def log_message(self, *args):
            pass

        def do_GET(self):
            answer(self)

        do_CONNECT = do_GET

        def reply(self, status, content_type="text/html", body=b"", **headers):
            if "Authorization" in self.headers and not self.forwards:
                LOGINS.append(self.path)
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


def breaking_off(path, after, otherwise):
    """Answers that path with the beginning of an answer, and then hangs up; what else is asked is answered as
    `otherwise` does."""
    def answer(handler):
        if re.search(path, handler.path):
            handler.wfile.write(after.encode())
            handler.close_connection = True
        else:
            otherwise(handler)
    return answer


@contextmanager
def listening(answers=True):
    """A port of loopback where nobody ever answers, or nobody listens."""
    with keep_port() as server:
        if answers:
            server.listen()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def forwarding(fake, without=(), closed=None, **changed):
    """Hands requests on to the fake without some headers, and answers with others; `closed` matches the paths that
    are answered to nobody without a login."""
    def answer(handler):
        if closed and re.search(closed, handler.path) and "Authorization" not in handler.headers:
            handler.reply(401, body=b"<html>Log in", WWW_Authenticate='Basic realm="all of it"')
            return
        handler.forwards = True
        headers = {name: value for name, value in handler.headers.items()
                   if name.lower() not in ("host", "accept-encoding", *without)}
        got = fake.send("GET", fake.root + handler.path, headers)
        kept = {name: value for name, value in got.headers.items()
                if name.lower() in ("x-ausername", "www-authenticate", "location")}
        handler.reply(got.status, got.headers["Content-Type"], got.body, **kept, **changed)
    return answer
