"""`source-host run` for a test: its events as they come, and its clock.

    with Running(host) as run:
        run.wait("synced", path="PLAT/api")
        run.advance(minutes=15)          # lets time pass, and all that is then due be done
"""

import json
import os
import subprocess
import threading
import time

PATIENCE = 60
# Longer intervals than people have: a simulated day is long.
PACE = {"list_interval": "2 h", "sync_interval": "4 h"}


class Running:
    prefix = ()

    def __init__(self, host, *options, clock=True, command="run", data=None, pace=PACE, **environment):
        self.host, self.options, self.command, self.data = host, options, command, data
        self.configure(**pace)
        self.environment = os.environ | environment
        self.events, self.seen, self.due, self.lock = [], 0, None, threading.Condition()
        if clock:
            self.clock = os.path.join(host.folder, "clock")
            self.environment["SOURCE_HOST_CLOCK"] = self.clock
            if not os.path.exists(self.clock):
                self.set_clock(int(time.time() * 1000))

    def __enter__(self):
        command = self.host.command("--log-json", "--debug", *self.options, self.command, data=self.data)
        self.process = subprocess.Popen([*self.prefix, *command], stderr=subprocess.PIPE, text=True, env=self.environment,
                                        start_new_session=True)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.reader.join()
            self.process.stderr.close()

    def configure(self, **settings):
        """Left alone where it is so already: others may be reading it."""
        path = os.path.join(self.host.folder, "config", "source-host.conf")
        text = "[host]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items())
        with open(path, "a+", encoding="ascii") as file:
            file.seek(0)
            if file.read() != text:
                file.truncate(0)
                file.write(text)

    def read(self):
        for line in self.process.stderr:
            with self.lock:
                # What ends it before it logs is said to people.
                self.events.append(json.loads(line) if line[0] == "{" else {"event": "said", "message": line})
                self.lock.notify_all()
        with self.lock:
            self.events.append({"event": "end"})
            self.lock.notify_all()

    def stop(self, signal=None):
        if signal:
            self.process.send_signal(signal)
        else:
            self.process.terminate()
        return self.process.wait(PATIENCE)

    def wait(self, event, **members):
        """The next such event after the one that was waited for last."""
        wanted = {"event": event} | members
        until = time.monotonic() + PATIENCE
        with self.lock:
            while True:
                for at in range(self.seen, len(self.events)):
                    if wanted.items() <= self.events[at].items():
                        self.seen = at + 1
                        return self.events[at]
                    if self.events[at]["event"] == "end":
                        break
                if self.events and self.events[-1]["event"] == "end" or not self.lock.wait(until - time.monotonic()):
                    raise AssertionError(f"no {wanted} after {self.events[self.seen:]}")

    def of(self, event):
        with self.lock:
            return [one for one in self.events if one["event"] == event]

    def now(self):
        with open(self.clock, encoding="ascii") as file:
            return int(file.read())

    def set_clock(self, ms):
        with open(self.clock + ".new", "w", encoding="ascii") as file:
            file.write(str(ms))
        os.rename(self.clock + ".new", self.clock)

    def idle(self):
        """Waits until nothing is due; the value is when something is again, None: nothing will be."""
        due = int(self.wait("idle")["message"].split()[-1])
        self.due = due if due < 2**63 - 1 else None
        return self.due

    def advance(self, **length):
        """From one thing that is due to the next, for so long. It must have been idle before."""
        units = {"minutes": 60, "hours": 3600, "days": 86400}
        end = self.now() + sum(1000 * units[unit] * n for unit, n in length.items())
        while self.due is not None and self.due <= end:
            self.set_clock(self.due)
            self.idle()
        self.set_clock(end)
