"""The page for a test: `run --listen`, and clients of it.

    with FakeBitbucket() as fake, Hosting() as host, Web(host) as web:
        page = web.login()
        page.post("connections", {...})
        page.get("connections/acme/repositories")
        with page.listen() as events:
            events.wait("repositories", lambda data: data["repositories"])
"""

import http.client
import json
import re
import socket
import threading
import time

from hosting import SANITIZER, Hosting  # makes tap known
from running import PATIENCE, Running

PLENTY = {"base_url": None, "username": "flow-service"}


class Answer:
    def __init__(self, reply, body):
        self.status, self.headers, self.body = reply.status, reply.headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.body[:500]!r}"


class Web(Running):
    """Serves at a port that the kernel chooses, or at `port`. `token`: of an earlier run with the same store."""

    def __init__(self, host, *options, at="127.0.0.1", port=0, token=None, clock=False, tls=None, **environment):
        super().__init__(host, "--listen", f"{at}:{port}", *options, clock=clock, **environment)
        self.token, self.tls = token, tls

    def __enter__(self):
        super().__enter__()
        try:
            self.place = self.wait("listening")["message"].split()[-1]
            self.address, port = self.place.rsplit(":", 1)
            self.address, self.port = self.address.strip("[]"), int(port)
            told = [event["message"] for event in self.of("said") if "#token=" in event["message"]]
            self.url = told[0].split()[1] if told else None
            self.token = self.token or (self.url and self.url.split("#token=")[1])
        except BaseException:
            self.__exit__()
            raise
        return self

    def connect(self, source=None):
        where = (self.address, self.port)
        if self.tls:
            return http.client.HTTPSConnection(*where, timeout=PATIENCE, context=self.tls)
        return http.client.HTTPConnection(*where, timeout=PATIENCE, source_address=(source, 0) if source else None)

    def ask(self, method, path, body=None, source=None, **headers):
        """Headers with _ for -; a body that is no bytes is sent as JSON."""
        connection = self.connect(source)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, {name: value for name, value in headers.items() if value is not None})
            reply = connection.getresponse()
            return Answer(reply, reply.read())
        finally:
            connection.close()

    def raw(self, source=None):
        """A socket, for what no library would send."""
        return socket.create_connection((self.address, self.port), PATIENCE, source_address=(source, 0) if source else None)

    def login(self, token=None, **headers):
        return Page(self, token or self.token, headers)

    def bearer(self, token=None):
        return Bearer(self, token or self.token)

    def memory(self):
        """KiB that are in memory now; none where a sanitizer keeps what was freed."""
        if SANITIZER:
            return 0
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


class Page:
    """A browser that is logged in; with headers of its own."""

    def __init__(self, web, token, headers):
        self.web, self.headers = web, headers
        answer = web.ask("POST", "/api/1/login", {"token": token}, **headers)
        assert answer.status == 204, answer
        self.set_cookie = answer.headers["Set-Cookie"]
        self.cookie = self.set_cookie.split(";")[0]
        self.csrf = self.get("session").json["csrf"]

    def ask(self, method, path, body=None, **headers):
        path = path if path.startswith("/") else "/api/1/" + path
        return self.web.ask(method, path, body, **{"Cookie": self.cookie} | self.headers | headers)

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body=None, method="POST", **headers):
        headers = {"X_CSRF_Token": self.csrf, "Origin": f"http://{self.web.place}"} | headers
        return self.ask(method, path, {} if body is None else body, **headers)

    def put(self, path, body):
        return self.post(path, body, method="PUT")

    def listen(self):
        return Events(self)

    def repositories(self, connection="acme"):
        return {row["path"]: row for row in self.get(f"connections/{connection}/repositories").json["repositories"]}

    def organizations(self, connection="acme"):
        return {row["key"]: row for row in self.get(f"connections/{connection}/repositories").json["organizations"]}

    def connection(self, name="acme"):
        return next(row for row in self.get("connections").json["connections"] if row["connection"] == name)

    def until(self, path, condition):
        """Asks again and again until the answer is as it is to be."""
        until = time.monotonic() + PATIENCE
        while not condition((answer := self.get(path)).json):
            assert time.monotonic() < until, answer
            time.sleep(0.02)
        return answer.json


class Bearer:
    """A program with a token."""

    def __init__(self, web, token):
        self.web, self.headers = web, {"Authorization": f"Bearer {token}"}

    def get(self, path):
        return self.web.ask("GET", path if path.startswith("/") else "/api/1/" + path, **self.headers)


class Events:
    """The stream, as it comes."""

    def __init__(self, page):
        self.connection = page.web.connect()
        self.connection.request("GET", "/api/1/events", headers={"Cookie": page.cookie})
        self.reply = self.connection.getresponse()
        self.told, self.seen, self.changed = [], 0, threading.Condition()
        self.thread = threading.Thread(target=self.read, daemon=True)

    def __enter__(self):
        assert self.reply.status == 200, self.reply.read()
        self.thread.start()
        return self

    def __exit__(self, *_):
        if self.connection.sock:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.connection.close()

    def tell(self, event, data):
        with self.changed:
            self.told.append((event, data))
            self.changed.notify_all()

    def read(self):
        event = None
        try:
            for line in self.reply:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    self.tell(event, json.loads(value))
                elif value:
                    self.tell("comment", value)
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass
        self.tell("end", None)

    def wait(self, event, condition=lambda data: True):
        """The next such event after the one that was waited for last."""
        until = time.monotonic() + PATIENCE
        with self.changed:
            while True:
                for at in range(self.seen, len(self.told)):
                    if self.told[at][0] == event and condition(self.told[at][1]):
                        self.seen = at + 1
                        return self.told[at][1]
                    assert event == "end" or self.told[at][0] != "end", self.told[self.seen:]
                assert self.changed.wait(until - time.monotonic()), (event, self.told[self.seen:])
