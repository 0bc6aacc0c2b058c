"""Text on a terminal that is counted in columns: Chinese characters take two (UAX #11)."""

from __future__ import annotations

import re

_PIECES = r"\s+|[\u1100-\uffff][,.:;)]*|[^\s\u1100-\uffff]+[,.:;)]*"
"""Where a line may be broken: at a space, and behind any wide character and its mark."""


def columns(text: str) -> int:
    """So many columns it takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # 1 MB that English does without

    wide = sum(east_asian_width(character) in {"W", "F"} for character in text)
    return len(text) + wide - sum(combining(character) > 0 for character in text)


def padded(text: str, width: int) -> str:
    """The text with spaces behind it, up to that many columns."""
    return text + " " * (width - columns(text))


def wrapped(text: str, width: int, first: str = "", then: str = "") -> list[str]:
    """Lines of at most so many columns, the first and the others begun as told."""
    if text.isascii():
        import textwrap

        return textwrap.wrap(
            text, width, initial_indent=first, subsequent_indent=then, break_on_hyphens=False
        )
    lines, line = [], first
    for piece in re.findall(_PIECES, text):
        begun = line not in {first, then}
        if begun and columns(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = then
        if not (piece.isspace() and line in {first, then}):
            line += " " if piece.isspace() else piece
    return [*lines, line.rstrip()]
