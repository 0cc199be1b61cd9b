"""Runs programs and measures them: seconds, peak memory, instructions."""

import os
import re
import statistics
import subprocess
import tempfile
import time

PAIRS = 5


def run(command, environment=None, output=subprocess.DEVNULL):
    """Seconds that a command takes.  One that fails ends the bench: what it took means nothing."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE,
                               env=environment)
    told = process.stderr.read().decode(errors="replace")
    code = process.wait()
    seconds = time.perf_counter() - begin
    process.stderr.close()
    if code:
        raise RuntimeError(f"{' '.join(command)}: exit {code}\n{told}")
    return seconds


def peak_kib(program, command, environment=None):
    """The most memory that the command itself has had, its children apart; `program` is peak.c's."""
    with tempfile.NamedTemporaryFile(mode="r") as file:
        run([program, file.name, *command], environment)
        return int(file.read())


def instructions(command, environment=None):
    """As callgrind counts them, of the command itself."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command], environment)
        with open(out, encoding="utf-8") as file:
            return int(re.search(r"^(?:summary|totals): (\d+)", file.read(), re.M).group(1))


def in_turn(reference, ours, pairs=PAIRS):
    """Runs both in turn, `pairs` times after once for warming up; what they return, in two lists."""
    reference(), ours()
    taken = [(reference(), ours()) for _ in range(pairs)]
    return [pair[0] for pair in taken], [pair[1] for pair in taken]


def ratio(ours, reference):
    """Median of the ratios of each pair, which what the machine does besides harms least."""
    return statistics.median(one / other for one, other in zip(ours, reference))
