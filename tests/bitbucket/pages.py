"""Paging: start, limit, nextPageStart, and what makes real servers' pages awkward."""

import json
from dataclasses import dataclass

DEFAULT_LIMIT = 25


def encode(shape):
    try:
        return json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # lone surrogates travel as escapes only
        return json.dumps(shape, separators=(",", ":")).encode()


@dataclass
class Paging:
    """How this server pages; the same for all its resources."""
    cap: int | None = None
    gaps: bool = False
    null_next: bool = False

    def limit(self, query, cap):
        cap = min(cap, self.cap or cap)
        limit = number(query, "limit", DEFAULT_LIMIT)
        return max(1, min(limit, cap))

    def spread(self, rows):
        """Puts None where a row stands that nobody may see: one in four, and one long run of them."""
        run = 2 * (self.cap or DEFAULT_LIMIT)
        for index, row in enumerate(rows):
            if index == 2:
                yield from [None] * run
            elif index % 3 == 1:
                yield None
            yield row


def number(query, name, fallback):
    try:
        return max(0, int(query.get(name, fallback)))
    except ValueError:
        return fallback


def page(paging, query, rows, shape, cap, may_see=None, values_first=False):
    """The page of `rows` that `query` asks for, encoded; `shape` returns the bytes of one row.

    With gaps a row that may not be seen still takes its place in the count, without them it does not.
    """
    start, limit = number(query, "start", 0), paging.limit(query, cap)
    if paging.gaps:
        rows = list(paging.spread(rows))
    elif may_see:
        rows = [row for row in rows if may_see(row)]
        may_see = None
    window = [r for r in rows[start:start + limit] if r is not None and (may_see is None or may_see(r))]
    following = start + limit if start + limit < len(rows) else None
    values = b'"values":[' + b",".join(shape(row) for row in window) + b"]"
    counts = f'"size":{len(window)},"limit":{limit},"isLastPage":{json.dumps(following is None)}'.encode()
    tail = b"" if following is None else f',"nextPageStart":{following}'.encode()
    if following is None and (paging.null_next or values_first):
        tail = b',"nextPageStart":null'
    begin = f'"start":{start}'.encode()
    members = [values, counts, begin] if values_first else [counts, values, begin]
    return b"{" + b",".join(members) + tail + b"}"
