"""Tests as functions, their outcome as TAP."""

import traceback

TESTS = []


class Skip(Exception):
    """Raised by a test that cannot run here; its text says why."""


def test(function):
    TESTS.append(function)
    return function


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def run():
    print(f"1..{len(TESTS)}")
    for number, function in enumerate(TESTS, 1):
        name = function.__name__.replace("_", " ")
        try:
            function()
            print(f"ok {number} - {name}", flush=True)
        except Skip as reason:
            print(f"ok {number} # SKIP {reason}", flush=True)
        except Exception:
            print(f"not ok {number} - {name}")
            print("".join(f"# {line}\n" for line in traceback.format_exc().splitlines()), end="", flush=True)
