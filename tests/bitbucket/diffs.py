"""The piece of a diff that Bitbucket embeds with each comment on a line."""

from difflib import SequenceMatcher

CONTEXT = 3


def lines_of(content):
    return content.decode("utf-8", "replace").splitlines()


def diff_lines(old, new):
    """(type, source line, destination line, text) for every line of both."""
    old, new = lines_of(old), lines_of(new)
    for tag, a, a_end, b, b_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            for offset in range(a_end - a):
                yield "CONTEXT", a + offset + 1, b + offset + 1, old[a + offset]
            continue
        for line in range(a, a_end):
            yield "REMOVED", line + 1, b + 1, old[line]
        for line in range(b, b_end):
            yield "ADDED", a_end, line + 1, new[line]


def has_line(anchor, row):
    kind, source, destination, _ = row
    return kind == anchor.line_type and anchor.line == (source if anchor.file_type == "FROM" else destination)


def around(rows, anchor):
    for index, row in enumerate(rows):
        if has_line(anchor, row):
            return rows[max(0, index - CONTEXT):index + CONTEXT + 1]
    return []


def path_shape(path):
    components = path.split("/")
    name = components[-1]
    shape = {"components": components, "parent": "/".join(components[:-1]), "name": name}
    if "." in name:
        shape["extension"] = name.rsplit(".", 1)[1]
    return shape | {"toString": path}


def segments(rows, anchor, comment_id):
    found = []
    for row in rows:
        kind, source, destination, text = row
        if not found or found[-1]["type"] != kind:
            found.append({"type": kind, "lines": [], "truncated": False})
        line = {"destination": destination, "source": source, "line": text, "truncated": False}
        if has_line(anchor, row):
            line["commentIds"] = [comment_id]
        found[-1]["lines"].append(line)
    return found


def hunk(rows, anchor, comment_id):
    return {"sourceLine": rows[0][1], "sourceSpan": sum(r[0] != "ADDED" for r in rows),
            "destinationLine": rows[0][2], "destinationSpan": sum(r[0] != "REMOVED" for r in rows),
            "segments": segments(rows, anchor, comment_id), "truncated": False}


def diff_shape(repository, activity):
    anchor = activity.anchor
    commits = repository.git.store.commits
    before = anchor.src_path or anchor.path
    old = commits[anchor.from_hash].files.get(before)
    new = commits[anchor.to_hash].files.get(anchor.path)
    rows = around(list(diff_lines(old or b"", new or b"")), anchor) if anchor.line else []
    return {"source": path_shape(before) if old is not None else None,
            "destination": path_shape(anchor.path) if new is not None else None,
            "hunks": [hunk(rows, anchor, activity.comment.id)] if rows else [],
            "truncated": False,
            "properties": {"toHash": anchor.to_hash, "current": not anchor.orphaned, "fromHash": anchor.from_hash}}
