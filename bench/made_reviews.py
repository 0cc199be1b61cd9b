"""A repository with years of reviews behind it: real commits, and ten activities for each pull request.

Its Git is written by git fast-import, its pages by tests/bitbucket.  Eight pull requests are open at a time, the last
eight to the end; each has two commits and a third after a first look, and is merged some thirty behind its beginning.
"""

import os
import subprocess

import review
from demo_people import People, signature, zone
from demo_world import create_git
from made_pages import VERSION, Writer
from pull_requests import Anchor, Rescope
from review_shapes import activity, pull_request
from world import World

BEGIN = 1514764800000  # 2018-01-01 UTC
HOUR, DAY = 3600000, 86400000
OPEN, CHANGED, FILES = 8, 10, 120
AUTHORS, REVIEWERS = ("jdoe", "mira", "kenji", "amara"), ("admin", "first.last", "üser@example.com")
REMARK = ("This works, but I would rather not have the caller know about it. What do you think of moving the check "
          "into the parser, where the other limits are, and of a test for the empty case?")


class Story:
    def __init__(self, folder):
        self.world = World(VERSION)
        self.people = People(self.world)
        self.repository = self.world.add_repository(self.world.add_project("PLAT", "Platform"), "api")
        create_git(os.path.join(folder, "scm", "plat"), self.repository)
        self.git, self.head, self.when = self.repository.git, None, BEGIN
        self.commit("jdoe", "Begin", {f"src/part{n // 10}/file{n}.c": self.text(n, 0) for n in range(FILES)}, main=True)

    @staticmethod
    def text(number, changes):
        """A file of 60 lines, of which each change touches three."""
        return "".join(f"line {line} of file {number}, as change {changes if line % 20 == changes % 20 else 0} left it\n"
                       for line in range(60)).encode()

    def commit(self, who, message, changes, parents=None, main=False):
        user = self.people[who]
        self.when += HOUR // 4
        parents = ([self.head] if self.head else []) if parents is None else parents
        sha = self.git.commit(parents, signature(user), self.when, zone(user), message + "\n", changes)
        if main:
            self.head = sha
        return sha

    def open(self, number):
        author, path = self.people[AUTHORS[number % 4]], f"src/part{number % FILES // 10}/file{number % FILES}.c"
        branch = f"refs/heads/feature/FLOW-{number}-some-name"
        self.git.set_ref("refs/heads/main", self.head)
        tip = self.commit(author.name, f"FLOW-{number}: first step", {path: self.text(number % FILES, number)},
                          [self.head])
        tip = self.commit(author.name, f"FLOW-{number}: second step",
                          {f"doc/{number % 50}.md": f"What {number} does.\n".encode()}, [tip])
        self.git.set_ref(branch, tip)
        pull = review.open_pull_request(
            self.world, self.repository, author, f"FLOW-{number}: some change of behaviour", branch, when=self.when,
            description="* first step\n* second step\n\nTests are in the same folder.",
            reviewers=[self.people[name] for name in REVIEWERS[:2]])
        pull.path = path
        return pull

    def discuss(self, pull):
        """With the opening and the end, ten activities, and a reply to two of the comments."""
        one, two = (self.people[name] for name in REVIEWERS[:2])
        self.when += HOUR
        place = Anchor(pull.path, pull.to_commit, pull.from_commit, pull.id % 20 + 1, "ADDED", "TO")
        for who, anchor in ((one, place), (two, place), (one, None), (two, None)):
            written = review.comment(self.world, pull, who, REMARK, anchor=anchor, when=self.when)
            if who is one:
                review.reply(self.world, pull, written, pull.author.user, "Right, done.", when=self.when + HOUR // 2)
        self.push(pull)
        review.update(self.world, pull, pull.author.user, title=pull.title + ", once more", when=self.when + 1000,
                      add=[self.people[REVIEWERS[2]]])
        for who in (one, two):
            review.review(self.world, pull, who, "APPROVED", self.when + 2000)

    def push(self, pull):
        before = pull.from_commit
        after = self.commit(pull.author.user.name, f"FLOW-{pull.id}: as asked for",
                            {pull.path: self.text(pull.id % FILES, pull.id + 1)}, [before])
        self.git.set_ref(pull.from_ref, after)
        pull.from_commit = after
        review.move_on(pull, self.when, 0)
        review.record(self.world, pull, "RESCOPED", pull.author.user, self.when, rescope=Rescope(
            after, before, pull.to_commit, pull.to_commit, [after], []))

    def end(self, pull):
        """One in ten is declined, the others are merged, and show it."""
        who = self.people["admin"]
        if pull.id % 10 == 0:
            review.decline(self.world, pull, who, when=self.when)
        else:
            pull.to_commit = self.head
            files = self.git.store.commits[pull.from_commit].files
            sha = self.commit("admin", f"Merge pull request #{pull.id}", {pull.path: files[pull.path]},
                              [self.head, pull.from_commit], main=True)
            review.merge(self.world, pull, who, sha, shows_commit=True, when=self.when)
        self.git.set_ref(pull.from_ref, None)
        self.git.set_ref(f"refs/pull-requests/{pull.id}/from", pull.from_commit)


def write_listing(writer, pulls, resource):
    newest = sorted(pulls, key=lambda pull: (pull.updated, pull.id), reverse=True)
    writer.pages(f"{resource}/pull-requests", newest, lambda pull: pull_request(writer.shapes, pull), 100)


def write_activities(writer, pulls, resource):
    for pull in pulls:
        writer.pages(f"{resource}/pull-requests/{pull.id}/activities", pull.activities[::-1],
                     lambda entry, of=pull: activity(writer.shapes, of, entry), 500)


def reviews(folder, number):
    """`before` holds the pages as they are, `after` those of the same server once ten pull requests have changed."""
    story = Story(folder)
    pulls = []
    for n in range(1, number + 1):
        pulls.append(story.open(n))
        if n > OPEN:
            story.discuss(pulls[n - 1 - OPEN])
            story.end(pulls[n - 1 - OPEN])
    story.git.set_ref("refs/heads/main", story.head)
    story.git.flush()
    served = os.path.join(folder, "scm", "plat", "api.git")
    os.rename(story.git.path, served)
    subprocess.run(["git", "--git-dir", served, "pack-refs", "--all"], check=True)
    resource = "projects/PLAT/repos/api"
    for name in "before", "after":
        writer = Writer(os.path.join(folder, name), story.world)
        writer.everywhere(story.world)
        writer.one(resource, writer.shapes.repository(story.repository))
        write_listing(writer, pulls, resource)
        write_activities(writer, pulls, resource)
        for pull in pulls[5:5 + CHANGED]:
            story.when += HOUR
            review.comment(story.world, pull, story.people["admin"], "Late, but still.", when=story.when)
            review.update(story.world, pull, pull.author.user, title=pull.title + " (late)", when=story.when)
