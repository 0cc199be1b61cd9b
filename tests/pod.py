"""Reads a page of the manual, written in POD, as far as our pages use it.

    page = Page("source-host.pod")
    page.items("COMMANDS")       # [("B<check> [I<NAME>...]", "The health of ..."), ...]
    page.blocks("EXAMPLES")      # ["source-host check acme", ...]
"""

import os
import re

from hosting import SOURCE

DOCS = os.path.join(SOURCE, "docs")
NAMES = sorted(name for name in os.listdir(DOCS) if name.endswith(".pod"))


def plain(text):
    """Without the codes for bold and the like, and with single blanks."""
    while re.search(r"[A-Z]<[^<>]*>", text):
        text = re.sub(r"[A-Z]<([^<>]*)>", r"\1", text)
    return " ".join(text.split())


def bold(text):
    return re.findall(r"B<([^<>]*)>", text)


def indented(text):
    """The blocks that begin with blanks after an empty line, of POD and of Markdown, without those blanks."""
    found = re.findall(r"(?:(?<=\n\n)|\A)((?: {4}.*\n|\n(?= {4}))+)", text)
    return [re.sub(r"^ {4}", "", block, flags=re.M) for block in found]


class Page:
    def __init__(self, name):
        self.name = name
        with open(os.path.join(DOCS, name), encoding="utf-8") as file:
            self.text = file.read()
        pieces = re.split(r"^=head[12] (.*)\n", self.text, flags=re.M)
        self.titles = pieces[1::2]
        self._sections = dict(zip(self.titles, pieces[2::2]))

    def section(self, title):
        """From that heading to the next of any kind."""
        return self._sections[title]

    def items(self, title):
        """The outermost items of a section: their heads, and all that follows, inner lists included."""
        found, depth = [], 0
        for line in self.section(title).splitlines(keepends=True):
            depth += line.startswith("=over") - line.startswith("=back")
            if depth == 1 and line.startswith("=item "):
                found.append((line[len("=item "):].strip(), ""))
            elif found and depth:
                found[-1] = (found[-1][0], found[-1][1] + line)
        return found

    def heads(self, title):
        """What is bold in the heads of a section's items."""
        return [word for head, _ in self.items(title) for word in bold(head)]

    def blocks(self, title=None):
        return indented(self.section(title) if title else self.text)

    def paragraphs(self):
        return [plain(piece) for piece in re.split(r"\n{2,}", self.text) if not piece.startswith(("=", " "))]
