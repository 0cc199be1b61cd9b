"""Reads in the fake server's log of requests whether several workers kept to what they share.

Of a worker that was killed (`deaths`: when, by name) or stands still (`pauses`: from when to when, by name) the server
may still be answering requests: these end with it. One that goes on may have decided on requests before; so many as it
may have under way are excused, when they come at once.
"""

import re

KINDS = {
    "pull-requests": re.compile(r"/rest/api/1\.0/projects/([^/]+)/repos/([^/]+)/pull-requests(.*)"),
    "git": re.compile(r"/scm/([^/]+)/([^/]+?)(?:\.git)?(/.*)"),
}
BEGINNINGS = ("", "/info/refs")  # what only the first request of an import asks for
AT_ONCE_MS = 1000


class Asked:
    """One request of a worker: from when to when, and for which repository."""

    def __init__(self, request, deaths, pauses):
        self.client, self.begin, self.path = request["client"], request["time"], request["path"]
        self.end = min(request["answered"] or float("inf"), deaths.get(self.client, float("inf")),
                       *(since for since, _ in pauses.get(self.client, ()) if since >= self.begin))
        self.job, self.begins, self.is_excused = None, False, False
        for kind, pattern in KINDS.items():
            if found := pattern.fullmatch(self.path):
                self.job = f"{found[1]}/{found[2]} {kind}".lower()
                self.begins = found[3] in BEGINNINGS

    def __str__(self):
        return f"{self.begin} {self.client} {self.path}"


def asked(requests, deaths, pauses, most):
    all_of = [Asked(request, deaths, pauses) for request in requests
              if request["client"] and request["time"] < deaths.get(request["client"], float("inf"))]
    all_of.sort(key=lambda one: one.begin)
    for name, times in pauses.items():
        for _, time in times:
            for one in [one for one in all_of if one.client == name and time <= one.begin <= time + AT_ONCE_MS][:most]:
                one.is_excused = True
    return all_of


def most_in_flight(requests, deaths, pauses, most):
    """How many requests the server ever had to answer at the same time."""
    moments = []
    for one in asked(requests, deaths, pauses, most):
        if not one.is_excused:
            moments += [(one.begin, 1), (one.end, -1)]
    highest = now = 0
    for _, change in sorted(moments):
        now += change
        highest = max(highest, now)
    return highest


def of_one(told):
    """What is wrong with the requests for one repository, of one kind."""
    last, before, followed = {}, None, {}  # followed: by whom one who was at it was
    for one in told:
        others = [other for client, other in last.items() if client != one.client and other.end > one.begin]
        if before not in (None, one.client):
            followed[before] = one.client
        follower = None if one.begins else followed.get(one.client)
        followed.pop(one.client, None)
        if others and not one.is_excused:
            yield f"{one}: at the same time as {others[0]}"
        elif follower and not one.is_excused:
            yield f"{one}: goes on although {follower} has taken over"
        before = one.client
        if one.client not in last or last[one.client].end < one.end:
            last[one.client] = one


def overlaps(requests, deaths, pauses, most):
    """Lines that say where two workers imported the same at once; none when they never did."""
    jobs = {}
    for one in asked(requests, deaths, pauses, most):
        if one.job:
            jobs.setdefault(one.job, []).append(one)
    return [line for told in jobs.values() for line in of_one(told)]
