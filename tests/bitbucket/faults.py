"""Scripted faults: what proxies, overloaded servers and bugs make of a good answer."""

import json
import re
import select
import threading
from dataclasses import dataclass, field

import wire
from answers import HTML, Answer, html_answer

KINDS = ("mutate", "answer", "html", "bytes", "truncate", "close", "stall", "slow", "endless", "rate_limit", "redirect",
         "replace", "remove", "headers", "empty pages", "wire")
MISSING = object()


@dataclass(eq=False)
class Fault:
    kind: str
    path: re.Pattern
    method: str | None = None
    count: int | None = None
    skip: int = 0
    settings: dict = field(default_factory=dict)
    sent: int = 0
    lifted: threading.Event = field(default_factory=threading.Event)

    def take(self, method, path):
        if self.method not in (None, method) or not self.path.search(path) or self.count == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.count is not None:
            self.count -= 1
        return True


class Faults:
    def __init__(self):
        self._lock = threading.Lock()
        self._faults = []

    def add(self, settings):
        settings = dict(settings)
        fault = Fault(settings.pop("kind"), re.compile(settings.pop("path", "")), settings.pop("method", None),
                      settings.pop("count", None), settings.pop("skip", 0), settings)
        if fault.kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        if fault.kind == "wire" and fault.settings["way"] not in wire.WAYS:
            raise ValueError(f"way is one of {', '.join(wire.WAYS)}")
        with self._lock:
            self._faults.append(fault)

    def clear(self, path=None):
        """All of them, or those for one path, which is written as it was for `add`."""
        with self._lock:
            for fault in self._faults:
                if path in (None, fault.path.pattern):
                    fault.lifted.set()
            self._faults = [fault for fault in self._faults if not fault.lifted.is_set()]

    def for_request(self, method, path):
        with self._lock:
            return next((fault for fault in self._faults if fault.kind != "mutate" and fault.take(method, path)), None)

    def changes_before(self, method, path):
        """What people do right before this request is answered."""
        with self._lock:
            return [fault.settings["change"] for fault in self._faults
                    if fault.kind == "mutate" and fault.take(method, path)]


def change(fault, answer, target):
    """The answer as the fault leaves it; what breaks the connection itself is up to `send`."""
    settings = fault.settings
    if fault.kind == "answer":
        body = settings.get("body", "")
        body = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
        content_type = settings.get("content_type", answer.content_type)
        return Answer(settings.get("status", 200), body.encode(), content_type, merged(answer.headers, settings))
    if fault.kind == "endless":
        return Answer(settings.get("status", 200), b"", settings.get("content_type", HTML), answer.headers)
    if fault.kind == "html":
        page = html_answer(settings.get("status", 200), settings.get("message", "Please log in"))
        page.headers = merged([], settings)
        return page
    if fault.kind == "rate_limit":
        retry = ("Retry-After", str(settings.get("retry_after", 1)))
        return Answer(429, b"", HTML, [*answer.headers, retry])
    if fault.kind == "redirect":
        return Answer(settings.get("status", 302), b"", HTML, [("Location", settings.get("location", target))])
    if fault.kind == "headers":
        answer.headers = merged(answer.headers, settings)
        answer.content_type = settings.get("content_type", answer.content_type)
    if fault.kind == "empty pages":
        start = re.search(r"[?&]start=(\d+)", target)
        page = {"values": [], "isLastPage": False, "nextPageStart": int(start[1]) + 1 if start else 1}
        answer.body = json.dumps(page).encode()
    if fault.kind == "bytes":
        answer.body = answer.body.replace(settings["find"].encode(), bytes.fromhex(settings["put"]))
    if fault.kind in ("replace", "remove"):
        replace_member(answer, settings["at"], MISSING if fault.kind == "remove" else settings["value"])
    return answer


def merged(headers, settings):
    """The answer's own headers, such as X-AUSERNAME, stay unless replaced, or removed by null."""
    wanted = settings.get("headers", {})
    replaced = {name.lower() for name in wanted}
    kept = [(name, value) for name, value in headers if name.lower() not in replaced]
    return kept + [(name, str(value)) for name, value in wanted.items() if value is not None]


def replace_member(answer, where, value):
    """`where` is a path such as values[3].author.user; an answer that has no such member stays as it is."""
    steps = [int(step[1:-1]) if step[0] == "[" else step for step in re.findall(r"\[\d+\]|[^.\[\]]+", where)]
    try:
        shape = whole = json.loads(answer.body)
        for step in steps[:-1]:
            shape = shape[step]
        if value is MISSING:
            del shape[steps[-1]]
        else:
            shape[steps[-1]] = value
    except (ValueError, LookupError, TypeError):
        return
    answer.body = json.dumps(whole, ensure_ascii=False).encode()


def send(fault, connection, head, body):
    """Sends the answer the way the fault has it. False: the connection is of no more use."""
    if fault.kind == "close":
        return False
    if fault.kind == "stall":
        wait_for_either(fault.lifted, connection)
        return False
    if fault.kind == "truncate":
        connection.sendall(head + body[:fault.settings.get("bytes", len(body) // 2)])
        return False
    if fault.kind == "endless":
        send_endlessly(fault, connection, head)
        return False
    if fault.kind == "wire":
        return wire.send(fault, connection, head, body)
    if fault.kind == "slow":
        return send_slowly(fault, connection, head + body)
    connection.sendall(head + body)
    return True


def send_slowly(fault, connection, message):
    size, pause = fault.settings.get("bytes", 16), fault.settings.get("pause_ms", 50) / 1000
    for start in range(0, len(message), size):
        connection.sendall(message[start:start + size])
        if fault.lifted.wait(pause):
            connection.sendall(message[start + size:])
            break
    return True


def send_endlessly(fault, connection, head):
    """Body without a length until the fault is lifted or the client hangs up."""
    piece = (fault.settings.get("piece") or "x" * fault.settings.get("bytes", 65536)).encode()
    pause = fault.settings.get("pause_ms", 0) / 1000
    connection.sendall(re.sub(rb"Content-Length: .*?\r\n", b"Connection: close\r\n", head))
    while not fault.lifted.wait(pause):
        connection.sendall(piece)
        fault.sent += len(piece)


def wait_for_either(lifted, connection):
    """Until the fault is lifted or the client hangs up."""
    while not lifted.is_set():
        if select.select([connection], [], [], 0.1)[0]:
            return
