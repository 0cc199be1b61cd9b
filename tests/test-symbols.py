#!/usr/bin/env python3
"""Tests what the shared objects export, and how the provider is linked. Prints TAP."""

import os
import re
import shutil
import subprocess

from hosting import BUILD, PLUGIN, SANITIZER, SOURCE

from tap import Skip, equal, run, test

EXAMPLE = os.path.join(BUILD, ".libs", "git-directory.so")
LIBRARY = os.path.join(BUILD, ".libs", "libsource-provider.so")


def output_of(program, *arguments):
    if not shutil.which(program):
        raise Skip(f"there is no {program}")
    return subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def exported(path):
    """Names by type, without those of the tool chain."""
    symbols = {}
    for line in output_of("nm", "-D", "--defined-only", path).splitlines():
        _, kind, name = line.split()
        if not name.startswith("_"):
            symbols.setdefault(kind, set()).add(name.split("@")[0])
    return symbols


def version_of(path, name):
    for line in output_of("nm", "-D", "--defined-only", path).splitlines():
        if line.split()[2].startswith(name + "@"):
            return line.split("@@")[1]


def needed_by(path):
    return re.findall(r"\(NEEDED\).*\[(.*)\]", output_of("readelf", "-dW", path))


def read(name):
    with open(os.path.join(SOURCE, "host-api", name), encoding="utf-8") as file:
        return file.read()


def declared():
    """The functions of the host's header: what begins a line and has a parenthesis."""
    text = re.sub(r"/\*.*?\*/", "", read("source_provider_host.h"), flags=re.DOTALL)
    return set(re.findall(r"^(?!typedef)[a-z][\w \n*]*?\b(sp_\w+)\(", text, flags=re.MULTILINE))


@test
def the_plugins_export_their_entry_alone():
    for module in PLUGIN, EXAMPLE:
        equal(exported(module), {"T": {"source_provider_entry"}})


@test
def the_plugin_is_bound_at_once_and_stays():
    flags = re.search(r"\(FLAGS_1\)\s+Flags:(.*)", output_of("readelf", "-dW", PLUGIN)).group(1).split()
    assert "NOW" in flags, flags
    assert "NODELETE" in flags, flags


@test
def the_plugin_needs_none_of_ours():
    needed = needed_by(PLUGIN)
    assert any(name.startswith("libcurl") for name in needed), needed
    assert not [name for name in needed if "source-provider" in name], needed


@test
def the_example_needs_the_system_alone():
    brought = {"libasan", "libtsan", "libubsan", "libresolv"} if SANITIZER else set()
    assert {name.split(".")[0] for name in needed_by(EXAMPLE)} <= {"libc", "ld-linux-x86-64"} | brought, needed_by(EXAMPLE)


@test
def the_library_exports_what_its_header_declares():
    names = declared()
    assert len(names) >= 24, names
    assert {"sp_modules_open", "sp_connection_import", "sp_check_status_name"} <= names, names
    symbols = exported(LIBRARY)
    equal(symbols.pop("T"), names)
    equal(symbols, {"A": {"SOURCE_PROVIDER_1"}})


@test
def the_map_has_every_name_in_order():
    listed = re.findall(r"^    (sp_\w+);$", read("libsource-provider.map"), flags=re.MULTILINE)
    equal(listed, sorted(declared()))


@test
def symbols_have_a_version():
    for name in declared():
        equal(version_of(LIBRARY, name), "SOURCE_PROVIDER_1")


if __name__ == "__main__":
    run()
