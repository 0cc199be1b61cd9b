"""The listing world: many repositories, nothing in them."""

from demo_people import People
from world import World


def build(version, repositories, organizations):
    """The first organization holds as many repositories as all the others together."""
    world = World(version)
    People(world)
    projects = [world.add_project(f"ORG{n}", f"Organization {n}", description=f"Number {n}")
                for n in range(1, organizations + 1)]
    others = projects[1:] or projects
    for number in range(repositories):
        project = projects[0] if number % 2 == 0 else others[number // 2 % len(others)]
        world.add_repository(project, f"repository-{number + 1:05}", description=f"Repository {number + 1}")
    return world
