"""Every request that reached Bitbucket, for tests to count and read."""

import base64
import threading
import time


def client_of(request):
    """The name with which it logs in at its proxy: so a test tells apart who asks with one account."""
    _, _, login = request.headers.get("Proxy-Authorization", "").partition(" ")
    return base64.b64decode(login).decode().partition(":")[0] or None


class RequestLog:
    def __init__(self):
        self._lock = threading.Lock()
        self._entries = []
        self._in_flight = 0

    def begin(self, request):
        with self._lock:
            self._in_flight += 1
            scheme = request.headers.get("Authorization", "").partition(" ")[0].lower() or None
            entry = {"method": request.method, "path": request.path, "query": request.query_string, "user": None,
                     "login": "anonymous", "scheme": scheme, "status": None,
                     "time": int(time.time() * 1000), "answered": None, "in_flight": self._in_flight,
                     "client": client_of(request)}
            self._entries.append(entry)
        return entry

    def answered(self, entry):
        """Before it is sent, or else once its connection has ended: who has read it may ask again at once."""
        with self._lock:
            if entry["answered"] is None:
                entry["answered"] = int(time.time() * 1000)
                self._in_flight -= 1

    def entries(self, below=""):
        """Those whose path begins so."""
        with self._lock:
            return [dict(entry) for entry in self._entries if entry["path"].startswith(below)]

    def clear(self):
        with self._lock:
            self._entries.clear()
