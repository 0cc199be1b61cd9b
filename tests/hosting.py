"""Runs source-host for a test: directories of its own, the built plugin dropped in.

    with Hosting() as host:
        host.connection("acme", base_url=fake.url)
        result = host.run("sync")
        rows = host.rows("SELECT path FROM repository")
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import psql

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.environ.get("SH_BUILD", os.path.join(SOURCE, "build"))
PLUGIN = os.path.join(BUILD, ".libs", "bitbucket-server.so")
# What is built in: "address", "thread" or nothing
SANITIZER = os.environ.get("SH_SANITIZERS", "")
PASSWORD = "s3cret pass:wörd"

sys.path.insert(0, os.path.join(SOURCE, "tests", "bitbucket"))
sys.dont_write_bytecode = True


class Result:
    def __init__(self, process):
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr

    @property
    def objects(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out}\nstderr: {self.err}"


class Hosting:
    """`url` is that of a PostgreSQL database; else the store is a file."""

    def __init__(self, url=None):
        self.url = url

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="source-host-test-")
        self.store = self.url or os.path.join(self.folder, "data", "store.sqlite")
        self.data = os.path.join(self.folder, "data")
        self.connections = os.path.join(self.folder, "config", "connections.d")
        self.providers = os.path.join(self.folder, "providers")
        os.makedirs(self.connections)
        os.makedirs(self.providers)
        shutil.copy(PLUGIN, self.providers)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def write(self, name, text, mode=0o600):
        path = os.path.join(self.connections, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path + ".new", mode)
        os.replace(path + ".new", path)  # `run` may be reading it
        return path

    def connection(self, name, imports=None, **settings):
        """Writes a connection file for the service account; a setting of None leaves it out."""
        settings = {"username": "flow-service", "password": PASSWORD} | settings
        lines = ["[connection]", "provider = bitbucket-server", "owner = dana@example.com", "[settings]"]
        lines += [f"{key} = {value}" for key, value in settings.items() if value is not None]
        if imports:
            lines += ["[import]"] + [f"{key} = {value}" for key, value in imports.items()]
        return self.write(name + ".conf", "\n".join(lines) + "\n")

    def command(self, *arguments, data=None):
        store = ["--store", self.url] if self.url else []
        return [os.path.join(BUILD, "source-host"), "--config", os.path.join(self.folder, "config"),
                "--providers", self.providers, "--data", data or self.data, *store, *arguments]

    def run(self, *arguments, prefix=(), variables=None, **options):
        environment = {key: value for key, value in os.environ.items()
                       if not key.lower().endswith("_proxy") and not key.startswith("SOURCE_HOST_")} | (variables or {})
        return Result(subprocess.run([*prefix, *self.command(*arguments)], capture_output=True, text=True,
                                     check=False, env=environment, **options))

    def rows(self, sql, *parameters):
        """Rows of a query, as dictionaries."""
        if self.url:
            return psql.rows(self.url, sql, parameters)
        with sqlite3.connect(self.store) as database:
            database.row_factory = sqlite3.Row
            rows = [dict(row) for row in database.execute(sql, parameters)]
        database.close()
        return rows
