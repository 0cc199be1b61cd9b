"""Tests as functions, their outcome as TAP."""

import traceback

TESTS = []


class Skip(Exception):
    """Raised by a test that cannot run here; its text says why."""


def test(function):
    TESTS.append(function)
    return function


def equal(got, wanted):
    assert got == wanted, difference(got, wanted)


def difference(got, wanted):
    """In words. Of long lists and sets, what only one of them has."""
    text = f"{got!r} is not {wanted!r}"
    if len(text) < 400 or not all(isinstance(one, (list, set, frozenset)) for one in (got, wanted)):
        return text
    more, less = [one for one in got if one not in wanted], [one for one in wanted if one not in got]
    return f"{more!r} should not be there, and {less!r} is missing" if more or less else text


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
