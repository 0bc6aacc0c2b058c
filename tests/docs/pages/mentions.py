"""Where words stand in source files: which test, or which file, mentions what."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.docs.pages.markdown import ROOT


@dataclass(frozen=True, order=True)
class Mention:
    """One mention of something."""

    path: str
    """Of the file, from the root of the repository."""
    test: str
    """Name of the test function around it; empty: the file as a whole."""


@cache
def files(*folders: str) -> tuple[Path, ...]:
    """Python files below those folders; the documents' own tests mention everything."""
    own = ROOT / "tests" / "docs"
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return tuple(sorted(path for path in found if own not in path.parents))


def mentions(pattern: re.Pattern[str], *folders: str) -> Iterator[tuple[re.Match[str], Mention]]:
    """Every match in those folders, and where it stands."""
    for path in files(*folders):
        text = _text(path)
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield match, Mention(path.relative_to(ROOT).as_posix(), _test_at(path, line))


def tests_in(path: Path) -> Iterator[Mention]:
    """Every test of a file."""
    where = path.relative_to(ROOT).as_posix()
    return (Mention(where, name) for _, _, name in _tests(path))


def linked(those: set[Mention]) -> str:
    """Links for a page of docs/reference; a file is not named as a whole beside a test of it."""
    precise = {one.path for one in those if one.test}
    those = {one for one in those if one.test or one.path not in precise}
    return "<br>".join(
        f"[{one.path.removeprefix('tests/')}](../../{one.path})"
        + (f" {one.test.removeprefix('test_').replace('_', ' ')}" if one.test else "")
        for one in sorted(those)
    )


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _test_at(path: Path, line: int) -> str:
    for first, last, name in _tests(path):
        if first <= line <= last:
            return name
    return ""


@cache
def _tests(path: Path) -> tuple[tuple[int, int, str], ...]:
    """First and last line and name of each test; comments right above it belong to it."""
    lines = _text(path).splitlines()
    found = []
    for node in ast.walk(ast.parse(_text(path))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            while first > 1 and lines[first - 2].startswith("#"):
                first -= 1
            found.append((first, node.end_lineno or node.lineno, node.name))
    return tuple(found)
