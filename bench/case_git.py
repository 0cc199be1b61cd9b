"""Git: a history of 100,000 commits, imported the first time, and ten commits more."""

import os
import shutil
import subprocess

import made_history
import made_pages
from measure import in_turn, peak_kib, run
from ours import GIT, MADE, OURS, Host, helper
from report import Row
from servers import Pages

COMMITS = 100_000
FIRST_RATIO, MORE_RATIO, MOST_KIB = 1.15, 1.5, 24 * 1024
FIRST_PAIRS = 3  # one takes half a minute


def rows():
    folder = made_pages.made(MADE, made_history.history, COMMITS)
    served = os.path.join(folder, "scm", "hist", "long.git")
    with Pages(folder, git=os.path.join(folder, "scm")) as server, Host() as host:
        host.connection("acme", base_url=f"http://127.0.0.1:{server.port}", pull_requests="false")
        mirror = Mirror(os.path.join(host.folder, "reference.git"),
                        f"http://127.0.0.1:{server.port}/scm/hist/long.git")
        yield from first(server, host, mirror)
        host.keep()
        mirror.keep()
        before, after = (git(served, "rev-parse", ref) for ref in ("refs/heads/main", "refs/later/main"))
        git(served, "update-ref", "refs/heads/main", after)
        try:
            yield from more(server, host, mirror)
        finally:
            git(served, "update-ref", "refs/heads/main", before)


def git(directory, *arguments):
    return subprocess.run(["git", "--git-dir", directory, *arguments], env=GIT, check=True, capture_output=True,
                          text=True).stdout.strip()


class Mirror:
    """What git alone does."""

    def __init__(self, path, url):
        self.path, self.url = path, url

    def clone_and_log(self):
        shutil.rmtree(self.path, ignore_errors=True)
        return run(["git", "clone", "--quiet", "--mirror", self.url, self.path], GIT) + \
            run(["git", "--git-dir", self.path, "log", "--all", "--numstat"], GIT)

    def fetch(self):
        shutil.rmtree(self.path)
        shutil.copytree(self.path + ".kept", self.path, copy_function=os.link)
        return run(["git", "--git-dir", self.path, "fetch", "--quiet"], GIT)

    def keep(self):
        os.rename(self.path, self.path + ".kept")
        shutil.copytree(self.path + ".kept", self.path)


def first(server, host, mirror):
    ours = host.command("import", "acme", "HIST/long")

    def once():
        host.forget()
        return run(ours, OURS)

    reference, taken = in_turn(mirror.clone_and_log, once, FIRST_PAIRS)
    host.forget()
    server.clear()
    peak = peak_kib(helper("peak"), ours, OURS)
    counted = server.count()
    yield Row("first import", taken, reference, bound=FIRST_RATIO, requests=counted.requests, bytes=counted.bytes,
              peak_kib=peak)
    yield Row("first import: peak memory", [peak], unit="KiB", bound=MOST_KIB)


def more(server, host, mirror):
    ours = host.command("sync")

    def once():
        host.restore()
        return run(ours, OURS)

    reference, taken = in_turn(mirror.fetch, once)
    host.restore()
    server.clear()
    peak = peak_kib(helper("peak"), ours, OURS)
    counted = server.count()
    yield Row("10 commits more", taken, reference, bound=MORE_RATIO, requests=counted.requests, bytes=counted.bytes,
              peak_kib=peak)
    yield Row("10 commits more: peak memory", [peak], unit="KiB", bound=MOST_KIB)
