"""Lets memory run out in a command of source-host, at some sites, and says what is wrong with what it did then.

    with FakeBitbucket() as fake, FailingHosting(fake) as host:
        host.runs_out("status")
"""

import os
import re
import shutil
import sqlite3
import subprocess

from failing import (HOW_MANY, OTHER_WORDS, SAYS_IT, SEED, SHOWN, Report, every_allocation, every_site, need_malloc,
                     some_of)
from hosting import BUILD, Hosting
from truth_tables import QUERIES

LIBRARY = os.path.join(BUILD, ".libs", "libfailing-malloc.so")
PATH = "PLAT/docs"
# So many of our functions, from whoever asks for memory upwards, make a site: those above bear an error like any other.
DEPTH = 3
PATIENCE_S = 60
MOST = 40  # sites of a command
QUIET = ("exit 0", "")


class FailingHosting(Hosting):
    """A host with one connection, acme, to the fake; `imported`: it has imported PLAT/docs already."""

    def __init__(self, fake, imported=False):
        super().__init__()
        self.fake, self.imported, self.tried = fake, imported, set()

    def __enter__(self):
        need_malloc()
        super().__enter__()
        self.report_path = os.path.join(self.folder, "report")
        self.connection("acme", base_url=self.fake.url)
        self.kept = {name: os.path.join(self.folder, name + ".kept") for name in ("data", "config")}
        if self.imported:
            self.imports()
        self.keep()
        return self

    def imports(self):
        self.restore()
        done = self.run("import", "acme", PATH)
        assert done.code == 0, done
        self.keep()

    def keep(self):
        """What is restored from now on."""
        for name, kept in self.kept.items():
            shutil.rmtree(kept, ignore_errors=True)
            if os.path.exists(os.path.join(self.folder, name)):
                shutil.copytree(os.path.join(self.folder, name), kept)

    def restore(self):
        for name, kept in self.kept.items():
            if name == "config" and not os.path.exists(kept):
                continue
            shutil.rmtree(os.path.join(self.folder, name), ignore_errors=True)
            if os.path.exists(kept):
                shutil.copytree(kept, os.path.join(self.folder, name))

    def command(self, *arguments, data=None):
        """The program itself: memory is not to run out in the script that libtool wraps it in."""
        return [os.path.join(BUILD, ".libs", "source-host"), *super().command(*arguments, data=data)[1:]]

    def environment(self, order=None):
        environment = {name: value for name, value in os.environ.items()
                       if not name.lower().endswith("_proxy") and not name.startswith("SOURCE_HOST_")}
        environment |= {"LD_LIBRARY_PATH": os.path.join(BUILD, ".libs"), "LC_ALL": "C.UTF-8"}
        if order is not None:
            environment |= {"LD_PRELOAD": LIBRARY, "FAILING_MALLOC": f"depth={DEPTH} {order}",
                            "FAILING_MALLOC_REPORT": self.report_path}
        return environment

    def run(self, *arguments, order=None, **options):
        return super().run(*arguments, variables=self.environment(order), timeout=PATIENCE_S, errors="replace",
                           **options)

    def report(self):
        return Report(self.report_path)

    def stored(self):
        """What the store holds of the server, and of the jobs what does not depend on the time."""
        if not os.path.exists(self.store) or not self.rows("SELECT 1 FROM sqlite_master WHERE name = 'activity'"):
            return None  # it gets its tables with the next command
        tables = {name: sorted(map(str, self.rows(query, "acme"))) for name, query in QUERIES.items()}
        return tables | {"job": sorted(map(str, self.rows("SELECT connection, repository_id, state FROM job")))}

    def check_store(self):
        if not os.path.exists(self.store):
            return
        with sqlite3.connect(self.store) as database:
            told = database.execute("PRAGMA integrity_check").fetchall()
        database.close()
        assert told == [("ok",)], f"the store is damaged: {told}"

    def runs_out(self, *arguments, after=None, trial=None, **options):
        """`after`: what must do as ever then; default: the same again."""
        (trial or Trial)(self, arguments, after or arguments, options).run()


