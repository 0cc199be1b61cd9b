"""The demo world: a few organizations with real git repositories and every kind of pull request."""

import os

import demo_api
import demo_others
from demo_people import People
from demo_story import Clock, Story
from git_repository import GitRepository
from world import World

BEGIN = 1736240400000  # 2025-01-07 09:00 UTC


class Demo:
    def __init__(self, version, folder):
        self.world = World(version)
        self.people = People(self.world)
        self.clock = Clock(BEGIN)
        self.folder = folder

    def repository(self, project, name, with_git=True, **more):
        repository = self.world.add_repository(project, name, **more)
        if with_git:
            create_git(self.folder, repository)
        return repository

    def story(self, repository):
        return Story(self.world, repository, self.people, self.clock)

    def fork(self, origin, owner, name):
        project = self.world.personal_project(self.people[owner])
        repository = self.world.add_repository(project, name, origin=origin, description=origin.description)
        create_git(self.folder, repository)
        return repository


def create_git(folder, repository):
    """Folders are named by id, so that renaming moves nothing."""
    path = os.path.join(folder, f"{repository.id}.git")
    if repository.origin and repository.origin.git:
        repository.git = repository.origin.git.fork(path)
    else:
        repository.git = GitRepository(path)
    repository.git.set_head(repository.default_branch)


def build(version, folder):
    demo = Demo(version, folder)
    add_project = demo.world.add_project
    platform = add_project("PLAT", "Platform", description="Services & libraries for everyone")
    mobile = add_project("MOB", "Mobile apps", description="")
    secret = add_project("SECRET", "Secret things", description="Not for readers", readers={"mira"})
    umlauts = add_project("GROE", "Größe 100% fertig", description='Maße & Gewichte: 100 % "fertig" – ✓')
    add_project("EMPTY", "Nothing yet")
    demo_api.build(demo, platform)
    demo_others.build(demo, platform, mobile, secret, umlauts)
    for repository in demo.world.repositories.values():
        repository.git.flush()
    return demo.world
