"""Long lines on a terminal: broken between cells or words, and not wherever the edge is.

Only what is read on a terminal; a pipe gets each row in one line, as programs want it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from firmware.texts.columns import columns

INDENT = 4
"""Columns that a row goes on at in its next line."""
_SGR = re.compile(r"\x1b\[[0-9;]*m")
_CELL = re.compile(r"(\s*)(\S+(?: \S+)*)")


def folded(text: str, width: int) -> str:
    """The text with no line longer than so many columns, as far as it has places to break at."""
    lines = text.split("\n")
    if max(map(_wide, lines)) <= width:
        return text
    rows: list[str] = []
    while lines:
        run = _table(lines)
        if len(run) > 1 and max(map(_wide, lines[: len(run)])) > width:
            rows += _folded_table(run, width)
        else:
            rows += [row for line in lines[: len(run)] for row in _rows(line, width)]
        lines = lines[len(run) :]
    return "\n".join(rows)


def _wide(text: str) -> int:
    return columns(_SGR.sub("", text))


def _starts(line: str) -> dict[int, str]:
    """The cells of a line, by the column that each begins at."""
    return {_wide(line[: found.start(2)]): found[2] for found in _CELL.finditer(line)}


def _table(lines: Sequence[str]) -> list[dict[int, str]]:
    """The cells of the first line and of all below it that stand in its columns."""
    head, *others = map(_starts, lines)
    run = [head]
    for cells in others:
        if len(head) < 3 or len(cells) < 2 or not cells.keys() <= head.keys():
            break
        run.append(cells)
    return run


def _folded_table(run: Sequence[dict[int, str]], width: int) -> Iterator[str]:
    """All rows broken before the same columns; a cell that is too long alone, between words."""
    starts = [*run[0]]
    ends = [max(at + _wide(cells.get(at, "")) for cells in run) for at in starts]
    begins = [starts[0]]
    for at, end in zip(starts, ends, strict=True):
        if end - begins[-1] + (INDENT if len(begins) > 1 else 0) > width and at > begins[-1]:
            begins.append(at)
    for cells in run:
        for begin, until in zip(begins, [*begins[1:], ends[-1] + 1], strict=True):
            row, used = "", begin
            for at in (at for at in starts if begin <= at < until and at in cells):
                row += " " * (at - used) + cells[at]
                used = at + _wide(cells[at])
            if row:
                yield from _rows(" " * (INDENT if begin else 0) + row, width)


def _rows(line: str, width: int) -> list[str]:
    """A line as rows: cells stay whole if they can, words always do."""
    if _wide(line) <= width:
        return [line]
    cells = [(found[1], found[2]) for found in _CELL.finditer(line)]
    hanging = _hanging(cells, width)
    rows, used = [""], 0
    for gap, cell in cells:
        whole = hanging + _wide(cell) <= width < used + len(gap) + _wide(cell)
        for index, word in enumerate(cell.split(" ")):
            before = " " if index else gap
            late = whole and not index
            if used and (late or used + len(before) + _wide(word) > width):
                rows, used, before = [*rows, ""], 0, " " * hanging
            rows[-1] += before + word
            used += len(before) + _wide(word)
    return rows


def _hanging(cells: Sequence[tuple[str, str]], width: int) -> int:
    """Where the next rows begin: below the second of two cells, else a little to the right."""
    (margin, first), *others = cells
    if len(others) == 1:
        second = len(margin) + _wide(first) + len(others[0][0])
        if second <= width // 2:
            return second
    return len(margin) + (2 if first.startswith(("- ", "% ")) else INDENT)
