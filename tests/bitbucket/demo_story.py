"""How a demo repository grows: commits, branches and pull requests, one after the other by one clock."""

import review
from demo_people import signature, zone
from diffs import diff_lines
from pull_requests import Anchor

MINUTE = 60000


class Clock:
    def __init__(self, start):
        self.time = start

    def tick(self, minutes=7):
        """Off the full second, so that a client which cuts milliseconds is found out."""
        self.time += minutes * MINUTE + 137
        return self.time


class Story:
    def __init__(self, world, repository, people, clock):
        self.world, self.repository, self.people, self.clock = world, repository, people, clock
        self.git = repository.git

    def head(self, branch):
        return self.git.refs.get(f"refs/heads/{branch}")

    def commit(self, who, message, changes, branch="main", rebased=False):
        user = self.people[who]
        parent = self.head(branch) or self.head("main")
        when = self.clock.tick()
        committed = self.clock.tick(90) if rebased else None
        content = {path: c.encode() if isinstance(c, str) else c for path, c in changes.items()}
        sha = self.git.commit([parent] if parent else [], signature(user), when, zone(user), message + "\n",
                              content, committed=committed)
        self.git.set_ref(f"refs/heads/{branch}", sha)
        return sha

    def restart(self, branch):
        """The next commit on it begins at main again: a force-push."""
        self.git.set_ref(f"refs/heads/{branch}", self.head("main"))

    def drop(self, branch):
        self.git.set_ref(f"refs/heads/{branch}", None)

    def tag(self, who, name, annotated):
        if annotated:
            user = self.people[who]
            self.git.annotate_tag(name, self.head("main"), signature(user), self.clock.tick(), zone(user),
                                  f"Release {name}\n")
        else:
            self.git.set_ref(f"refs/tags/{name}", self.head("main"))

    def open(self, who, title, branch, reviewers=(), **more):
        return review.open_pull_request(
            self.world, self.repository, self.people[who], title, f"refs/heads/{branch}",
            reviewers=[self.people[name] for name in reviewers], when=self.clock.tick(), **more)

    def comment(self, pull, who, text, **more):
        return review.comment(self.world, pull, self.people[who], text, when=self.clock.tick(), **more)

    def reply(self, pull, parent, who, text, **more):
        return review.reply(self.world, pull, parent, self.people[who], text, when=self.clock.tick(), **more)

    def review(self, pull, who, status="APPROVED"):
        return review.review(self.world, pull, self.people[who], status, when=self.clock.tick())

    def update(self, pull, who, add=(), remove=(), **more):
        return review.update(self.world, pull, self.people[who], add=[self.people[n] for n in add],
                             remove=[self.people[n] for n in remove], when=self.clock.tick(), **more)

    def record(self, pull, who, action, **details):
        return review.record(self.world, pull, action, self.people[who], self.clock.tick(), **details)

    def rescope(self, pull, who):
        """Tells the pull request that its branches have moved."""
        source = pull.from_repository or pull.repository
        from_commit = source.git.refs[pull.from_ref]
        return review.rescope(self.world, pull, self.people[who], from_commit=from_commit,
                              to_commit=self.git.refs[pull.to_ref], when=self.clock.tick())

    def decline(self, pull, who):
        return review.decline(self.world, pull, self.people[who], when=self.clock.tick())

    def reopen(self, pull, who):
        return review.reopen(self.world, pull, self.people[who], when=self.clock.tick())

    def merge(self, pull, who, shows_commit=False):
        place = f"{self.repository.project.key}/{self.repository.slug}"
        source, target = (ref.removeprefix("refs/heads/") for ref in (pull.from_ref, pull.to_ref))
        message = f"Merge pull request #{pull.id} in {place} from {source} to {target}\n"
        sha = self.land(pull, who, message, [self.git.refs[pull.to_ref], pull.from_commit])
        return review.merge(self.world, pull, self.people[who], sha, shows_commit=shows_commit, when=self.clock.tick(0))

    def squash(self, pull, who):
        message = f"Pull request #{pull.id}: {pull.title}\n\nSquashed commit.\n"
        sha = self.land(pull, who, message, [self.git.refs[pull.to_ref]])
        return review.merge(self.world, pull, self.people[who], sha, when=self.clock.tick(0))

    def merge_by_push(self, pull, who):
        """Bitbucket notices that the target holds the source, and knows no commit that did it."""
        pull.to_commit = self.git.refs[pull.to_ref]
        self.land(pull, who, f"Merge branch '{pull.from_ref}'\n", [pull.to_commit, pull.from_commit])
        return review.merge(self.world, pull, self.people[who], None, when=self.clock.tick())

    def land(self, pull, who, message, parents):
        user = self.people[who]
        pull.to_commit = parents[0]
        changes = self.git.merge_changes(parents[0], pull.from_commit)
        sha = self.git.commit(parents, signature(user), self.clock.tick(), zone(user), message, changes)
        self.git.set_ref(pull.to_ref, sha)
        return sha

    def anchor(self, pull, path, kind, nth=0, **more):
        """The nth line of that kind in the pull request's diff of `path`."""
        commits = self.git.store.commits
        old, new = (commits[sha].files.get(path, b"") for sha in (pull.to_commit, pull.from_commit))
        rows = [row for row in diff_lines(old, new) if row[0] == kind]
        file_type = "FROM" if kind == "REMOVED" else "TO"
        line = rows[nth][1 if kind == "REMOVED" else 2]
        return Anchor(path, pull.to_commit, pull.from_commit, line, kind, file_type, **more)
