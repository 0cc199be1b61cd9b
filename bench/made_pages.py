"""Pages made beforehand, as files that nginx serves: PATH/START.json for each page of a listing.

Their shapes are those of tests/bitbucket, which is held to what real servers answered.  Made once for each size, and
again when what makes them has changed.
"""

import hashlib
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(os.path.dirname(HERE), "tests")
sys.path[:0] = [TESTS, os.path.join(TESTS, "bitbucket")]

import listing_world
from pages import Paging, encode, page
from shapes import Shapes
from version import Version

VERSION = Version("8.19.2")
REST = "rest/api/1.0"
BASE_URL = "http://127.0.0.1:7990"


def makers():
    """What the pages depend on."""
    digest = hashlib.sha256()
    for folder in HERE, os.path.join(TESTS, "bitbucket"):
        for name in sorted(os.listdir(folder)):
            if name.startswith("made_") or name.endswith(("world.py", "shapes.py", "pages.py", "diffs.py")):
                with open(os.path.join(folder, name), "rb") as file:
                    digest.update(file.read())
    return digest.hexdigest()


def made(folder, make, *size):
    """The folder that make(folder, *size) has filled, now or before."""
    folder = os.path.join(folder, "-".join(map(str, (make.__name__, *size))))
    stamp = os.path.join(folder, "made-by")
    if os.path.exists(stamp) and open(stamp, encoding="utf-8").read() == makers():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    print(f"making {os.path.basename(folder)}", file=sys.stderr)
    make(folder, *size)
    with open(stamp, "w", encoding="utf-8") as file:
        file.write(makers())
    return folder


class Writer:
    """Writes what a server of this world would answer to one of its users."""

    def __init__(self, folder, world):
        self.folder = folder
        self.shapes = Shapes(VERSION, BASE_URL, world, caller=world.user_named("flow-service"))

    def pages(self, resource, rows, shape, limit):
        """One listing.  `limit` is the most rows that its server gives at once."""
        folder = os.path.join(self.folder, REST, resource)
        os.makedirs(folder, exist_ok=True)
        for start in range(0, max(1, len(rows)), limit):
            body = page(Paging(), {"start": str(start), "limit": str(limit)}, rows, lambda row: encode(shape(row)), limit)
            with open(os.path.join(folder, f"{start}.json"), "wb") as file:
                file.write(body)

    def one(self, resource, shape):
        """What is no listing."""
        folder = os.path.join(self.folder, REST, resource)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "0.json"), "wb") as file:
            file.write(encode(shape))

    def everywhere(self, world):
        """What each listing begins with: the login is proven by one person, then come projects and repositories.  And
        what is asked once by who asks for much."""
        self.one("admin/rate-limit/settings", {"enabled": False})
        projects = [project for project in world.projects.values() if not project.is_personal]
        self.pages("users", list(world.users.values())[:1], self.shapes.user, 1)
        self.pages("projects", projects, self.shapes.project, 1000)
        self.pages("repos", list(world.repositories.values()), self.shapes.repository, 1000)


def listing(folder, repositories, organizations):
    world = listing_world.build(VERSION, repositories, organizations)
    Writer(folder, world).everywhere(world)
