"""Asks a PostgreSQL by its own psql: the tests need no driver."""

import glob
import json
import os
import re
import shutil
import subprocess


def programs():
    """The folder of the newest PostgreSQL's programs; None: there is none."""
    found = glob.glob("/usr/lib/postgresql/*/bin/initdb")
    if found:
        return os.path.dirname(max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", path)]))
    elsewhere = shutil.which("initdb")
    return os.path.dirname(os.path.realpath(elsewhere)) if elsewhere else None


def environment():
    """Without what libpq and the server would take from it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C.UTF-8"}


def query(url, sql):
    """Rows as lists of text; NULL is empty."""
    done = subprocess.run(
        [os.path.join(programs(), "psql"), "-XqAt", "-F", "\x1f", "-R", "\x1e", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql],
        env=environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    rows = done.stdout.removesuffix("\n").split("\x1e") if done.stdout else []
    return [row.split("\x1f") for row in rows]


def literal(value):
    return "NULL" if value is None else "'{}'".format(value.replace("'", "''")) if isinstance(value, str) else str(value)


def rows(url, sql, parameters=()):
    """Rows as dictionaries, numbers as numbers; each ? stands for a parameter."""
    pieces = sql.split("?")
    whole = "".join(piece + literal(value) for piece, value in zip(pieces, parameters)) + pieces[-1]
    return [json.loads(row[0]) for row in query(url, f"SELECT row_to_json(one) FROM ({whole}) AS one")]
