#!/usr/bin/env python3
"""Memory runs out while repositories are listed and imported, and in `source-host run`. Prints TAP."""

import os
import subprocess
import time

from failing import HOW_MANY
from failing_commands import PATH, PATIENCE_S, FailingHosting, Trial
from hosting import Result

from client import FakeBitbucket
from tap import run, test

DAY_MS = 24 * 3600 * 1000


class Run(Trial):
    """`source-host run` until it has nothing to do. It bears what commands end with, and tries again."""

    def act(self, order):
        clock = os.path.join(self.host.folder, "clock")
        with open(clock, "w", encoding="ascii") as file:
            file.write(str(int(time.time() * 1000) + DAY_MS))  # everything is due
        environment = self.host.environment(order) | {"SOURCE_HOST_CLOCK": clock}
        process = subprocess.Popen(self.host.command("--debug", *self.arguments), env=environment, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = []
        for line in process.stderr:
            said.append(line)
            if "nothing is due before" in line:
                break
        process.terminate()
        out, rest = process.communicate(timeout=PATIENCE_S)
        return Result(subprocess.CompletedProcess([], process.returncode, out, "".join(said) + rest))

    def orders(self):
        """Where all fails from then on, it tries until it is ended: that takes too long for each site."""
        return [order if HOW_MANY == "all" else order.removesuffix(" forever") for order in super().orders()]


@test
def repos():
    with FakeBitbucket() as fake, FailingHosting(fake) as host:
        host.runs_out("repos", "acme")
        host.runs_out("repos", "acme", "--json")


@test
def import_sync_and_run():
    with FakeBitbucket() as fake, FailingHosting(fake) as host:
        host.runs_out("import", "acme", PATH)
        host.imports()
        host.runs_out("sync")
        host.runs_out("run", after=("sync",), trial=Run)


if __name__ == "__main__":
    run()
