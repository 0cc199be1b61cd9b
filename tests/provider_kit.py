"""Runs source-provider-check for a test, on modules that are built, or made of a text by a compiler.

    with Kit() as kit:
        module = kit.compile("shelf", text)
        outcome = kit.check(module, "shelf", base_url="http://shelf.example/")
        equal(outcome.failed, [])
"""

import os
import re
import shlex
import shutil
import subprocess
import tempfile

from hosting import BUILD, SOURCE

PROGRAM = os.path.join(BUILD, "source-provider-check")
CONTRACT = ["-I", os.path.join(SOURCE, "host-api")]


class Outcome:
    """What the kit said: `failed`, `skipped` and `passed` are names of checks."""

    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr
        self.failed = re.findall(r"^not ok \d+ - (.*)$", self.out, re.M)
        self.skipped = re.findall(r"^ok \d+ - (.*) # SKIP .*$", self.out, re.M)
        self.passed = re.findall(r"^ok \d+ - ((?:(?! # SKIP).)*)$", self.out, re.M)

    def notes(self, name):
        """The comments below a check's line."""
        found = re.search(rf"^(?:not )?ok \d+ - {re.escape(name)}\n((?:# .*\n)*)", self.out, re.M)
        return found.group(1) if found else ""

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out}\nstderr: {self.err}"


class Kit:
    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="provider-kit-")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def compile(self, name, text, flags=()):
        """A module of one C text; the compiler's words fail the test."""
        source, module = os.path.join(self.folder, name + ".c"), os.path.join(self.folder, name + ".so")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        compiler = shlex.split(os.environ.get("CC", "cc"))
        subprocess.run([*compiler, "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", *(flags or CONTRACT),
                        "-o", module, source], check=True)
        return module

    def connection(self, provider, **settings):
        path = os.path.join(self.folder, "one.conf")
        lines = ["[connection]", f"provider = {provider}", "[settings]"]
        lines += [f"{key} = {value}" for key, value in settings.items()]
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return path

    def run(self, *arguments, program=PROGRAM, variables=None):
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        return Outcome(subprocess.run([program, *arguments], capture_output=True, text=True, check=False,
                                      env=environment | (variables or {})))

    def check(self, module, provider, *arguments, program=PROGRAM, variables=None, **settings):
        return self.run(module, "--config", self.connection(provider, **settings), *arguments,
                        program=program, variables=variables)
