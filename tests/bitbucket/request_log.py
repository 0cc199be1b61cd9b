"""Every request that reached Bitbucket, for tests to count and read."""

import threading
import time


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
                     "time": int(time.time() * 1000), "in_flight": self._in_flight}
            self._entries.append(entry)
        return entry

    def end(self):
        with self._lock:
            self._in_flight -= 1

    def entries(self):
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def clear(self):
        with self._lock:
            self._entries.clear()
