#!/usr/bin/env python3
"""A year of `source-host run`, its clock driven: people work, the server is down for nights, passwords are rotated.

    year.py [DAYS [SEED]]

Ends with 1 when the store differs from the truth, or when memory or descriptors grew.
"""

import os
import random
import sys

from hosting import PASSWORD, Hosting
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


class People:
    """What happens at the server, at random, but the same for the same seed."""

    def __init__(self, fake, seed):
        self.fake, self.random, self.made, self.alive = fake, random.Random(seed), 0, []
        for _ in range(6):
            self.create()

    def create(self):
        self.made += 1
        name = f"work{self.made}"
        self.fake.mutate("create_repository", project="PLAT", name=name, files={"README": name})
        self.alive.append({"path": f"PLAT/{name}", "pull_requests": []})

    def push(self, one):
        self.made += 1
        self.fake.mutate("push", repository=one["path"], branch="main", files={f"file{self.made}": "text\n"}, message="Work")

    def open(self, one):
        self.made += 1
        self.fake.mutate("push", repository=one["path"], branch=f"topic{self.made}", files={"topic": str(self.made)},
                         message="Topic")
        opened = self.fake.mutate("open", repository=one["path"], **{"from": f"topic{self.made}", "to": "main"},
                                  title=f"Topic {self.made}", reviewers=["mira"])
        one["pull_requests"].append(opened["pull_request"])

    def review(self, one):
        if one["pull_requests"]:
            at = {"repository": one["path"], "pull_request": self.random.choice(one["pull_requests"])}
            self.fake.mutate("comment", text=f"said {self.made}", **at)
            self.fake.mutate(self.random.choice(["approve", "needs_work", "unapprove"]), user="mira", **at)

    def close(self, one):
        if one["pull_requests"]:
            gone = one["pull_requests"].pop(0)
            self.fake.mutate(self.random.choice(["decline", "merge"]), repository=one["path"], pull_request=gone)

    def rename(self, one):
        self.made += 1
        self.fake.mutate("rename_repository", repository=one["path"], name=f"renamed{self.made}")
        one["path"] = one["path"].split("/")[0] + f"/renamed{self.made}"

    def move(self, one):
        key, slug = one["path"].split("/")
        key = "MOB" if key == "PLAT" else "PLAT"
        self.fake.mutate("move_repository", repository=one["path"], project=key)
        one["path"] = f"{key}/{slug}"

    def archive(self, one):
        self.fake.mutate("archive_repository", repository=one["path"], archived=self.random.random() < 0.5)

    def delete(self, one):
        if len(self.alive) > 4:
            self.fake.mutate("delete_repository", repository=one["path"])
            self.alive.remove(one)

    def work(self):
        """One day of theirs."""
        often = [self.push] * 6 + [self.review] * 6 + [self.open] * 3 + [self.close] * 2
        for _ in range(self.random.randrange(5)):
            what = self.random.choice(often)
            what(self.random.choice(self.alive))
        for rare in (self.rename, self.move, self.archive, self.delete):
            if self.random.random() < 0.05:
                rare(self.random.choice(self.alive))
        if self.random.random() < 0.06:
            self.create()


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
