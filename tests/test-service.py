#!/usr/bin/env python3
"""The units of systemd: they are right by its own word, and leave the program little of the machine. Prints TAP."""

import os
import re
import shutil
import subprocess
import tempfile

from hosting import BUILD

from tap import Skip, equal, run, test

UNITS = ("source-host.service", "source-host-worker@.service")
MOST_EXPOSED = 15  # tenths of systemd's own measure, from 0 to 100


def analyze(*arguments):
    if not shutil.which("systemd-analyze"):
        raise Skip("systemd-analyze is not here; it comes with the package systemd")
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


def read(name):
    with open(os.path.join(BUILD, "service", name), encoding="utf-8") as file:
        return file.read()


class Installed:
    """The units with a program that is there."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="source-host-units-")
        paths = []
        for name in UNITS:
            text = re.sub(r"^Documentation=.*\n", "", read(name), flags=re.M)
            path = os.path.join(self.folder, name.replace("@", "@1"))
            with open(path, "w", encoding="utf-8") as file:
                file.write(re.sub(r"(?<=^ExecStart=)\S+", os.path.join(BUILD, "source-host"), text, flags=re.M))
            paths.append(path)
        return paths

    def __exit__(self, *_):
        shutil.rmtree(self.folder)


@test
def systemd_takes_each_unit_as_it_is():
    with Installed() as paths:
        result = analyze("verify", "--recursive-errors=no", *paths)
        equal((result.returncode, result.stderr), (0, ""))


@test
def little_of_the_machine_is_left_to_it():
    with Installed() as paths:
        for path in paths:
            result = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", path)
            assert result.returncode == 0, result.stdout


@test
def a_unit_starts_the_program_with_the_directories_it_makes():
    for name, directory in zip(UNITS, ("source-host", "source-host-worker/%i")):
        text = read(name)
        started = re.search(r"^ExecStart=(\S+) --config (\S+) --data (\S+) (run|worker)$", text, re.M)
        assert started and "@" not in started[0], text
        assert started[3].endswith("/lib/" + directory), started[0]
        assert f"\nStateDirectory={directory}\nStateDirectoryMode=0700\n" in text
        assert "@sandbox@" not in text and "\nProtectSystem=strict\n" in text
        equal(os.path.dirname(started[2] + "/"), read("tmpfiles.d/source-host.conf").split()[1])


if __name__ == "__main__":
    run()
