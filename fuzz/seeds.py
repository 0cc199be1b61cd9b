"""Seeds for the fuzz targets: what our own fake Bitbucket answers, in the parts and order that each target reads."""

import json
import os
import subprocess
import sys
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "tests"), os.path.join(HERE, "..", "tests", "bitbucket")]
sys.dont_write_bytecode = True

from client import FakeBitbucket, basic  # noqa: E402

VERSIONS = ["5.16.0", "9.4.0"]
CUT = b"\n%%\n"
PAGE_ROWS, ANSWERS_MAX, PAGE_MAX, SEED_MAX = 2, 25, 6 * 1024, 32 * 1024
API = "/rest/api/1.0"
REPOSITORY = "PLAT/api"


def get(fake, path):
    return fake.send("GET", fake.url + path, {"Authorization": basic("flow-service", "s3cret pass:wörd")})


class Seeds:
    def __init__(self, folder):
        self.folder = folder

    def add(self, target, name, *parts):
        text = CUT.join(part.encode() if isinstance(part, str) else part for part in parts)
        folder = os.path.join(self.folder, target)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name), "wb") as file:
            file.write(text)


def listings(fake):
    """Path and first page of everything that an import may list."""
    project, slug = REPOSITORY.split("/")
    below = f"{API}/projects/{project}/repos/{slug}/pull-requests"
    paths = [f"{API}/projects", f"{API}/repos", f"{below}?state=ALL", *(
        f"{below}/{number}/{what}" for number in range(1, 6) for what in ("activities", "commits"))]
    for path in paths:
        reply = get(fake, f"{path}{'&' if '?' in path else '?'}limit={PAGE_ROWS}")
        if reply.status == 200:
            yield path.split("?")[0].strip("/").replace("/", "_"), reply.json


def add_pages_and_records(seeds, version, fake):
    for name, page in listings(fake):
        if len(text := json.dumps(page)) < PAGE_MAX:
            seeds.add("page", f"{version}_{name}", text)
        for number, element in enumerate(page["values"]):
            seeds.add("records", f"{version}_{name}_{number}", json.dumps(element))


# ---- Whole answers, in the order in which the provider asks for them -----------------------------------------------


def whole(reply):
    """As a server sends it. The login that the target has is another one than ours here."""
    head = [f"HTTP/1.1 {reply.status} x", "Content-Type: application/json;charset=UTF-8", "X-AUSERNAME: robot",
            f"Content-Length: {len(reply.body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + reply.body


def asked(program, parts, folder):
    """The paths that the target asks for, when that is all it is answered. To look for leaks it would ask twice."""
    path = os.path.join(folder, "attempt")
    with open(path, "wb") as file:
        file.write(CUT.join(parts))
    told = subprocess.run([program, "-detect_leaks=0", path], env=os.environ | {"FUZZ_TELL": "1"}, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, timeout=60, check=True).stdout
    os.remove(path)
    return told.decode().splitlines()


def narrowed(path):
    """Of a page a few rows are enough."""
    place, _, query = path.removeprefix("/bitbucket").partition("?")
    options = dict(urllib.parse.parse_qsl(query))
    if "limit" in options:
        options["limit"] = PAGE_ROWS
    return f"{place}?{urllib.parse.urlencode(options)}"


def conversation(fake, program, verb, folder):
    parts = [verb.encode()]
    for _ in range(ANSWERS_MAX):
        paths = asked(program, [*parts, b""], folder)
        if len(paths) < len(parts):
            break
        answer = whole(get(fake, narrowed(paths[len(parts) - 1])))
        if sum(map(len, parts)) + len(answer) > SEED_MAX:
            break
        parts.append(answer)
    return parts


def add_conversations(seeds, version, fake, program):
    repository = get(fake, f"{API}/projects/{REPOSITORY.replace('/', '/repos/')}").json["id"]
    for verb in "enumerate", "health", f"import {repository} {REPOSITORY}":
        parts = conversation(fake, program, verb, seeds.folder)
        name = f"{version}_{verb.split()[0]}"
        seeds.add("wire", name, *parts)
        for length in 2, 3, 5:
            seeds.add("wire", f"{name}_{length}", *parts[:length])


def make(folder, program):
    """Writes seeds below the folder; `program` is the target for the wire."""
    seeds = Seeds(folder)
    for version in VERSIONS:
        with FakeBitbucket("--bitbucket-version", version, "--context", "/bitbucket") as fake:
            add_pages_and_records(seeds, version, fake)
            add_conversations(seeds, version, fake, program)
