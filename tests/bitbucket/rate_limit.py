"""The limit on requests: a bucket of tokens for each user, as Bitbucket keeps one on each of its nodes."""

import math
import threading
import time

from answers import HTML, Answer


class RateLimit:
    """Off until it is set. A user may have an exception, with capacity 0 from all limits."""

    def __init__(self, capacity=0, fill_rate=0):
        self._lock = threading.Lock()
        self.set(capacity, fill_rate)

    def set(self, capacity, fill_rate):
        with self._lock:
            self.capacity, self.fill_rate, self.exceptions, self._buckets = capacity, fill_rate, {}, {}

    def make_exception(self, user, capacity, fill_rate):
        with self._lock:
            self.exceptions[user.id] = capacity, fill_rate
            self._buckets.pop(user.id, None)

    @property
    def settings(self):
        defaults = {"capacity": self.capacity or 60, "fillRate": self.fill_rate or 5}
        return {"enabled": bool(self.capacity), "defaultSettings": defaults}

    def refuse(self, user):
        """The answer to one request too many of that user, else None and it has one token less."""
        with self._lock:
            limit = self.capacity, self.fill_rate
            capacity, fill_rate = self.exceptions.get(user.id, limit) if user else limit
            if not self.capacity or not capacity or user is None:
                return None
            now = time.monotonic()
            tokens, since = self._buckets.get(user.id, (capacity, now))
            tokens = min(capacity, tokens + (now - since) * fill_rate)
            self._buckets[user.id] = (tokens - 1 if tokens >= 1 else tokens, now)
        if tokens >= 1:
            return None
        return Answer(429, b"", HTML, [("Retry-After", str(max(1, math.ceil((1 - tokens) / fill_rate))))])
