#!/usr/bin/env python3
"""`source-host run` for so many minutes of real time: people work, answers break, the process is killed, in turns.

    soak.py [MINUTES [SEED]]

Its clock is driven, so that a minute holds days.  After each kill the store must be sound, and at the end equal to the
truth.  Memory and descriptors are drawn over time into soak.svg in the build directory.  Ends with 1 when something is
wrong, or when a life of the process at the end needs more than one at the beginning.
"""

import os
import random
import signal
import sqlite3
import sys
import time

from hosting import BUILD, Hosting
from people import People
from running import Running
from truth_tables import differences

from client import FakeBitbucket

TABLES = ("organization", "repository", "git_ref", "git_commit", "pull_request", "pull_request_reviewer", "activity")
DAYS_A_LIFE = 12  # before it is killed
FAULTS = (("close", {}), ("truncate", {"bytes": 60}), ("answer", {"status": 503, "body": {}}),
          ("answer", {"status": 500, "body": {}}), ("slow", {"bytes": 40, "pause_ms": 100}))


def usage(process):
    """MiB of memory, descriptors."""
    with open(f"/proc/{process.pid}/statm", encoding="ascii") as file:
        resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return resident, len(os.listdir(f"/proc/{process.pid}/fd"))


def check_sound(host):
    with sqlite3.connect(host.store) as database:
        said = database.execute("PRAGMA integrity_check").fetchone()[0]
    database.close()
    if said != "ok":
        raise AssertionError(f"after a kill the store is not sound: {said}")


class Soak:
    def __init__(self, fake, host, seed):
        self.fake, self.host, self.random, self.people = fake, host, random.Random(seed), People(fake, seed)
        self.began, self.days, self.kills, self.lives = time.monotonic(), 0, 0, []

    def break_answers(self):
        kind, settings = self.random.choice(FAULTS)
        self.fake.fault(kind, path=self.random.choice(("/repos", "/pull-requests", "/scm/", "")),
                        skip=self.random.randrange(20), count=self.random.randint(1, 4), **settings)

    def day(self, running):
        self.days += 1
        self.people.work()
        if self.random.random() < 0.5:
            self.break_answers()
        running.advance(days=1)
        self.lives[-1].append((time.monotonic() - self.began, *usage(running.process)))

    def kill(self, running):
        """At any moment of a day's work."""
        self.people.work()
        running.set_clock(running.now() + 86_400_000)
        time.sleep(self.random.uniform(0, 0.5))
        running.stop(signal.SIGKILL)
        self.kills += 1
        check_sound(self.host)

    def live(self, until):
        """One life of the process."""
        self.lives.append([])
        with Running(self.host) as running:
            running.idle()
            for _ in range(DAYS_A_LIFE):
                if time.monotonic() < until:
                    self.day(running)
            self.kill(running)

    def end(self):
        """What is still wrong when nothing breaks any more."""
        self.fake.clear()
        with Running(self.host) as running:
            running.idle()
            running.advance(days=3)
            running.stop()
        imported = [row["id"] for row in self.host.rows("SELECT id FROM repository WHERE listed = 1 AND imported = 1")]
        return differences(self.host, "acme", self.fake.truth(), imported, TABLES)

    def grew(self):
        """From life to life, the first and the last apart: the one begins with nothing, the other may be short."""
        peaks = [tuple(max(sample[at] for sample in life) for at in (1, 2)) for life in self.lives[1:-1] if life]
        return [f"{name} of a life grew from {peaks[0][at]:.1f} to {peaks[-1][at]:.1f}"
                for at, name in enumerate(("memory", "descriptors"))
                if len(peaks) > 1 and peaks[-1][at] > 1.25 * peaks[0][at] + 2]


def drawing(lives):
    """Two curves over time, broken at each kill."""
    samples = [sample for life in lives for sample in life]
    width, height, most = 900, 220, [max(sample[at] for sample in samples) * 1.1 for at in range(3)]
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{2 * height}" font-family="sans-serif" '
             f'font-size="12">\n<rect width="100%" height="100%" fill="#fff"/>\n']
    for at, name in ((1, "MiB"), (2, "descriptors")):
        below = at * height
        parts.append(f'<text x="4" y="{below - height + 14}">{name}, at most {most[at] / 1.1:.1f}; '
                     f'{most[0] / 66:.0f} minutes</text>\n')
        for life in lives:
            points = " ".join(f"{sample[0] / most[0] * width:.1f},{below - sample[at] / most[at] * (height - 20):.1f}"
                              for sample in life)
            parts.append(f'<polyline points="{points}" fill="none" stroke="#4a7fb5"/>\n')
    return "".join(parts) + "</svg>\n"


def main():
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    print(f"seed {seed}", flush=True)
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, imports={"auto_import": "PLAT MOB"})
        soak = Soak(fake, host, seed)
        while time.monotonic() < soak.began + 60 * minutes:
            soak.live(soak.began + 60 * minutes)
            if soak.lives[-1]:
                _, memory, descriptors = soak.lives[-1][-1]
                print(f"day {soak.days}, {soak.kills} kills: {memory:.1f} MiB, {descriptors} descriptors", flush=True)
        wrong = soak.end() + soak.grew()
    with open(os.path.join(BUILD, "soak.svg"), "w", encoding="utf-8") as file:
        file.write(drawing(soak.lives))
    print(f"{soak.days} days, {soak.kills} kills; drawn in {os.path.join(BUILD, 'soak.svg')}")
    print("\n".join(wrong) or "the store is equal to the truth")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
