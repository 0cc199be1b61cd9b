"""A repository with many old pull requests, for counting the requests that reading them takes."""

import review
from demo_people import signature, zone
from demo_world import create_git

BEGIN = 1514764800000  # 2018-01-01 UTC
DAY = 86400000


def build(world, folder, number):
    """They share three commits; every fourth is declined, the others are merged from outside."""
    jdoe, admin = world.user_named("jdoe"), world.user_named("admin")
    repository = world.add_repository(world.add_project("HIST", "History"), "long")
    create_git(folder, repository)
    git, shas = repository.git, []
    for name in ("one", "two", "three"):
        shas.append(git.commit(shas[-1:], signature(jdoe), BEGIN, zone(jdoe), f"{name}\n", {name: b"x\n"}))
    git.set_ref("refs/heads/main", shas[1])
    git.set_ref("refs/heads/topic", shas[2])
    for index in range(number):
        when = BEGIN + index * DAY // 4
        pull = review.open_pull_request(world, repository, jdoe, f"Old change {index + 1}", "refs/heads/topic",
                                        reviewers=[admin], when=when)
        if index % 2:
            review.comment(world, pull, admin, "Fine.", when=when + 1000)
        review.review(world, pull, admin, "APPROVED", when + 2000)
        if index % 4:
            review.merge(world, pull, admin, None, when=when + 3000)
        else:
            review.decline(world, pull, jdoe, when=when + 3000)
    git.flush()
