#!/usr/bin/env python3
"""A year of `source-host run`, its clock driven: people work, the server is down for nights, passwords are rotated.

    year.py [DAYS [SEED]]

Ends with 1 when the store differs from the truth, or when memory or descriptors grew.
"""

import os
import sys

from hosting import PASSWORD, Hosting
from people import People
from running import Running
from truth_tables import differences

from client import FakeBitbucket

DAY = 86_400_000
TABLES = ("organization", "repository", "git_ref", "git_commit", "pull_request", "pull_request_reviewer", "activity")


def write_password(host, text):
    path = os.path.join(host.folder, "password")
    with open(path + ".new", "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    os.rename(path + ".new", path)
    return path


class Year:
    def __init__(self, fake, host, running, seed):
        self.fake, self.host, self.running, self.people = fake, host, running, People(fake, seed)
        self.failed_logins, self.figures = 0, []

    def down_for_a_night(self):
        self.fake.state("MAINTENANCE")
        self.running.advance(hours=8)
        self.fake.state("RUNNING")

    def rotate_password(self, day):
        """The server has it first; the file follows when somebody sees that the connection is blocked."""
        before = len(self.running.of("blocked"))
        self.fake.user("flow-service", password=f"{PASSWORD}{day}")
        while len(self.running.of("blocked")) == before:
            self.running.advance(hours=1)
        self.failed_logins = max(self.failed_logins, self.fake.users()["flow-service"]["failures"])
        write_password(self.host, f"{PASSWORD}{day}")
        self.running.wait("unblocked")
        self.running.idle()

    def measure(self, day):
        process = f"/proc/{self.running.process.pid}"
        with open(f"{process}/statm", encoding="ascii") as file:
            resident = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        self.figures.append((resident, len(os.listdir(f"{process}/fd"))))
        print(f"day {day}: {resident:.1f} MiB, {self.figures[-1][1]} descriptors", flush=True)

    def live(self, days):
        for day in range(1, days + 1):
            self.people.work()
            if day % 40 == 0:
                self.down_for_a_night()
            if day % 60 == 30:
                self.rotate_password(day)
            self.running.advance(days=1)
            if day % 10 == 0:
                self.measure(day)

    def grew(self):
        """From the second tenth of the time on, when all that is kept has been made."""
        calm = self.figures[len(self.figures) // 10:]
        return [f"{name} grew from {calm[0][at]} to {calm[-1][at]}" for at, name in enumerate(("memory", "descriptors"))
                if calm[-1][at] > 1.15 * calm[0][at] + 2]


def main():
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 365
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url, password=None, password_file=write_password(host, PASSWORD),
                        imports={"auto_import": "PLAT MOB"})
        running = Running(host)
        running.configure(list_interval="12 h", sync_interval="12 h")
        with running:
            running.idle()
            year = Year(fake, host, running, seed)
            year.live(days)
            running.advance(days=2)  # the quiet ones are looked at once a day
            wrong = year.grew()
            running.stop()
        imported = [row["id"] for row in host.rows("SELECT id FROM repository WHERE listed = 1 AND imported = 1")]
        wrong += differences(host, "acme", fake.truth(), imported, TABLES)
    print(f"{days} days: {len(imported)} repositories, at most {year.failed_logins} failed login at a time")
    print("\n".join(wrong) or "the store is equal to the truth")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
