"""A long history: so many commits on main, one in ten of them a merge, with branches and tags.

2,000 files of some 2 KB; a commit touches one to three of them.  Ten more commits wait at refs/later/main.
"""

import os
import random
import subprocess

from demo_people import People
from git_repository import CONFIG, git_environment
from made_pages import VERSION, Writer
from world import World

BEGIN, FILES, LINES, MORE = 1262304000, 2000, 40, 10
AUTHORS = [(f"Person {n:03}", f"person{n:03}@example.com") for n in range(120)]
ZONES = ("+0000", "+0200", "-0500", "+0530")


class Stream:
    """What git fast-import reads."""

    def __init__(self, path):
        self.process = subprocess.Popen(["git", f"--git-dir={path}", "fast-import", "--quiet", "--done"],
                                        stdin=subprocess.PIPE, env=git_environment())
        self.random = random.Random(1)
        self.mark, self.when, self.versions = 0, BEGIN, {}

    def send(self, text):
        self.process.stdin.write(text.encode())

    def data(self, text):
        self.send(f"data {len(text.encode())}\n{text}\n")

    def content(self, number):
        """Each version of a file differs from the one before in three of its lines."""
        version = self.versions[number] = self.versions.get(number, -1) + 1
        return "".join(f"line {line} of file {number}: {(version + LINES - line) // (LINES // 3) * 7919 % 104729:06} is "
                       "what counts here\n" for line in range(LINES))

    def commit(self, branch, files, parents):
        name, address = AUTHORS[self.random.randrange(len(AUTHORS))]
        self.when += self.random.randrange(60, 7200)
        who = f"{name} <{address}> {self.when} {ZONES[self.mark % len(ZONES)]}"
        self.mark += 1
        self.send(f"commit {branch}\nmark :{self.mark}\nauthor {who}\ncommitter {who}\n")
        self.data(f"FLOW-{self.mark}: a change of {len(files)} files\n\nWhy it was made, in a sentence or two, as people do it.\n")
        for verb, parent in zip(("from", "merge"), parents):
            self.send(f"{verb} :{parent}\n")
        for number in files:
            self.send(f"M 100644 inline src/part{number % 40:02}/module{number % 200:03}/file{number}.c\n")
            self.data(self.content(number))
        self.send("\n")
        return self.mark

    def some_files(self):
        return {self.random.randrange(FILES) for _ in range(self.random.choice((1, 1, 2, 3)))}

    def end(self):
        self.send("done\n")
        self.process.stdin.close()
        if self.process.wait():
            raise RuntimeError("git fast-import failed")


def write(stream, commits):
    head = stream.commit("refs/heads/main", range(FILES), [])
    for n in range(2, commits + 1):
        if n % 10 == 9 and n < commits:  # on a branch, which the next merges
            side = stream.commit("refs/side", stream.some_files(), [head])
        elif n % 10 == 0:
            head = stream.commit("refs/heads/main", [], [head, side])
        else:
            head = stream.commit("refs/heads/main", stream.some_files(), [head])
        if n % (commits // 50) == 0:
            stream.send(f"reset refs/{'tags/v' if n % 20 else 'heads/release/'}{n}\nfrom :{head}\n\n")
    for _ in range(MORE):
        head = stream.commit("refs/later/main", stream.some_files(), [head])
    stream.send("reset refs/side\nfrom 0000000000000000000000000000000000000000\n\n")


def history(folder, commits):
    served = os.path.join(folder, "scm", "hist", "long.git")
    os.makedirs(os.path.join(served, "objects"))
    os.makedirs(os.path.join(served, "refs"))
    # As the servers have it, hidden refs are not offered.
    for name, text in ("config", CONFIG + "[transfer]\n\thideRefs = refs/later\n"), ("HEAD", "ref: refs/heads/main\n"):
        with open(os.path.join(served, name), "w", encoding="utf-8") as file:
            file.write(text)
    stream = Stream(served)
    write(stream, commits)
    stream.end()
    subprocess.run(["git", "--git-dir", served, "repack", "-adq"], check=True, env=git_environment())
    subprocess.run(["git", "--git-dir", served, "pack-refs", "--all"], check=True, env=git_environment())
    world = World(VERSION)
    People(world)
    repository = world.add_repository(world.add_project("HIST", "History"), "long")
    writer = Writer(folder, world)
    writer.everywhere(world)
    writer.one("projects/HIST/repos/long", writer.shapes.repository(repository))
