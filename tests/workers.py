"""Several processes on one store for a test, each with a data folder of its own, as on machines of their own.

    with Workers(host, fake, ("run", "worker", "worker")) as workers:
        workers.kill(1)
        workers.start(1)           # the same machine again
        workers.freeze(2)
        workers.thaw(2)

The server knows which process asks: request["client"] is the name of a worker, which changes when it is started anew.
"""

import glob
import os
import signal
import time

from running import PATIENCE, Running

# What has changed lately is looked at each 5 s; a machine that is away is not waited for.
PACE = {"list_interval": "2 s", "sync_interval": "20 s", "mirror_grace": "5 s"}
LEASE_S = 10
KINDS = ("run", "worker", "worker", "worker")


def now_ms():
    return int(time.time() * 1000)


def wait_until(condition, patience=PATIENCE, pause=0.05):
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until, f"{condition.__name__} does not come true"
        time.sleep(pause)


def session(leader):
    """All processes of a worker: a Git that it has started is one."""
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader:
            yield int(path.split("/")[2])


class Worker(Running):
    prefix = ("setpriv", "--pdeathsig=KILL")  # frozen or not, it does not outlive a test that is killed

    def __init__(self, host, fake, number, generation, kind, **environment):
        self.number, self.name, self.frozen_since = number, f"w{number}.{generation}", None
        super().__init__(host, clock=False, command=kind, data=os.path.join(host.folder, f"machine{number}"), pace=PACE,
                         **{"http_proxy": fake.root.replace("://", f"://{self.name}:x@"), "no_proxy": "", "NO_PROXY": "",
                            } | environment)

    @property
    def is_alive(self):
        return self.process.poll() is None

    def signal_all(self, number):
        """The worker first, so that it starts nothing more meanwhile."""
        self.process.send_signal(number)
        for pid in session(self.process.pid):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass


class Workers:
    """`deaths`: when each was killed, by name; `pauses`: from when to when each stood still."""

    def __init__(self, host, fake, kinds=KINDS, **environment):
        self.host, self.fake, self.kinds, self.environment = host, fake, kinds, environment
        self.deaths, self.pauses, self.past, self.all = {}, {}, [], [None] * len(kinds)

    def __enter__(self):
        try:
            for number in range(len(self.kinds)):
                self.start(number)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for worker in filter(None, self.all):
            if worker.is_alive:
                worker.signal_all(signal.SIGCONT)
                worker.process.terminate()
        for worker in filter(None, self.all):
            try:
                worker.process.wait(PATIENCE)
            except Exception:
                worker.process.kill()
            worker.__exit__()

    def __getitem__(self, number):
        return self.all[number]

    def __iter__(self):
        return iter(self.all)

    def start(self, number):
        """A new process with the folder of the one before."""
        generation = 1 + sum(name.startswith(f"w{number}.") for name in self.deaths)
        self.all[number] = Worker(self.host, self.fake, number, generation, self.kinds[number], **self.environment)
        self.all[number].__enter__()

    def kill(self, number):
        """With -9, it alone: its Git finds out by itself."""
        worker = self.all[number]
        worker.process.kill()
        worker.process.wait(PATIENCE)
        self.deaths[worker.name] = now_ms()
        worker.__exit__()
        self.past.append(worker)

    def freeze(self, number):
        self.all[number].signal_all(signal.SIGSTOP)
        self.all[number].frozen_since = now_ms()

    def thaw(self, number):
        worker = self.all[number]
        self.pauses.setdefault(worker.name, []).append((worker.frozen_since, now_ms()))
        worker.frozen_since = None
        worker.signal_all(signal.SIGCONT)

    def stop(self):
        """All by SIGTERM; their exit codes."""
        for worker in self.all:
            worker.process.terminate()
        return [worker.process.wait(PATIENCE) for worker in self.all]

    def of(self, event):
        """Such events of all, also of those that are dead."""
        return [one for worker in [*self.past, *self.all] for one in worker.of(event)]

    def harass(self, chance, actions, meanwhile=lambda: None):
        """Kills and freezes at random; those away come back after up to two leases, some at once. All live at the end."""
        away = {}  # number: when it comes back
        while actions or away:
            time.sleep(chance.uniform(0.02, 0.5))
            meanwhile()
            for number in [one for one, when in away.items() if when <= time.monotonic()]:
                del away[number]
                (self.thaw if self.all[number].frozen_since else self.start)(number)
            number = chance.randrange(len(self.all))
            if actions and number not in away:
                actions -= 1
                chance.choice((self.kill, self.freeze))(number)
                away[number] = time.monotonic() + chance.choice((0, chance.uniform(0, 2 * LEASE_S)))


def unsettled(host, since):
    """What is looked at often, but not yet by a run that began after `since` and came to its end."""
    unseen = host.rows("""SELECT j.* FROM job j LEFT JOIN repository r
        ON r.connection = j.connection AND r.id = j.repository_id
        WHERE (j.repository_id = 0 OR r.imported = 1 AND r.listed = 1) AND coalesce(j.next_at, 0) < ? AND NOT EXISTS (
        SELECT 1 FROM sync_run s WHERE s.connection = j.connection AND s.repository_id = j.repository_id
        AND s.started_at >= ? AND s.result = 'done')""", since + 600_000, since)
    waiting = host.rows("""SELECT r.id FROM repository r WHERE r.imported = 1 AND r.listed = 1 AND NOT EXISTS (
        SELECT 1 FROM job j WHERE j.connection = r.connection AND j.repository_id = r.id)""")
    listed = host.rows("SELECT 1 AS n FROM sync_run WHERE repository_id = 0 AND started_at >= ? AND result = 'done'", since)
    return unseen + waiting + ([] if listed else ["the listing"])
