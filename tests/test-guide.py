#!/usr/bin/env python3
"""docs/writing-a-provider.md, followed to the letter: beside an installed tree, in an empty folder. Prints TAP."""

import os
import re
import shutil
import subprocess
import tempfile

from hosting import BUILD, SANITIZER, SOURCE
from provider_kit import Kit, Outcome

from tap import Skip, equal, run, test


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as file:
        return file.read()


GUIDE = read("docs", "writing-a-provider.md")
EXAMPLE = read("plugin-git-directory", "git_directory.c")
SHELF = read("tests", "modules", "shelf.c")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.M | re.S)


class Installed:
    """`make install` into a folder, and the environment of somebody who has that in place of /."""

    def __enter__(self):
        if SANITIZER:
            raise Skip("what is built for a sanitizer is not installed")
        self.folder = tempfile.mkdtemp(prefix="guide-")
        self.root, self.work = os.path.join(self.folder, "root"), os.path.join(self.folder, "work")
        os.mkdir(self.work)
        variables = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        subprocess.run(["make", "-s", "-C", BUILD, "install", f"DESTDIR={self.root}"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=variables)
        library = self.place_of("libsource-provider.so")
        self.environment = os.environ | {
            "PATH": self.place_of("source-provider-check") + ":" + os.environ["PATH"], "LD_LIBRARY_PATH": library,
            "PKG_CONFIG_LIBDIR": os.path.join(library, "pkgconfig"), "PKG_CONFIG_SYSROOT_DIR": self.root, "PAGER": "cat"}
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def place_of(self, name):
        """The folder of an installed file."""
        found = [folder for folder, _, names in os.walk(self.root) if name in names]
        assert len(found) == 1, (name, found)
        return found[0]

    def write(self, name, text):
        with open(os.path.join(self.work, name), "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, script):
        return Outcome(subprocess.run(["sh", "-eu", "-c", script], cwd=self.work, env=self.environment,
                                      capture_output=True, text=True, check=False))


@test
def its_pieces_are_the_example():
    equal("\n".join(blocks("c")).split(), EXAMPLE.split())
    equal("\n\n".join(block.rstrip("\n") for block in blocks("c")) + "\n", re.sub(r"\n{3,}", "\n\n", EXAMPLE))


@test
def what_it_shows_of_reviews_is_in_the_shelf():
    pieces = blocks("c shelf")
    assert len(pieces) >= 4, pieces
    equal([piece for piece in pieces if piece not in SHELF], [])


@test
def its_table_has_every_check():
    with Kit() as kit:
        outcome = kit.check(kit.compile("shelf", SHELF), "shelf", base_url="http://shelf.example/", password="let me read")
    named = re.findall(r"^\| ([^|]*[^-| ][^|]*) \| [^|]+ \|$", GUIDE, re.M)[1:]
    equal(named, outcome.passed)


@test
def followed_from_an_empty_folder_it_ends_in_a_passing_kit():
    with Installed() as installed:
        repositories = os.path.join(installed.folder, "git")
        steps = [step.replace("/srv/git", repositories).replace("less ", "cat ") for step in blocks("sh")]
        equal(len(steps), 5)
        installed.write("git_directory.c", "\n".join(blocks("c")))
        (connection,) = blocks("ini")
        installed.write("local.conf", connection.replace("/srv/git", repositories))
        outcome = installed.run(steps[0])
        equal((outcome.code, outcome.err), (0, ""))
        assert "SP_ABI_VERSION" in outcome.out, outcome
        for step in steps[1:3]:
            outcome = installed.run(step)
            equal((outcome.code, outcome.out, outcome.err), (0, "", ""))
        outcome = installed.run(steps[3])
        equal((outcome.code, outcome.err, outcome.failed), (0, "", []))
        assert len(outcome.passed) >= 14, outcome
        outcome = installed.run(steps[4])
        equal((outcome.code, outcome.err), (0, ""))
        assert "git-directory" in outcome.out, outcome


@test
def the_example_is_installed_and_its_module_is_not():
    with Installed() as installed:
        examples = installed.place_of("git_directory.c")
        equal(sorted(os.listdir(examples)), ["git_directory.c", "shelf.c"])
        equal(os.listdir(installed.place_of("bitbucket-server.so")), ["bitbucket-server.so"])
        assert os.path.exists(os.path.join(os.path.dirname(examples), "writing-a-provider.md"))


if __name__ == "__main__":
    run()
