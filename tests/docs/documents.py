"""The documents as the reader sees them: links, commands, configurations, names of files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from firmware.cli import main
from firmware.cli.command import TABLE, UsageError
from tests.docs.pages.markdown import DOCS, ROOT

FENCE = re.compile(
    r"^(?P<mark>```+)(?P<lang>\w*)[^\n]*\n(?P<body>.*?)^(?P=mark)$", re.MULTILINE | re.DOTALL
)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)
PLACEHOLDERS = {"P": "1", "N": "1", "SECONDS": "1", "HZ": "1000", "DIGITS": "1"}
"""What stands for a value in a command that is only named."""
PROGRAMS: dict[str, set[str]] = {
    "run": set(),
    "demo": {"--driver", "--dial", "--keep"},
    "bringup": set(),
    "setup": set(),
    "shell": set(),
    "exchange": {"--listen", "--user", "--domain", "--tls", "--cert", "--key"},
}
"""Commands that are programs of their own, and their options."""


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    language: str
    body: str
    before: str
    """The line above it: where a comment says what it is."""


@dataclass(frozen=True)
class Document:
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return _read(self.path)

    @property
    def prose(self) -> str:
        """The text without blocks and comments."""
        return COMMENT.sub("", FENCE.sub("", self.text))

    @property
    def blocks(self) -> list[Block]:
        found = []
        for match in FENCE.finditer(self.text):
            lines = self.text[: match.start()].rstrip("\n").splitlines()
            found.append(Block(match["lang"], match["body"], lines[-1] if lines else ""))
        return found

    @property
    def spans(self) -> list[str]:
        """What stands in backquotes in the prose."""
        return SPAN.findall(self.prose)

    @property
    def links(self) -> list[str]:
        return LINK.findall(SPAN.sub("", self.prose))

    @property
    def anchors(self) -> set[str]:
        """Where a link into this document may lead."""
        return {slug(heading) for heading in HEADING.findall(FENCE.sub("", self.text))}

    def section(self, heading: str) -> str:
        """The prose under a heading."""
        found = re.split(r"^#+ +(.+?)\s*$", self.prose, flags=re.MULTILINE)
        return dict(zip(found[1::2], found[2::2], strict=True))[heading]


def documents() -> list[Document]:
    """Every document of the repository that is written for people."""
    top = sorted(ROOT.glob("*.md"))
    rooms = [ROOT / "hardware" / "README.md", ROOT / "systemd" / "README.md"]
    return [Document(path) for path in (*top, *rooms, *sorted(DOCS.rglob("*.md")))]


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    bare = re.sub(r"[^\w\- ]", "", SPAN.sub(r"\1", heading).lower())
    return bare.replace(" ", "-")


def typed(document: Document) -> Iterator[list[str]]:
    """The words of every tipring command that a block or the prose of a document shows."""
    for block in document.blocks:
        for line in block.body.splitlines():
            if block.language == "console" and line.startswith("tipring> "):
                yield from _commands("tipring " + line.removeprefix("tipring> "))
            elif block.language == "console" and line.startswith("$ "):
                yield from _commands(line.removeprefix("$ "))
            elif block.language == "sh":
                yield from _commands(line)
    for span in document.spans:
        if span.startswith("tipring ") and " " in span:
            yield from _commands(span)


def understands(argv: list[str]) -> None:
    """Parse a command as tipring would.

    Raises:
        UsageError: it is none.
    """
    words, _ = main.split(argv)
    if not words or words[0] in {"help", "--version", "exit", "quit"} or "..." in words:
        return
    if words[0] in PROGRAMS:
        options = {word.partition("=")[0] for word in words[1:] if word.startswith("--")}
        if not options <= PROGRAMS[words[0]]:
            raise UsageError(f"{words[0]} has no {options - PROGRAMS[words[0]]}")
    elif words[-1] == "?":
        TABLE.following(words[:-1])
    else:
        TABLE.parse([PLACEHOLDERS.get(word, word) for word in words])


def _commands(line: str) -> Iterator[list[str]]:
    """The words behind each ``tipring`` in a line of a shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    for operator, words in groupby(lexer, key=lambda word: set(word) <= set("&|;()<>")):
        command = [word for word in words if word != "sudo"]
        if not operator and command and command[0].rpartition("/")[2] == "tipring":
            yield command[1:]


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
