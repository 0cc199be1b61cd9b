#!/usr/bin/env python3
"""The manual says what the program does, and all of it: each page is held against the program, in both directions.
Prints TAP."""

import os
import re
import shlex
import shutil
import subprocess

import headers
from health_report import ORDER
from hosting import BUILD, PASSWORD, SANITIZER, SOURCE, Hosting
from pod import DOCS, NAMES, Page, bold, indented, plain

from client import FakeBitbucket
from tap import Skip, equal, run, test

PAGES = {name: Page(name) for name in NAMES}
PROGRAM, CONFIGURATION = PAGES["source-host.pod"], PAGES["source-host.conf.pod"]
STORE, PROVIDER = PAGES["source-host-store.pod"], PAGES["source-provider.pod"]
BITBUCKET = PAGES["source-host-bitbucket-server.pod"]

WIDEST = 80 - 7  # what stands as it is written is moved in by so much


def read(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as file:
        return file.read()


def needs(program):
    path = shutil.which(program)
    if not path:
        raise Skip(f"there is no {program}")
    return path


class Help:
    """What `source-host --help` tells."""

    def __init__(self):
        with Hosting() as host:
            text = host.run("--help").out
        commands, options, codes = re.split(r"\n\n(?:options|exit status):\n", text.split("\ncommands:\n")[1])
        self.usages = dict(re.findall(r"^  (\S+) *(.*)\n {14}", commands, re.M))
        self.options = re.findall(r"^  (--[a-z-]+(?: [A-Z]+)?) +\S", options, re.M)
        self.variables = set(re.findall(r"SOURCE_HOST_\w+", options))
        self.codes = dict(re.findall(r"^  (\d+)  (.*)$", codes, re.M))

    def options_of(self, command):
        return set(re.findall(r"--[a-z-]+", self.usages[command]))


HELP = Help()

# ---- The pages as such


@test
def pages_are_right_as_pod_and_fit_a_terminal():
    checker = needs("podchecker")
    for page in PAGES.values():
        result = subprocess.run([checker, "-warnings", os.path.join(DOCS, page.name)], capture_output=True, text=True,
                                check=False)
        said = [line for line in result.stderr.splitlines() if not line.endswith(" pod syntax OK.")]
        equal((result.returncode, said), (0, []))
        equal([line for line in page.text.splitlines() if line.startswith(" ") and len(line) > WIDEST], [])


@test
def pages_are_built_and_name_each_other_rightly():
    listed = dict(re.findall(r"docs/([\w.-]+)\.([1-8])\b", read("docs", "Makefile.inc")))
    equal(sorted(name + ".pod" for name in listed), NAMES)
    for page in PAGES.values():
        for name, section in re.findall(r"L<([\w.-]+)\((\d)\)", page.text):
            equal((page.name, name, listed.get(name)), (page.name, name, section))
    built = [name for _, _, names in os.walk(os.path.join(BUILD, "docs")) for name in names if re.search(r"\.[1-8]$", name)]
    if built:  # where there is a pod2man
        equal(sorted(built), sorted(".".join(page) for page in listed.items()))


@test
def nothing_is_said_in_two_pages():
    said = {}
    for page in PAGES.values():
        for paragraph in page.paragraphs():
            if len(paragraph) > 60:
                said.setdefault(paragraph, []).append(page.name)
    assert len(said) > 300, len(said)
    equal({paragraph: names for paragraph, names in said.items() if len(names) > 1}, {})


# ---- source-provider-check(1)


@test
def checks_of_the_kit_and_its_options():
    page = PAGES["source-provider-check.pod"]
    asked = subprocess.run([os.path.join(BUILD, "source-provider-check"), "--help"], capture_output=True, text=True, check=False)
    equal(set(re.findall(r"--[a-z]+", page.section("OPTIONS"))), set(re.findall(r"--[a-z]+", asked.stdout)))
    main = read("kit", "main.c")
    equal([plain(head) for head, _ in page.items("CHECKS")],
          re.findall(r'kit_board_begin\(kit.board, "([^"]+)"', main) + re.findall(r'^    \{"([^"]+)", kit_check', main, re.M))


# ---- source-host(1)


@test
def commands_and_their_options():
    items = PROGRAM.items("COMMANDS")
    equal([plain(head) for head, _ in items], [f"{name} {usage}".strip() for name, usage in HELP.usages.items()])
    for head, body in items:
        told = {word for word in bold(body) if word.startswith("--")}
        equal((head, told), (head, HELP.options_of(bold(head)[0])))


@test
def options_of_the_program():
    equal([plain(head) for head, _ in PROGRAM.items("OPTIONS")], HELP.options)


@test
def exit_codes_and_variables():
    codes = {plain(head): plain(body) for head, body in PROGRAM.items("EXIT STATUS")}
    equal(list(codes), list(HELP.codes))
    for code, meaning in HELP.codes.items():
        assert codes[code].startswith(meaning), (codes[code], meaning)
    equal({word for word in PROGRAM.heads("ENVIRONMENT") if word.startswith("SOURCE_HOST_")}, HELP.variables)


@test
def events_of_the_log():
    told = set()
    for folder, _, names in os.walk(os.path.join(SOURCE, "host")):
        for name in names:
            told.update(re.findall(r'\bsh_event\([^";]*"(\w+)"', read(folder, name)) if name.endswith(".c") else ())
    equal(set(PROGRAM.heads("OUTPUT")), told)


# ---- source-host.conf(5)


def keys_that_there_are(host, name, text):
    """The program's own words for a key or a section that there is not."""
    with open(os.path.join(host.folder, "config", name), "w", encoding="utf-8") as file:
        file.write(text)
    result = host.run("connections")
    equal(result.code, 2)
    listed = re.search(r"there (?:is|are) (.*)", result.err)[1]
    return {word for word in re.findall(r"\[?\w+\]?", listed) if word != "and"}


@test
def sections_and_keys_of_files():
    with Hosting() as host:
        file = "connections.d/acme.conf"
        sections = keys_that_there_are(host, file, "[nonsense]\nx = y\n")
        equal(sections, {"[connection]", "[settings]", "[import]"})
        for section in sections - {"[settings]"}:
            keys = keys_that_there_are(host, file, f"{section}\nx = y\n")
            equal((section, set(CONFIGURATION.heads(section))), (section, keys))
        os.remove(os.path.join(host.folder, "config", file))
        section, = keys_that_there_are(host, "source-host.conf", "[nonsense]\nx = y\n")
        equal(set(CONFIGURATION.heads(section)), keys_that_there_are(host, "source-host.conf", f"{section}\nx = y\n"))
        told = {title for title in CONFIGURATION.titles if title.startswith("[")}
        equal(told, sections | {section})


@test
def places_of_secrets():
    with Hosting() as host:
        places = [{key.removeprefix(row["key"]) for key in row["secret_keys"]}
                  for row in host.run("describe", "bitbucket-server", "--json").objects if row["secret"]]
    assert places, "no setting is a secret"
    for suffixes in places:
        equal(set(CONFIGURATION.heads("SECRETS")), suffixes)


# ---- source-host-store(5)


def tables(host):
    """Each table's columns, and those of its key in their order."""
    equal(host.run("status").code, 0)
    names = [row["name"] for row in host.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {}
    for name in names:
        rows = host.rows(f"SELECT name, pk FROM pragma_table_info('{name}') ORDER BY pk")
        found[name] = ({row["name"] for row in rows}, [row["name"] for row in rows if row["pk"]])
    views = {row["name"] for row in host.rows("SELECT name FROM sqlite_schema WHERE type = 'view'")}
    return found | {one["name"]: (set(one["columns"]), one["key"]) for one in host.run("export", "--json").objects
                    if one["name"] in views}


@test
def tables_columns_and_keys():
    described = {}
    for title in STORE.titles:
        key = re.search(r"Key:\s([^.]*)\.", STORE.section(title))
        if key:
            described[title] = (set(STORE.heads(title)), re.findall(r"C<(\w+)>", key[1]))
    with Hosting() as host:
        real = tables(host)
    equal(set(described), set(real))
    for name in real:
        equal((name, described[name]), (name, real[name]))


@test
def every_table_is_in_the_picture():
    with Hosting() as host:
        names = set(tables(host))
    picture = STORE.section("The picture")
    equal(names - set(re.findall(r"\w+", picture)), set())
    drawn = re.findall(r"\+-- ([\w, ]+?)(?: [ .<]|\n)", picture)
    equal({name for line in drawn for name in line.split(", ")} - names, set())


@test
def queries_can_be_asked():
    queries = [block for block in STORE.blocks("EXAMPLES") if block.startswith("SELECT")]
    assert len(queries) > 3, queries
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        equal(host.run("import", "acme", "PLAT/api").code, 0)
        answers = [host.rows(query) for query in queries]
    assert answers[0] and answers[1], answers  # who reviews whom; how long until the merge


# ---- source-provider(3)


@test
def structs_and_their_members():
    titles = [title for title in PROVIDER.titles if title.startswith("struct ")]
    described = {title.removeprefix("struct "): PROVIDER.heads(title) for title in titles}
    equal(set(described), set(headers.STRUCTS))
    for name, members in headers.STRUCTS.items():
        equal((name, sorted(described[name])), (name, sorted(members)))


@test
def functions_and_constants():
    items = "".join(re.findall(r"^=item .*", PROVIDER.text, re.M))
    equal(set(re.findall(r"B<(sp_\w+)>\(", items)), headers.FUNCTIONS)
    equal(set(re.findall(r"\bSP_[A-Z_]+\b", PROVIDER.text)), headers.CONSTANTS)
    equal(PROVIDER.heads("enum sp_code"), dict(headers.ENUMS)["sp_code"])


def compiled(host, source, *arguments):
    """A file made of an example, by the compiler that is here."""
    path = os.path.join(host.folder, "example.c")
    with open(path, "w", encoding="utf-8") as file:
        file.write(source)
    subprocess.run([needs("cc"), "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                    "-I", os.path.join(SOURCE, "host-api"), path, *arguments], check=True)


def example_that_includes(header):
    found, = [block for block in PROVIDER.blocks("EXAMPLES") if block.startswith(f"#include <{header}>")]
    return found


@test
def the_provider_of_the_page_works():
    with Hosting() as host:
        module = os.path.join(host.providers, "made-up.so")
        compiled(host, example_that_includes("source_provider.h"), "-shared", "-fPIC", "-o", module)
        host.write("one.conf", "[connection]\nprovider = made-up\n[settings]\nbase_url = https://example.com\n")
        equal(host.run("check", "one", "--json").objects[0]["check"], "nothing")
        result = host.run("repos", "one")
        equal((result.code, result.out.split()[0], result.err), (0, "ONE", ""))


@test
def the_host_of_the_page_works():
    if SANITIZER:
        raise Skip(f"built with the sanitizer {SANITIZER}, which the example is not linked with")
    with Hosting() as host:
        program, library = os.path.join(host.folder, "my-host"), os.path.join(BUILD, ".libs")
        compiled(host, example_that_includes("source_provider_host.h"), "-o", program,
                 os.path.join(library, "libsource-provider.so"), f"-Wl,-rpath,{library}")
        out = subprocess.run([program, host.providers], capture_output=True, text=True, check=True).stdout
        equal(out, f"{host.providers}/bitbucket-server.so: usable\n")


# ---- source-host-bitbucket-server(7)


@test
def settings_of_the_provider():
    with Hosting() as host:
        lines = host.run("describe", "bitbucket-server").out.splitlines()[1:]
    described = [plain(line) for line in lines if not line.startswith(" ")]
    equal([plain(head) for head, _ in BITBUCKET.items("SETTINGS")], described)


@test
def checks_of_health():
    with FakeBitbucket() as fake, Hosting() as host:
        host.connection("acme", base_url=fake.url)
        checks = [row["check"] for row in host.run("check", "acme", "--json").objects]
    equal(checks, ORDER)
    equal(BITBUCKET.heads("HEALTH CHECKS"), checks)


CAUSE_SECTIONS = ["On the way to the server", "What answers there", "Who we are there", "Git", "The rest"]


@test
def causes_with_the_setting_to_blame():
    rows = re.findall(r'\[BB_\w+\] =\s*\{"([\w-]+)",\s*(?:"(\w+)"|NULL)', read("plugin", "cause.c"))
    equal(len(rows), len(re.findall(r"^ {4}\[BB_", read("plugin", "cause.c"), re.M)))
    items = [item for title in CAUSE_SECTIONS for item in BITBUCKET.items(title)]
    equal([plain(head) for head, _ in items], [f"{word} ({setting})" if setting else word for word, setting in rows])
    equal([head for head, body in items if not plain(body)], [])
    words = {word for word, _ in rows}
    for head, body in BITBUCKET.items("HEALTH CHECKS"):
        remedies = set(re.findall(r"C<([a-z-]+)>", body.split("Remedy:")[-1])) if "Remedy:" in body else set()
        equal((head, {word for word in remedies if word not in words} - {"tls", "git"}), (head, set()))


# ---- Examples


def documents():
    """Everything that people may copy lines from."""
    texts = {page.name: page.blocks() for page in PAGES.values()}
    for path in ("README.md",), ("docs", "bitbucket-administrator.md"):
        texts[path[-1]] = indented(read(*path))
    return texts


def blocks_that_begin(*words):
    found = [(name, block) for name, blocks in documents().items() for block in blocks if block.startswith(words)]
    assert found, words
    return found


CREDENTIALS = {"acme.password": PASSWORD, "acme.token": "token", "acme": "token", "proxy.url": "http://127.0.0.1:1",
               "authority.pem": "-----BEGIN CERTIFICATE-----"}


def make_files(host):
    """What examples name: files in the folder of the configuration, credentials of systemd."""
    for name, text in CREDENTIALS.items():
        with open(os.open(os.path.join(host.folder, name), os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(text + "\n")
    return {"CREDENTIALS_DIRECTORY": host.folder, "ACME_PASSWORD": PASSWORD}


@test
def connection_files_are_accepted():
    for name, block in blocks_that_begin("[connection]", "[settings]"):
        if block.startswith("[settings]"):  # a part of one
            block += ("base_url = https://bitbucket.example.com\ntoken_credential = acme\n"
                      "[connection]\nprovider = bitbucket-server\n")
        with Hosting() as host:
            variables = make_files(host)
            host.write("acme.conf", block.replace("/etc/source-host/", host.folder + "/"))
            result = host.run("connections", variables=variables)
            equal((name, result.code, result.err), (name, 0, ""))


@test
def configurations_of_the_host_are_accepted():
    for name, block in blocks_that_begin("[host]"):
        with Hosting() as host:
            with open(os.path.join(host.folder, "config", "source-host.conf"), "w", encoding="utf-8") as file:
                file.write(block)
            result = host.run("connections")
            equal((name, result.code, result.err), (name, 0, ""))


def command_lines():
    for name, blocks in documents().items():
        for line in "\n".join(blocks).replace("\\\n", " ").splitlines():
            if line.startswith("source-host "):
                yield name, shlex.split(line, comments=True)[1:]


def command_of(words):
    """The command, and the options in which it is not at fault."""
    valued = {option.split()[0] for option in HELP.options if " " in option}
    while words and words[0].startswith("--"):
        words = words[2 if words[0] in valued else 1:]
    return words[0] if words else None


@test
def command_lines_are_what_the_program_takes():
    known = {option.split()[0] for option in HELP.options}
    lines = list(command_lines())
    assert len(lines) > 20, lines
    for name, words in lines:
        command = command_of(words)
        assert command in HELP.usages, (name, words)
        used = {word.split("=")[0] for word in words if word.startswith("--")}
        equal((name, words, used - known - HELP.options_of(command)), (name, words, set()))


if __name__ == "__main__":
    run()
