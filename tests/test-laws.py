#!/usr/bin/env python3
"""The laws of ARCHITECTURE.md, read from the sources: who includes whom, and how long things are. Prints TAP."""

import os
import re
import statistics

from hosting import SOURCE as TREE

from tap import equal, run, test

ROOMS = ["host-api", "plugin", "plugin-git-directory", "host", "kit"]

# The way inside plugin/, from the verbs down to what knows of nothing: a file includes its own floor and those below.
FLOORS = [
    r"module|verbs|enumerate|import|health(_\w+)?",
    r"pull_request_\w+|importing|git_remote|faults|cursor",
    r"resource|record(_\w+)?",
    r"page|document|login|budget",
    r"transport|attempt|request(_span)?",
    r"gate|rate|identity|answer|cause|instance|secret|settings|span",
    r"envelope|json|url|utf8|version|name|date|idset|arena|buffer|error|cleanup|source_provider",
]

LONGEST_FUNCTION, LONGEST_FILE = 80, 600


def sources():
    """Paths of all our C files, as `room/...`."""
    for room in ROOMS:
        for folder, _, names in os.walk(os.path.join(TREE, room)):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    yield os.path.relpath(os.path.join(folder, name), TREE)


def text(path):
    with open(os.path.join(TREE, path), encoding="utf-8") as file:
        return file.read()


FILES = list(sources())


def included(path):
    """The files of ours that a file includes; one that is nowhere is given as written."""
    room = path.split("/")[0]
    for name in re.findall(r'^#\s*include ["<]((?<=")[^"]+|source_provider\w*\.h)[">]', text(path), re.M):
        places = [os.path.normpath(f"{folder}/{name}") for folder in (os.path.dirname(path), room, "host-api")]
        yield next((place for place in places if place in FILES), name)


GRAPH = {path: list(included(path)) for path in FILES}


def reached(path, seen=None, graph=GRAPH):
    seen = set() if seen is None else seen
    for other in graph.get(path, []):
        if other not in seen:
            seen.add(other)
            reached(other, seen, graph)
    return seen


def in_room(room):
    return [path for path in FILES if path.startswith(room + "/")]


@test
def each_room_is_found():
    assert all(len(in_room(room)) > 10 for room in ROOMS if room != "plugin-git-directory"), FILES
    equal(in_room("plugin-git-directory"), ["plugin-git-directory/git_directory.c"])
    equal([(path, name) for path in FILES for name in GRAPH[path] if name not in FILES], [])


@test
def plugin_reaches_the_contract_and_itself():
    allowed = {"host-api/source_provider.h", *in_room("plugin")}
    equal([(path, reached(path) - allowed) for path in in_room("plugin") if reached(path) - allowed], [])


@test
def the_example_reaches_the_contract_alone():
    equal(reached("plugin-git-directory/git_directory.c"), {"host-api/source_provider.h"})


@test
def host_and_kit_reach_no_provider_and_name_none():
    forbidden = {*in_room("plugin"), *in_room("plugin-git-directory")}
    for room in "host", "kit":
        equal([(path, reached(path) & forbidden) for path in in_room(room) if reached(path) & forbidden], [])
        named = [path for path in in_room(room) if re.search(r"bitbucket|git.directory", text(path), re.I)]
        equal(named, [])


@test
def kit_reaches_what_every_host_has():
    allowed = {"host-api/source_provider.h", "host-api/source_provider_host.h", *in_room("kit")}
    equal([(path, reached(path) - allowed) for path in in_room("kit") if reached(path) - allowed], [])


@test
def host_api_reaches_itself_only():
    allowed = set(in_room("host-api"))
    equal([(path, reached(path) - allowed) for path in allowed if reached(path) - allowed], [])


def floor(path):
    stem = os.path.basename(path).rsplit(".", 1)[0]
    floors = [number for number, stems in enumerate(FLOORS) if re.fullmatch(stems, stem)]
    assert floors, f"{path} stands on no floor: give it one in FLOORS"
    return floors[0]


@test
def plugin_goes_downwards():
    equal([(path, other) for path in in_room("plugin") for other in GRAPH[path] if floor(other) < floor(path)], [])


@test
def nothing_includes_itself_in_a_circle():
    equal([path for path in FILES if path in reached(path)], [])


DEFINITION = re.compile(r"^(?!static)[A-Za-z_][^;{}#/=]*?\b((?:sp|bb|sh|kit)_\w+)\([^;{}]*\)\n\{", re.M)


def called():
    """Each room (a .c file) with the rooms that define what it calls."""
    rooms = [path for path in FILES if path.endswith(".c")]
    home = {name: path for path in rooms for name in DEFINITION.findall(text(path))}
    return {path: {home[name] for name in re.findall(r"(?<!struct )\b(\w+)\b", text(path)) if name in home} - {path} for path in rooms}


@test
def no_two_files_call_each_other():
    graph = called()
    assert sum(map(len, graph.values())) > 500, "the definitions are not found any more"
    equal([path for path in graph if path in reached(path, graph=graph)], [])


# A definition in our format: something at the margin that ends with `)`, a brace at the margin, another that ends it.
FUNCTION = re.compile(r"^[A-Za-z_][^;{}#/]*?\b(\w+)\([^;{}]*\)\n\{\n.*?^\}$", re.M | re.S)


def functions(path):
    """Name and number of lines of each function, its head included."""
    for found in FUNCTION.finditer(text(path)):
        yield f"{path} {found.group(1)}", found.group().count("\n") + 1


@test
def functions_and_files_are_short():
    lengths = {name: lines for path in FILES for name, lines in functions(path)}
    files = {path: len(text(path).splitlines()) for path in FILES}
    ordered = sorted(lengths.values())
    print(f"# {len(ordered)} functions: median {statistics.median(ordered):g} lines, "
          f"90 % within {ordered[len(ordered) * 9 // 10]}, longest {ordered[-1]}")
    for what, longest in ("functions", lengths), ("files", files):
        top = sorted(longest.items(), key=lambda item: -item[1])[:5]
        print(f"# longest {what}: " + ", ".join(f"{name} {lines}" for name, lines in top))
    assert len(ordered) > 500, len(ordered)
    equal({name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}, {})
    equal({name: lines for name, lines in files.items() if lines > LONGEST_FILE}, {})


@test
def pages_are_small_load_nothing_from_elsewhere_and_make_no_markup_of_text():
    folder = os.path.join(TREE, "host", "web", "pages")
    pages = {name: text(f"host/web/pages/{name}") for name in os.listdir(folder)}
    size = sum(len(page.encode()) for page in pages.values())
    assert size < 100_000, f"{size} bytes"
    for name, page in pages.items():
        page = page.replace("http://www.w3.org/2000/svg", "")
        for word in ("http:", "https:", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(",
                     " style=", "<script>", "@import", "url("):
            assert word not in page, f"{name}: {word}"
        assert max(map(len, page.splitlines())) <= 110 or not name.endswith(".js"), f"{name}: a line is too long"


@test
def documents_name_files_that_exist():
    names = {name for _, _, files in os.walk(TREE) for name in files}
    for document in "README.md", "ARCHITECTURE.md", "HACKING.md", "docs/writing-a-provider.md":
        prose = re.sub(r"^```.*?^```$", "", text(document), flags=re.M | re.S)
        named = re.findall(r"[\w./-]*?([\w-]+\.(?:c|h|py|cc|m4|ac|am|inc))\b", prose)
        equal((document, sorted(set(named) - names)), (document, []))


if __name__ == "__main__":
    run()
