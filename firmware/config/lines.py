"""In which line of a TOML text each key stands; tomllib does not tell.

The scanner trusts that the text has been parsed by tomllib already, so it need only tell
apart what bears on lines and keys: strings, comments, brackets, ends of lines.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping

KeyPath = tuple[str | int, ...]
"""``("sip", "server", 1, "port")``: names of tables and keys, numbers of array elements."""

_PIECE = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'  # multi-line strings may end in two quotes of their own
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[A-Za-z0-9_+:-]+"
    r"|[\[\]{}=.,\n]",
    re.DOTALL,
)


def key_lines(text: str) -> dict[KeyPath, int]:
    """Map every key, table and array element that has a statement of its own to its line.

    What stands inside an inline table or an array is not listed: use `line_of`, which
    falls back to the key around it.
    """
    lines: dict[KeyPath, int] = {(): 1}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, statement in _statements(text):
        if statement[0] != "[":
            name = _names(statement[: statement.index("=")])
            _enter(lines, table + name, line)
        elif statement[1] == "[":
            table = _resolve(_names(statement[2:]), counts)
            index = counts[table] = counts.get(table, -1) + 1
            _enter(lines, table, line)
            table = (*table, index)
            lines[table] = line
        else:
            table = _resolve(_names(statement[1:]), counts)
            _enter(lines, table, line)
    return lines


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int:
    """The line of `path`, or of the nearest thing around it that has one."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


def shown(path: KeyPath) -> str:
    """The path as people write it: ``sip.server[1].port``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def syntax(text: str, file: str, message: str) -> str:
    """What tomllib says is wrong with a text, as ``FILE:LINE: syntax: reason``."""
    place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", message)
    last = max(1, len(text.splitlines()))
    line = int(place[1]) if place and place[1] else last
    reason = message.replace(place[0], "") if place else message
    return f"{file}:{line}: syntax: {reason[:1].lower()}{reason[1:]}"


def _enter(lines: dict[KeyPath, int], path: KeyPath, line: int) -> None:
    for length in range(1, len(path) + 1):
        lines.setdefault(path[:length], line)


def _resolve(names: tuple[str, ...], counts: Mapping[KeyPath, int]) -> KeyPath:
    """Put in the numbers of the array elements that a header continues (TOML 1.0, arrays)."""
    path: KeyPath = ()
    for position, name in enumerate(names):
        path = (*path, name)
        if path in counts and position < len(names) - 1:
            path = (*path, counts[path])
    return path


def _statements(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line and the tokens of each header and each key with its value."""
    line, started, depth = 1, 1, 0
    statement: list[str] = []
    for match in _PIECE.finditer(text):
        piece = match[0]
        if piece == "\n" and depth == 0 and statement:
            yield started, statement
            statement = []
        elif piece != "\n" and not piece.startswith("#"):
            if not statement:
                started = line
            statement.append(piece)
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(piece, 0)
        line += piece.count("\n")
    if statement:
        yield started, statement


def _names(pieces: list[str]) -> tuple[str, ...]:
    """The names of a dotted key, quotes taken off."""
    return tuple(
        str(tomllib.loads(f"x = {piece}")["x"]) if piece[0] in "\"'" else piece
        for piece in pieces
        if piece not in {".", "[", "]"}
    )
