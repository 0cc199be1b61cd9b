"""The data model: people, projects, repositories, and where to find them."""

import re
import threading
import time
import unicodedata
from dataclasses import dataclass, field
from itertools import count

GLOBAL_PERMISSIONS = ("LICENSED_USER", "PROJECT_CREATE", "ADMIN", "SYS_ADMIN")


@dataclass(eq=False)
class User:
    id: int
    name: str
    display_name: str
    email: str | None
    slug: str
    type: str = "NORMAL"
    active: bool = True
    password: str | None = None
    permission: str = "LICENSED_USER"

    @property
    def is_admin(self):
        return self.permission in ("ADMIN", "SYS_ADMIN")


@dataclass(eq=False)
class Project:
    id: int
    key: str
    name: str
    description: str | None = None
    public: bool = False
    owner: User | None = None
    # None: every licensed user reads it.
    readers: set | None = None
    repositories: dict = field(default_factory=dict)

    @property
    def is_personal(self):
        return self.owner is not None

    @property
    def path_key(self):
        """The key as it is written in paths: ~jdoe although answers say ~JDOE."""
        return "~" + self.owner.slug if self.owner else self.key


@dataclass(eq=False)
class Repository:
    id: int
    slug: str
    name: str
    project: Project
    description: str | None = None
    public: bool = False
    archived: bool = False
    state: str = "AVAILABLE"
    default_branch: str = "refs/heads/main"
    origin: "Repository | None" = None
    hierarchy_id: str = ""
    readers: set = field(default_factory=set)
    # Names of those who may not read it, whatever else they may, and whether listings show it to them.
    refused: set = field(default_factory=set)
    refused_is_listed: bool = False
    git: object = None
    pull_requests: dict = field(default_factory=dict)
    last_pull_request: int = 0


def slug_of(name):
    """Slugs hold no accents and nothing that a path would have to encode."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_.]+", "-", plain).strip("-")


def user_slug_of(name):
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in plain)


class World:
    def __init__(self, version):
        self.version = version
        self.lock = threading.RLock()
        self.users = {}
        self.projects = {}
        self.repositories = {}
        self.moved = {}
        self.generation = 0
        self.new_user_id = count(1).__next__
        self.new_project_id = count(1).__next__
        self.new_repository_id = count(1).__next__
        self.new_activity_id = count(101).__next__
        self.new_comment_id = count(11).__next__
        self._last_time = 0

    def now(self):
        """Milliseconds, never twice the same, so that an order by time is an order."""
        self._last_time = max(int(time.time() * 1000), self._last_time + 1)
        return self._last_time

    def changed(self):
        self.generation += 1

    def add_user(self, name, display_name, email, **more):
        user = User(self.new_user_id(), name, display_name, email, user_slug_of(name), **more)
        self.users[user.id] = user
        return user

    def add_project(self, key, name, **more):
        project = Project(self.new_project_id(), key, name, **more)
        self.projects[project.id] = project
        return project

    def personal_project(self, user):
        for project in self.projects.values():
            if project.owner is user:
                return project
        return self.add_project("~" + user.slug.upper(), user.display_name, owner=user)

    def add_repository(self, project, name, slug=None, **more):
        slug = slug or slug_of(name)
        if slug in project.repositories:
            raise ValueError(f"{project.key}/{slug} exists")
        number = self.new_repository_id()
        origin = more.get("origin")
        hierarchy = origin.hierarchy_id if origin else f"{0x9E3779B97F4A7C15 * number & (1 << 80) - 1:020x}"
        repository = Repository(number, slug, name, project, hierarchy_id=hierarchy, **more)
        project.repositories[slug] = repository
        self.repositories[number] = repository
        self.moved.pop((project.path_key.lower(), slug), None)
        return repository

    def user_named(self, name):
        wanted = name.lower()
        return next((u for u in self.users.values() if u.name.lower() == wanted), None)

    def user_with_slug(self, slug):
        wanted = slug.lower()
        return next((u for u in self.users.values() if u.slug.lower() == wanted and u.active), None)

    def project_at(self, key):
        wanted = key.lower()
        return next((p for p in self.projects.values() if p.path_key.lower() == wanted), None)

    def repository_at(self, key, slug):
        project = self.project_at(key)
        return project.repositories.get(slug.lower()) if project else None

    def repository_once_at(self, key, slug):
        return self.moved.get((key.lower(), slug.lower()))

    def relocate(self, repository, project, name):
        """Rename or move; the old path goes on to lead here until another takes it."""
        slug = slug_of(name)
        if project.repositories.get(slug) not in (None, repository):
            raise ValueError(f"{project.key}/{slug} exists")
        del repository.project.repositories[repository.slug]
        self.moved[(repository.project.path_key.lower(), repository.slug)] = repository
        repository.project, repository.slug, repository.name = project, slug, name
        project.repositories[slug] = repository
        self.moved.pop((project.path_key.lower(), slug), None)

    def delete_repository(self, repository):
        del repository.project.repositories[repository.slug]
        del self.repositories[repository.id]
        self.moved = {path: r for path, r in self.moved.items() if r is not repository}
        for other in self.repositories.values():
            if other.origin is repository:
                other.origin = None
            for pull_request in other.pull_requests.values():
                if pull_request.from_repository is repository:
                    pull_request.from_repository = None
