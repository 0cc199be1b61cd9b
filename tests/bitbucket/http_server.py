"""HTTP: one thread per connection, keep-alive, one answer with Content-Length per request."""

import re
import ssl
import sys
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import control
import faults
import git_http
import mutate
import resources
from answers import Answer, RestError, html_answer
from login import ANONYMOUS, identity_headers, refusal

CELL = re.compile(r"/cell-\d+")


class HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port, tls=None):
        super().__init__(("127.0.0.1", port), Handler)
        self.tls = tls
        self.bitbucket = None

    def get_request(self):
        connection, address = super().get_request()
        if self.tls:
            # The handshake is left to the connection's own thread, or one silent client would stop all others.
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request, client_address):
        """A client that hangs up is no news; anything else is a defect and must be seen."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError, TimeoutError)):
            super().handle_error(request, client_address)


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.headers, self.body = method, headers, body
        self.path, _, self.query_string = target.partition("?")
        self.query = dict(parse_qsl(self.query_string, keep_blank_values=True))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        """The request log is read through /_control, not on the terminal."""

    def handle_any(self):
        bitbucket = self.server.bitbucket
        if self.path.startswith("http://"):  # who takes us for its proxy
            self.path = "/" + self.path.split("/", 3)[-1]
        request = Request(self.command, self.path, self.headers, self.read_body())
        if request.path.startswith("/_control"):
            self.send(control.answer(bitbucket, request))
            return
        entry, fault = bitbucket.log.begin(request), None
        try:
            if bitbucket.options.delay_ms:
                time.sleep(bitbucket.options.delay_ms / 1000)
            for change in bitbucket.faults.changes_before(request.method, self.path):
                with bitbucket.world.lock:
                    mutate.run(bitbucket, change)
            answer = respond(bitbucket, request, entry)
            fault = bitbucket.faults.for_request(request.method, self.path)
            if fault:
                answer = faults.change(fault, answer, self.path)
            entry["status"] = answer.status
            if not fault or fault.kind != "stall":
                bitbucket.log.answered(entry)
            self.send(answer, fault)
        finally:
            if fault:
                entry["sent"] = fault.sent
            bitbucket.log.answered(entry)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = handle_any

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def send(self, answer, fault=None):
        head = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
                f"Date: {self.date_time_string()}"]
        if answer.status != 204:
            head += [f"Content-Type: {answer.content_type}", f"Content-Length: {len(answer.body)}"]
        head += [f"{name}: {value}" for name, value in answer.headers]
        head = "\r\n".join(head).encode() + b"\r\n\r\n"
        body = b"" if self.command == "HEAD" else answer.body
        if fault is None:
            self.connection.sendall(head + body)
        elif not faults.send(fault, self.connection, head, body):
            self.close_connection = True


def respond(bitbucket, request, entry):
    """Login comes first, whatever is asked for; then the resource."""
    inside = within(context_of(bitbucket, request.path), request.path)
    if inside is None:
        return html_answer(404)
    if inside == "/status":
        return resources.status(bitbucket)
    if bitbucket.state != "RUNNING":
        return html_answer(503, "Bitbucket is unavailable")
    with bitbucket.world.lock:
        login = log_in(bitbucket, request, inside)
        entry.update(login=login.outcome, user=login.user.name if login.user else None)
        too_many = bitbucket.rate_limit.refuse(login.user)
        if too_many:
            return too_many
        if inside.startswith("/scm/"):
            service = git_http.find(bitbucket, request, inside, login)
        elif login.outcome == "failed":
            return refusal(login)
        else:
            return rest(bitbucket, request, inside, login)
    # Packing may take a while, and needs the lock no more.
    return service if isinstance(service, Answer) else git_http.serve(request, service)


def context_of(bitbucket, path):
    cell = CELL.match(path) if bitbucket.options.cells else None
    return cell.group() if cell else bitbucket.context


def within(context, path):
    return path[len(context):] if path.startswith(context + "/") else None


def log_in(bitbucket, request, inside):
    authorization = request.headers.get("Authorization")
    if bitbucket.options.open_properties and inside.endswith("/application-properties"):
        known = bitbucket.logins.peek(authorization)
        return known if known.user else ANONYMOUS
    login = bitbucket.logins.authenticate(authorization)
    elsewhere = not inside.startswith(("/rest/", "/scm/"))
    if login.token and elsewhere and bitbucket.version.keeps_tokens_to_rest_and_scm:
        return bitbucket.logins.refuse(login.scheme, login.user)
    return login


def rest(bitbucket, request, inside, login):
    try:
        answer = resources.find(bitbucket, request, inside, login)
    except RestError as error:
        answer = error.answer()
    answer.headers += [("X-AREQUESTID", f"@{id(request):X}x1"), ("Cache-Control", "private, no-cache")]
    if not bitbucket.options.no_ausername:
        answer.headers += identity_headers(login)
    return answer
