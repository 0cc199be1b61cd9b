#!/usr/bin/env python3
"""The demo: a fake Bitbucket Server with real Git repositories, and beside it a folder of bare ones, by another provider;
both imported into one store, and what can be asked of it then.

Leaves its work in demo/ for looking at: the connection files, the store and the mirrors.
"""

import os
import shlex
import shutil
import sqlite3
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SOURCE, "tests", "bitbucket"))
sys.dont_write_bytecode = True

from client import FakeBitbucket

DEMO = os.path.join(SOURCE, "demo")
STORE = os.path.join(DEMO, "data", "store.sqlite")
CONNECTION = """[connection]
provider = bitbucket-server
owner = dana@example.com

[settings]
base_url = {url}
username = flow-service
password_file = {folder}/acme.password

[import]
auto_import = PLAT MOB ~jdoe
exclude = */legacy-*
"""
LOCAL = """[connection]
provider = git-directory
owner = dana@example.com

[settings]
directory = {folder}/git
organization = LOCAL

[import]
auto_import = *
"""
ARRIVED = (
    ("organizations", "SELECT count(*) FROM organization"),
    ("repositories listed", "SELECT count(*) FROM repository"),
    ("repositories imported", "SELECT count(*) FROM repository WHERE imported = 1"),
    ("commits", "SELECT count(*) FROM git_commit WHERE reachable = 1"),
    ("pull requests", "SELECT count(*) FROM pull_request"),
    ("reviews", "SELECT count(*) FROM activity WHERE action IN ('APPROVED', 'UNAPPROVED', 'REVIEWED')"),
    ("comments", "SELECT count(*) FROM activity WHERE comment_id IS NOT NULL"),
)
QUESTIONS = (
    ("What came from where?", """
SELECT r.connection, count(DISTINCT r.id) AS repositories, count(c.sha) AS commits
FROM repository r LEFT JOIN git_commit c ON c.connection = r.connection AND c.repository_id = r.id AND c.reachable = 1
WHERE r.imported = 1 GROUP BY 1 ORDER BY 1"""),
    ("Who reviews whom?", """
SELECT reviewer.display_name AS reviewer, author.display_name AS author, count(*) AS reviews
FROM activity a
JOIN pull_request p ON p.connection = a.connection AND p.repository_id = a.repository_id
                   AND p.number = a.pull_request_number
JOIN person reviewer ON reviewer.connection = a.connection AND reviewer.id = a.actor_id
JOIN person author ON author.connection = p.connection AND author.id = p.author_id
WHERE a.action IN ('APPROVED', 'REVIEWED', 'COMMENTED') AND a.actor_id <> p.author_id
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 5"""),
    ("How long from opening to the first review?", """
SELECT r.path, count(*) AS reviewed,
       round(avg(first.at - p.created_at) / 3600000.0, 1) AS mean_hours
FROM pull_request p
JOIN repository r ON r.connection = p.connection AND r.id = p.repository_id
JOIN (SELECT a.connection, a.repository_id, a.pull_request_number, min(a.created_at) AS at
      FROM activity a JOIN pull_request own ON own.connection = a.connection
           AND own.repository_id = a.repository_id AND own.number = a.pull_request_number
      WHERE a.action IN ('APPROVED', 'REVIEWED', 'COMMENTED') AND a.actor_id <> own.author_id
      GROUP BY 1, 2, 3) first
  ON first.connection = p.connection AND first.repository_id = p.repository_id
 AND first.pull_request_number = p.number
GROUP BY 1 ORDER BY 1"""),
    ("How many commits a week?", """
SELECT strftime('%Y-%W', authored_at / 1000, 'unixepoch') AS week, count(*) AS commits,
       sum(insertions) AS insertions, sum(deletions) AS deletions
FROM git_commit WHERE reachable = 1 GROUP BY 1 ORDER BY 1 DESC LIMIT 5"""),
)


def prepare(url):
    shutil.rmtree(DEMO, ignore_errors=True)
    os.makedirs(os.path.join(DEMO, "config", "connections.d"))
    os.makedirs(os.path.join(DEMO, "providers"))
    shutil.copy(os.path.join(SOURCE, "build", ".libs", "bitbucket-server.so"), os.path.join(DEMO, "providers"))
    write("acme.password", "s3cret pass:wörd\n")
    write("config/connections.d/acme.conf", CONNECTION.format(url=url, folder=DEMO))


def write(name, text):
    with open(os.open(os.path.join(DEMO, name), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def git(*arguments):
    person = {"GIT_AUTHOR_NAME": "Dana", "GIT_AUTHOR_EMAIL": "dana@example.com",
              "GIT_COMMITTER_NAME": "Dana", "GIT_COMMITTER_EMAIL": "dana@example.com", "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", *arguments], env=os.environ | person, check=True, capture_output=True)


def prepare_folder():
    """A folder of bare repositories, as Git itself makes them on any machine, and who connects to it."""
    shutil.copy(os.path.join(SOURCE, "build", ".libs", "git-directory.so"), os.path.join(DEMO, "providers"))
    for name in ("scripts", "notes"):
        bare, work = os.path.join(DEMO, "git", name + ".git"), os.path.join(DEMO, "work")
        git("init", "-q", "--bare", "--initial-branch=main", bare)
        git("clone", "-q", bare, work)
        for subject in ("Begin", "Go on"):
            git("-C", work, "commit", "-q", "--allow-empty", "-m", f"{subject} with {name}")
        git("-C", work, "push", "-q", "origin", "HEAD:main")
        shutil.rmtree(work)
    write("config/connections.d/local.conf", LOCAL.format(folder=DEMO))


def source_host(*arguments):
    print(f"\n$ source-host {shlex.join(arguments)}", flush=True)
    environment = os.environ | {
        "SOURCE_HOST_CONFIG": os.path.join(DEMO, "config"), "SOURCE_HOST_DATA": os.path.join(DEMO, "data"),
        "SOURCE_HOST_PROVIDERS": os.path.join(DEMO, "providers")}
    subprocess.run([os.path.join(SOURCE, "build", "source-host"), *arguments], env=environment, check=True)


def print_table(database, sql):
    cursor = database.execute(sql)
    rows = [[column[0] for column in cursor.description]]
    rows += [["" if value is None else str(value) for value in row] for row in cursor]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("   " + "  ".join(value.ljust(width) for value, width in zip(row, widths)).rstrip())


def show():
    with sqlite3.connect(STORE) as database:
        print("\nWhat arrived:")
        for name, sql in ARRIVED:
            print(f"   {database.execute(sql).fetchone()[0]:5} {name}")
        for question, sql in QUESTIONS:
            print(f"\n{question}{sql}\n")
            print_table(database, sql)
    database.close()
    print(f"\nThe store is {os.path.relpath(STORE)}, an SQLite file; the mirrors are beside it.")


def main():
    with FakeBitbucket("--context", "/bitbucket") as fake:
        print(f"A fake Bitbucket Server with real Git repositories listens on {fake.url}")
        prepare(fake.url)
        prepare_folder()
        source_host("providers")
        source_host("check")
        source_host("repos", "acme")
        source_host("repos", "local")
        source_host("import", "acme", "SECRET/vault")
        source_host("sync")
        source_host("status")
    show()


if __name__ == "__main__":
    main()
