"""Bare git repositories: their objects are written by git fast-import, and mirrored in memory for REST."""

import heapq
import os
import subprocess
from dataclasses import dataclass, field
from itertools import count

CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[uploadpack]
\tallowFilter = true
[http]
\treceivepack = false
"""


def git_environment():
    """Nothing of the caller's git may leak in: not its configuration, not its GIT_DIR."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return clean | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}


@dataclass(eq=False)
class Commit:
    sha: str
    parents: list
    author: tuple
    committer: tuple
    author_time: int
    committer_time: int
    message: str
    files: dict = field(repr=False)


class ObjectStore:
    """The commits of a repository and its forks, which share them as on the real server."""

    def __init__(self):
        self.commits = {}
        self.writer = None
        self.writing = None

    def write_to(self, repository):
        if self.writing is not repository:
            self.flush()
            self.writer, self.writing = FastImport(repository.path, is_packed=not self.commits), repository
        return self.writer

    def flush(self):
        writer, self.writer, self.writing = self.writer, None, None
        if writer:
            writer.close()


class FastImport:
    """With `is_packed` the objects are one file, even if they are few."""

    def __init__(self, git_dir, is_packed):
        options = ("-c", "fastimport.unpackLimit=0", "-c", "core.fsync=none") if is_packed else ()
        self.process = subprocess.Popen(
            ["git", f"--git-dir={git_dir}", *options, "fast-import", "--quiet", "--force"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=git_environment())
        self.marks = {}
        self.new_mark = count(1).__next__

    def send(self, *parts):
        for part in parts:
            self.process.stdin.write(part if isinstance(part, bytes) else part.encode())

    def data(self, content):
        content = content if isinstance(content, bytes) else content.encode()
        self.send(f"data {len(content)}\n", content, "\n")

    def sha_of(self, mark):
        self.send(f"get-mark :{mark}\n")
        self.process.stdin.flush()
        sha = self.process.stdout.readline().decode().strip()
        self.marks[sha] = mark
        return sha

    def name(self, sha):
        """Objects of this very run have no other name than their mark yet."""
        return f":{self.marks[sha]}" if sha in self.marks else sha

    def reset(self, ref, sha):
        self.send(f"reset {ref}\n", f"from {self.name(sha)}\n\n" if sha else "from " + "0" * 40 + "\n\n")

    def close(self):
        self.send("reset refs/import\n\n")
        self.process.stdin.close()
        if self.process.wait():
            raise RuntimeError("git fast-import failed")
        self.process.stdout.close()


def stamp(person, when, zone):
    return f"{person[0]} <{person[1]}> {when // 1000} {zone}"


class GitRepository:
    def __init__(self, path, store=None, objects_of=None):
        self.path = path
        self.store = store or ObjectStore()
        self.refs = {}
        self.tag_objects = {}
        os.makedirs(os.path.join(path, "refs"))
        if objects_of:
            os.symlink(os.path.join(objects_of, "objects"), os.path.join(path, "objects"))
        else:
            os.makedirs(os.path.join(path, "objects"))
        with open(os.path.join(path, "config"), "w", encoding="utf-8") as file:
            file.write(CONFIG)
        self.set_head("refs/heads/main")

    def set_head(self, ref):
        """At once: a git that starts meanwhile must never find a HEAD that is empty."""
        head = os.path.join(self.path, "HEAD")
        with open(head + ".new", "w", encoding="utf-8") as file:
            file.write(f"ref: {ref}\n")
        os.replace(head + ".new", head)

    def fork(self, path):
        self.store.flush()
        fork = GitRepository(path, self.store, objects_of=self.path)
        fork.refs = {ref: sha for ref, sha in self.refs.items() if ref.startswith(("refs/heads/", "refs/tags/"))}
        fork.tag_objects = dict(self.tag_objects)
        with open(os.path.join(path, "packed-refs"), "w", encoding="utf-8") as file:
            file.writelines(f"{self.tag_objects.get(ref, sha)} {ref}\n" for ref, sha in sorted(fork.refs.items()))
        return fork

    def commit(self, parents, author, when, zone, message, changes, committer=None, committed=None):
        """Commits `changes` (path: bytes, or None to delete) on the first parent's files."""
        writer = self.store.write_to(self)
        committer, committed = committer or author, committed or when
        files = dict(self.store.commits[parents[0]].files) if parents else {}
        mark = writer.new_mark()
        writer.send("" if parents else "reset refs/import\n\n", f"commit refs/import\nmark :{mark}\n",
                    f"author {stamp(author, when, zone)}\ncommitter {stamp(committer, committed, zone)}\n")
        writer.data(message)
        for verb, parent in zip(["from"] + ["merge"] * len(parents), parents):
            writer.send(f"{verb} {writer.name(parent)}\n")
        for path, content in changes.items():
            if content is None:
                writer.send(f"D {path}\n")
                files.pop(path, None)
            else:
                writer.send(f"M 100644 inline {path}\n")
                writer.data(content)
                files[path] = content
        writer.send("\n")
        sha = writer.sha_of(mark)
        self.store.commits[sha] = Commit(sha, list(parents), author, committer, when // 1000 * 1000,
                                         committed // 1000 * 1000, message, files)
        return sha

    def merge_changes(self, ours, theirs):
        """What `theirs` did since both parted, to be committed on `ours`."""
        ours_known = self.reachable(ours)
        base = next(c for c in self.rev_list(theirs) if c in ours_known)
        old, new = self.store.commits[base].files, self.store.commits[theirs].files
        return {path: new.get(path) for path in sorted(old.keys() | new.keys()) if old.get(path) != new.get(path)}

    def set_ref(self, ref, sha):
        self.store.write_to(self).reset(ref, sha)
        if sha:
            self.refs[ref] = sha
        else:
            self.refs.pop(ref, None)

    def annotate_tag(self, name, sha, tagger, when, zone, message):
        writer = self.store.write_to(self)
        mark = writer.new_mark()
        writer.send(f"tag {name}\nmark :{mark}\nfrom {writer.name(sha)}\ntagger {stamp(tagger, when, zone)}\n")
        writer.data(message)
        self.refs[f"refs/tags/{name}"] = sha
        self.tag_objects[f"refs/tags/{name}"] = writer.sha_of(mark)

    def flush(self):
        self.store.flush()

    def reachable(self, sha):
        seen, todo = set(), [sha]
        while todo:
            sha = todo.pop()
            if sha not in seen:
                seen.add(sha)
                todo.extend(self.store.commits[sha].parents)
        return seen

    def rev_list(self, include, exclude=None):
        """The order of `git rev-list include ^exclude`: newest committer date first."""
        commits = self.store.commits
        seen = self.reachable(exclude) if exclude else set()
        queue, order, found = [], 0, []

        def push(sha):
            nonlocal order
            if sha not in seen:
                seen.add(sha)
                order += 1
                heapq.heappush(queue, (-commits[sha].committer_time, order, sha))

        push(include)
        while queue:
            sha = heapq.heappop(queue)[2]
            found.append(sha)
            for parent in commits[sha].parents:
                push(parent)
        return found
