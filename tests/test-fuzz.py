#!/usr/bin/env python3
"""What fuzzing starts from and what it once found, run once by each target without a fuzzer. Prints TAP."""

import glob
import os
import subprocess

from hosting import BUILD, SOURCE

from tap import TESTS, run

FUZZ = os.path.join(SOURCE, "fuzz")


def inputs(target):
    return sorted(path for kind in ("corpus", "regressions") for path in glob.glob(f"{FUZZ}/{kind}/{target}/*"))


def targets():
    return sorted({os.path.basename(os.path.dirname(path)) for path in glob.glob(f"{FUZZ}/*/*/*")})


def replay(target):
    """The target names each input before it runs it, so that the last one named is the one that broke it."""
    def holds():
        result = subprocess.run([os.path.join(BUILD, "fuzz", target), *inputs(target)], stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True, errors="replace", timeout=300, check=False)
        assert result.returncode == 0, f"exit {result.returncode}\n{result.stderr[-2000:]}"
        assert result.stderr.count(FUZZ) >= len(inputs(target)), "not all of them were run"
    holds.__name__ = f"{target}_holds_for_{len(inputs(target))}_inputs"
    return holds


if __name__ == "__main__":
    TESTS.extend(replay(target) for target in targets())
    assert len(TESTS) > 10, "the inputs are not found"
    run()
