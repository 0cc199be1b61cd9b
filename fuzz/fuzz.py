#!/usr/bin/env python3
"""Runs fuzz targets, as ./dev fuzz does.

    fuzz.py                 names the targets
    fuzz.py NAME SECONDS    runs one of them for so long
    fuzz.py all SECONDS     each of them, several at once

The whole wire is AFL++'s where that is installed (build-afl), the others are libFuzzer's (build-fuzz). What they have
learned is kept in the folders corpus there; what they find is put into fuzz/found/NAME. With FUZZ_SEED=N in the
environment they go the same way each time, as far as time allows: `./dev test --all` is to judge a change, not luck.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import seeds

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(HERE)
BUILD, AFL_BUILD = (os.path.join(TREE, name) for name in ("build-fuzz", "build-afl"))
FOUND = os.path.join(HERE, "found")
LONGEST_INPUT = {"wire": 64 * 1024, "page": 8 * 1024, "records": 16 * 1024}
ONE_INPUT_S = 20
SEED = os.environ.get("FUZZ_SEED")
# What a run adds to the seconds that it was given: its start, and the last input.
GRACE_S = 120


def targets():
    with open(os.path.join(HERE, "Makefile.inc"), encoding="utf-8") as file:
        return re.findall(r"^\tfuzz/(\w+) ?\\?$", file.read().split("check_PROGRAMS")[0], re.M)


def program(name, build=BUILD):
    return os.path.join(build, "fuzz", name)


def folder(*names):
    path = os.path.join(*names)
    os.makedirs(path, exist_ok=True)
    return path


def given(name):
    """Inputs that people wrote, and those that once broke it."""
    return [path for kind in ("corpus", "regressions") for path in [os.path.join(HERE, kind, name)]
            if os.path.isdir(path)]


def made(name):
    return folder(BUILD, "seeds", name)


def make_seeds():
    where = folder(BUILD, "seeds")
    mark = os.path.join(where, "made")
    newest = max(map(os.path.getmtime, [seeds.__file__, program("wire")]))
    if not os.path.exists(mark) or os.path.getmtime(mark) < newest:
        seeds.make(where, program("wire"))
        with open(mark, "w", encoding="utf-8"):
            pass


def dictionary(name):
    path = os.path.join(HERE, "dictionaries", f"{name}.dict")
    return path if os.path.exists(path) else None


def run_libfuzzer(name, seconds):
    found = folder(FOUND, name)
    words = dictionary(name)
    with open(os.path.join(BUILD, f"{name}.log"), "w+", errors="replace", encoding="utf-8") as log:
        code = subprocess.run(
            [program(name), f"-max_total_time={seconds}", f"-timeout={ONE_INPUT_S}", "-rss_limit_mb=2048",
             f"-max_len={LONGEST_INPUT.get(name, 4096)}", f"-artifact_prefix={found}/", "-print_final_stats=1",
             *([f"-dict={words}"] if words else []), *([f"-seed={SEED}"] if SEED else []),
             folder(BUILD, "corpus", name), *given(name), made(name)],
            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=seconds + GRACE_S,
            check=False).returncode
        log.seek(0)
        text = log.read()
    runs = re.findall(r"number_of_executed_units: (\d+)", text) or ["?"]
    reached = re.findall(r"cov: (\d+)", text) or ["?"]
    print(f"{name}: {runs[-1]} inputs, {reached[-1]} edges reached", flush=True)
    return code == 0 or tell_found(name, program(name), log.name, text)


def afl_inputs(name):
    """AFL++ reads one folder, and names need not be those of files that it wrote itself."""
    where = folder(AFL_BUILD, "seeds")
    for number, source in enumerate([*given(name), made(name)]):
        for path in glob.glob(os.path.join(source, "*")):
            shutil.copy(path, os.path.join(where, f"{number}_{os.path.basename(path)}"))
    return where


def run_afl(name, seconds):
    out = folder(AFL_BUILD, "out", name)
    words = dictionary(name)
    environment = os.environ | {
        "AFL_NO_UI": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_NO_AFFINITY": "1", "AFL_AUTORESUME": "1",
        "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_SKIP_CRASHES": "1", "AFL_CMPLOG_ONLY_NEW": "1"}
    with open(os.path.join(AFL_BUILD, f"{name}.log"), "w+", errors="replace", encoding="utf-8") as log:
        code = subprocess.run(
            ["afl-fuzz", "-i", afl_inputs(name), "-o", out, "-V", str(seconds), "-t", f"{ONE_INPUT_S * 1000}+", "-m",
             "none", *(["-x", words] if words else []), *(["-s", SEED] if SEED else []), "--",
             program(name, AFL_BUILD)],
            stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
            timeout=seconds + GRACE_S, check=False).returncode
        log.seek(0)
        text = log.read()
    figures = dict(re.findall(r"^(\w+) +: (.*)$", text_of(os.path.join(out, "default", "fuzzer_stats")), re.M))
    print(f"{name}: {figures.get('execs_done', '?')} inputs, {figures.get('edges_found', '?')} edges reached (AFL++)",
          flush=True)
    crashes = [path for kind in ("crashes", "hangs") for path in glob.glob(os.path.join(out, "default", kind, "id:*"))]
    for path in crashes:
        os.replace(path, os.path.join(folder(FOUND, name), os.path.basename(path).replace(":", "_")))
    return (code == 0 and not crashes) or tell_found(name, program(name), log.name, text)


def text_of(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def tell_found(name, again, log, text):
    """False, with what can be done."""
    why = re.findall(r"^.*(?:does not hold|ERROR: |runtime error|PROGRAM ABORT).*$", text, re.M)
    print(f"{name}: FAILED, see {log}" + "".join(f"\n    {line}" for line in why[:3]))
    for path in sorted(glob.glob(os.path.join(FOUND, name, "*"))):
        print(f"    again: {os.path.relpath(again, TREE)} {os.path.relpath(path, TREE)}")
    print(f"    once mended, the input goes into fuzz/regressions/{name}", flush=True)
    return False


def run(name, seconds):
    if name == "wire" and os.path.exists(program(name, AFL_BUILD)):
        return run_afl(name, seconds)
    return run_libfuzzer(name, seconds)


def main(wanted="", seconds="60"):
    names = targets()
    if not wanted:
        print("\n".join(names))
        return 0
    if wanted != "all" and wanted not in names:
        print(f"fuzz: there is no target {wanted}; there are all, {', '.join(names)}", file=sys.stderr)
        return 2
    make_seeds()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        good = list(pool.map(lambda name: run(name, int(seconds)), names if wanted == "all" else [wanted]))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
