"""The most memory that source-host has had in one run, its children apart."""

import functools
import os
import tempfile

from hosting import BUILD, PLUGIN

PROGRAM = os.path.join(BUILD, "bench", "peak")


@functools.cache
def is_sanitized():
    """Sanitizers need memory of their own, and do not bear to be traced."""
    with open(PLUGIN, "rb") as file:
        module = file.read()
    return any(word in module for word in (b"__asan_init", b"__tsan_init", b"__msan_init"))


def run(host, *command, **options):
    """The result, and KiB; these are 0 where they cannot be told."""
    if is_sanitized():
        return host.run(*command, **options), 0
    with tempfile.NamedTemporaryFile(mode="r", prefix="source-host-peak-") as file:
        result = host.run(*command, prefix=[PROGRAM, file.name], **options)
        return result, int(file.read() or 0)
