"""What the headers of the contract declare: structs with their members, functions, constants."""

import os
import re

from hosting import SOURCE

HEADERS = ["source_provider.h", "source_provider_host.h"]


def _read(name):
    with open(os.path.join(SOURCE, "host-api", name), encoding="utf-8") as file:
        return re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.S)


TEXT = "\n".join(map(_read, HEADERS))


def _members(body):
    for declaration in body.split(";"):
        callback = re.search(r"\(\*(\w+)\)\(", declaration)
        if callback:
            yield callback[1]
        else:
            yield from re.findall(r"(\w+)(?:\[\w+\])?\s*(?:,|$)", declaration)


def _constants(body):
    return re.findall(r"\bSP_\w+(?=\s*(?:=|,|$|\}))", body)


STRUCTS = {name: list(_members(body)) for name, body in re.findall(r"^struct (\w+) \{\n(.*?)^\};", TEXT, re.M | re.S)}
ENUMS = [(name, _constants(body)) for name, body in re.findall(r"^enum (\w*)\s*\{(.*?)\};", TEXT, re.M | re.S)]
FUNCTIONS = set(re.findall(r"\b(sp_\w+)\(", TEXT))
CONSTANTS = {word for _, words in ENUMS for word in words} | set(re.findall(r"^#define (SP_\w+)", TEXT, re.M))
