"""What tests of memory that runs out share: orders for failing_malloc.c, and what it reports.

A site (see failing_malloc.h) fails alone, or with all that is asked for after it. The same code is asked thousands of
times, so that, as in curl's own tests, not each allocation is tried: where they are many, some are. OUT_OF_MEMORY_SEED=N
tries others, and OUT_OF_MEMORY_SEED=random, as in `./dev soak`, some that it tells. OUT_OF_MEMORY=sites tries each site
of each command both ways, OUT_OF_MEMORY=all each allocation; both take hours.
"""

import functools
import os
import random
import re
import subprocess

from hosting import SANITIZER

from tap import Skip

HOW_MANY = os.environ.get("OUT_OF_MEMORY", "some")
SEED = os.environ.get("OUT_OF_MEMORY_SEED") or 1
SEED = random.randrange(10**6) if SEED == "random" else int(SEED)
# What does not tell memory from something else: libcurl, of its resolver; pthread_create, of what a thread needs.
OTHER_WORDS = re.compile(r"Could not resolve host|getaddrinfo\(\) thread failed to start"
                         r"|cannot start a thread: Resource temporarily unavailable")
SHOWN = 10  # of what is wrong
SAYS_IT = re.compile(r"out of memory|Cannot allocate memory")

# What libraries keep, or do not give back after a failure of their own. libc: locales, its words for an error of
# dlopen, the stack of a thread that has ended, buffers of streams. libltdl: lt_dlinit and lt_dlexit leave a loader
# behind when they cannot box it, or copy it to unbox it. json-c (0.16): the copy of a key whose table cannot grow.
# OpenSSL: what it had made of itself when its initialization fails.
LEAVE_SOMETHING = ("_nl_", "dlerror", "_dl_allocate_tls", "_IO_file_doallocate", "libltdl.so",
                   "json_object_object_add_ex", "CRYPTO_THREAD_lock_new")


class Site:
    def __init__(self, line):
        self.hash, first, count, live, whose, *self.frames = line.split()
        self.first, self.count, self.live, self.whose = int(first), int(count), int(live), whose

    @property
    def is_known_leak(self):
        """Who asks is a library that is known for it."""
        return any(known in one for one in map(function_of, self.frames[:4]) for known in LEAVE_SOMETHING)

    @property
    def asker(self):
        """The file of ours that asks, or calls the library that does."""
        ours = [frame for frame in self.frames if not frame.startswith(("/lib", "/usr/"))]
        return os.path.basename(ours[0].rpartition("+")[0]) if ours else ""

    def __str__(self):
        return "".join("\n    " + one for one in map(function_of, self.frames))


class Report:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            head, *lines = file.read().splitlines()
        _, asked, _, failed, _, self.at = head.split()
        self.asked, self.failed = int(asked), int(failed)
        self.sites = {site.hash: site for site in map(Site, lines)}

    @property
    def failed_at(self):
        return self.sites.get(self.at)

    def leaks(self, usual):
        """Sites of which more lives at the end than without a failure."""
        more = [site for name, site in self.sites.items()
                if site.live > (usual.sites[name].live if name in usual.sites else 0)]
        return [site for site in more if not site.is_known_leak]


@functools.cache
def function_of(frame):
    """FILE+OFFSET of a return address as a function with its line."""
    path, _, offset = frame.rpartition("+")
    told = subprocess.run(["addr2line", "-Cfps", "-e", path, hex(int(offset, 16) - 1)], capture_output=True, text=True,
                          check=False).stdout.strip()
    return f"{told} ({os.path.basename(path)})"


def need_malloc():
    if SANITIZER:
        raise Skip(f"the {SANITIZER} sanitizer brings its own malloc")


def some_of(things, most):
    """At most so many, spread evenly; the seed says which."""
    stride = max(1, -(-len(things) // most))
    return things[SEED % stride::stride]


def every_allocation(report):
    return [f"nth={n}{forever}" for forever in ("", " forever") for n in range(1, report.asked + 1)]


def every_site(report):
    sites = sorted((site for site in report.sites.values() if site.whose != "spared"), key=lambda site: site.first)
    return [f"site={site.hash}{forever}" for site in sites for forever in ("", " forever")]
