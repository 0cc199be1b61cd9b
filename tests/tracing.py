"""What source-host wrote by --trace, read."""

import json
import os


def trace_of(host, name="trace.json"):
    return os.path.join(host.folder, name)


def traced(host, *command):
    return host.run("--trace", trace_of(host), *command)


class Trace:
    """The events of a file; times as nanoseconds, so that they can be compared."""

    def __init__(self, text):
        self.events = json.loads(text, parse_float=lambda number: int(number.replace(".", "")))
        self.spans = [event for event in self.events if event["ph"] == "X"]
        self.tracks = {event["tid"]: event["args"]["name"] for event in self.events if event["name"] == "thread_name"}

    @classmethod
    def read(cls, host, name="trace.json"):
        with open(trace_of(host, name), encoding="utf-8") as file:
            return cls(file.read())

    def of(self, category):
        return [span for span in self.spans if span["cat"] == category]

    def by_track(self):
        tracks = {}
        for span in self.spans:
            tracks.setdefault(span["tid"], []).append(span)
        return tracks
