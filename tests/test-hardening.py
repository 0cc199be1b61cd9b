#!/usr/bin/env python3
"""What m4/hardening.m4 asks of compiler and linker is in the program, the library and the provider. Prints TAP."""

import os
import re
import shlex
import shutil
import subprocess

from hosting import BUILD

from tap import Skip, equal, run, test

BUILT = [os.path.join(BUILD, ".libs", name) for name in ("source-host", "libsource-provider.so", "bitbucket-server.so")]


def output_of(program, *arguments, **options):
    if not shutil.which(program):
        raise Skip(f"there is no {program}")
    return subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def compiler():
    """The compiler with its flags, as make calls it."""
    return shlex.split(output_of("make", "-s", "--no-print-directory", "-C", BUILD, "-f", "Makefile", "-f", "-", "tell_compiler",
                                 input="tell_compiler:\n\t@echo '$(CC) $(AM_CFLAGS) $(CFLAGS)'\n"))


def takes(flag):
    done = subprocess.run([compiler()[0], "-Werror", flag, "-xc", "-c", "-", "-o", os.devnull],
                          input="int nothing;\n", stderr=subprocess.DEVNULL, text=True, check=False)
    return done.returncode == 0


def fortified(*command):
    """The level that glibc really checks with these flags."""
    macros = output_of(*command, "-xc", "-dM", "-E", "-", input="#include <features.h>\n", stderr=subprocess.DEVNULL)
    return int(re.search(r"^#define __USE_FORTIFY_LEVEL (\d)", macros, re.M).group(1))


def flags_of(path):
    """The flags with which each file in it was compiled: gcc keeps them in the debug information."""
    units = re.findall(r"DW_AT_producer.*: (\S.*)$", output_of("readelf", "--debug-dump=info", path), re.M)
    flags = [unit.split() for unit in units if re.match(r"GNU C\d", unit)]
    if not flags:
        raise Skip("the compiler left no note of its flags")
    return flags


def each_file_has(flag):
    for path in BUILT:
        for flags in flags_of(path):
            assert any(re.fullmatch(flag, given) for given in flags), f"{path}: no {flag} in {flags}"


def imports(path):
    return re.findall(r"\bU (\w+)", output_of("nm", "-D", "--undefined-only", path))


@test
def all_can_be_loaded_anywhere():
    each_file_has("-fPI[EC]")
    for path in BUILT:
        assert "DYN " in re.search(r"Type:(.*)", output_of("readelf", "-hW", path)).group(1), path
    assert "PIE" in re.search(r"\(FLAGS_1\)(.*)", output_of("readelf", "-dW", BUILT[0])).group(1).split()


@test
def pointers_to_functions_are_bound_at_the_start_and_read_only_from_then_on():
    for path in BUILT:
        assert "GNU_RELRO" in output_of("readelf", "-lW", path), path
        assert "NOW" in re.search(r"\(FLAGS_1\)\s+Flags:(.*)", output_of("readelf", "-dW", path)).group(1).split(), path


@test
def the_stack_is_guarded():
    for path in BUILT:
        assert "__stack_chk_fail" in imports(path), path
    each_file_has("-fstack-protector-strong")


@test
def the_stack_does_not_grow_over_other_memory():
    each_file_has("-fstack-clash-protection")


@test
def functions_that_copy_know_the_room_there_is():
    command = compiler()
    if any(flag.startswith("-fsanitize") for flag in command):
        raise Skip("a sanitizer takes its place")
    equal(fortified(*command), fortified(command[0], "-O2", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=3"))
    for path in BUILT:
        assert {"__snprintf_chk", "__vsnprintf_chk"} <= set(imports(path)), path


@test
def jumps_arrive_where_functions_begin():
    if not takes("-fcf-protection"):
        raise Skip("the compiler has no -fcf-protection")
    each_file_has("-fcf-protection(=full)?")
    # Beyond ours the linker wants it of libc's start files too, which not every distribution builds with it.
    for archive in "libhost.a", "libplugin.a":
        notes = output_of("readelf", "-nW", os.path.join(BUILD, ".libs", archive))
        objects = notes.count("File:")
        assert objects > 0, archive
        equal((archive, notes.count("IBT, SHSTK")), (archive, objects))


if __name__ == "__main__":
    run()