class Trial:
    def __init__(self, host, arguments, after, options):
        self.host, self.arguments, self.after, self.options = host, arguments, after, options
        self.name = " ".join(str(one) for one in arguments if not str(one).startswith("/"))
        self.tried = self.reached = self.failed = self.borne = 0

    def act(self, order):
        return self.host.run(*self.arguments, order=order, **self.options)

    def orders(self):
        """Of some: sites of the host that no command before has tried, in turns alone and with all that follows; and
        which of the two, the seed says, too. Those of the provider are tried by test-out-of-memory.py."""
        if HOW_MANY == "all":
            return every_allocation(self.usual_report)
        if HOW_MANY == "sites":
            return every_site(self.usual_report)
        sites = sorted(name for name, site in self.usual_report.sites.items()
                       if site.asker == "source-host" and site.whose != "spared" and name not in self.host.tried)
        chosen = some_of(sites, MOST)
        self.host.tried.update(chosen)
        return [f"site={name}{' forever' if (n + SEED) % 2 else ''}" for n, name in enumerate(chosen)]

    def measure(self):
        """What it does without a failure."""
        self.host.restore()
        self.usual = self.act("")
        self.usual_report = self.host.report()
        self.usual_after = self.host.run(*self.after, **self.options)
        self.right = [self.host.stored()]

    def check_words(self, result):
        """Its exit code, and what it says."""
        assert 0 <= result.code < 100, f"it ends by {result.code}"
        lines = result.err.splitlines()
        assert all(re.fullmatch("source-host: [ -~]+", line) for line in lines), "that is no clean line"
        said = any(words.search(result.out + result.err) for words in (SAYS_IT, OTHER_WORDS))
        if result.code == self.usual.code:
            whole = without_times(result.out) == without_times(self.usual.out)
            assert whole or said, "it does not do all, and does not say so"
        else:
            assert said, "it does not say why"

    def check_rest(self):
        leaks = self.host.report().leaks(self.usual_report)
        assert not leaks, "it leaks" + "".join(map(str, leaks))
        self.host.check_store()
        left = [name for name in os.listdir(self.host.connections) if not name.endswith(".conf")]
        assert not left, f"it leaves {left}"

    def check_after(self):
        after = self.host.run(*self.after, **self.options)
        assert after.code in (self.usual.code, self.usual_after.code), f"the next run fails: {after}"
        stored = self.host.stored()
        assert stored in self.right, f"after the next run the rows differ: {differing(stored, self.right[0])}"

    def obey(self, order):
        self.host.restore()
        try:
            result = self.act(order)
        except subprocess.TimeoutExpired:
            return "it hangs", ""
        report = self.host.report()
        self.tried, self.reached = self.tried + 1, self.reached + (report.failed > 0)
        self.failed, self.borne = self.failed + report.failed, self.borne + (result.code == self.usual.code)
        try:
            self.check_words(result)
            self.check_rest()
            self.check_after()
        except AssertionError as reason:
            return str(reason), f"{result}\n where it ran out:{report.failed_at}"
        return QUIET

    def run(self):
        self.measure()
        wrong = []
        for order in self.orders():
            reason, where = self.obey(order)
            if (reason, where) != QUIET:
                wrong.append(f"{order}: {reason}\n  {where}")
        print(f"# {self.name}: memory ran out in {self.reached} of {self.tried} ways, {self.failed} allocations failed;"
              f" {self.borne} times it did without (OUT_OF_MEMORY_SEED={SEED})", flush=True)
        assert self.reached >= self.tried * 3 // 4, "most must be reached again"
        assert not wrong, f"{len(wrong)} of {self.tried}\n" + "\n".join(wrong[:SHOWN])


class Change(Trial):
    """What was to be changed is, or is as before."""

    def measure(self):
        super().measure()
        self.host.restore()
        self.right.append(self.host.stored())


def without_times(text):
    return re.sub(r"_ms\":\d+|\d+ ms|\d{4}-\d\d-\d\d \d\d:\d\d|\b\d{13}\b|in \d+ (s|min)", "#", text)


def differing(one, other):
    if one is None or other is None:
        return "there is no store"
    return {name: (set(one[name]) ^ set(other[name])) for name in other if one[name] != other[name]}
