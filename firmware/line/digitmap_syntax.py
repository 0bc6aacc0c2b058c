"""The notation of digit maps: text in, patterns out (H.248.1 section 7.1.14, RFC 3435 2.1.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from firmware.errors import GatewayError

LONGEST = 4096
"""Characters; a map beyond this is a mistake."""

_HEADER = re.compile(r"\s*([TSLZ])\s*:\s*(\d+)\s*,", re.IGNORECASE | re.ASCII)
_LETTERS = {"E": "*", "F": "#"}
_DIGITS = "0123456789"


class DigitMapError(GatewayError, ValueError):
    """A digit map cannot be read.

    Attributes:
        offset: of the character at fault, from 0.
        reason: what is wrong with it.
    """

    def __init__(self, text: str, offset: int, reason: str) -> None:
        near = text[offset : offset + 12] or "its end"
        super().__init__(f"digit map, character {offset + 1} ({near}): {reason}")
        self.offset = offset
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Timers:
    """Timer values of a map's header, in seconds."""

    start: float | None = None
    short: float | None = None
    long: float | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """One place of an alternative."""

    symbols: frozenset[str]
    repeats: bool = False
    """Followed by a dot: any number of times, or not at all."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One alternative of a map."""

    text: str
    positions: tuple[Position, ...]
    short_from: int | None = None
    """From this position on the short timer runs, whatever the rule says."""
    long_from: int | None = None
    ends_by_timer: bool = False
    """A final T: it is complete only when the timer has run out."""


def parse(text: str) -> tuple[Timers, tuple[Pattern, ...]]:
    """Read a map, with or without parentheses and timer header.

    Raises:
        DigitMapError: it cannot be read; says where and why.
    """
    if len(text) > LONGEST:
        raise DigitMapError(text, LONGEST, f"longer than {LONGEST} characters")
    return _Reader(text).map()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def map(self) -> tuple[Timers, tuple[Pattern, ...]]:
        timers = self._header()
        open_bracket = self._take("(")
        patterns = [self._pattern()]
        while self._take("|"):
            patterns.append(self._pattern())
        if open_bracket and not self._take(")"):
            raise self._error("the bracket of the map is not closed")
        if self._peek():
            raise self._error("not a digit, set, timer, dot or bar")
        return timers, tuple(patterns)

    def _header(self) -> Timers:
        values: dict[str, float] = {}
        while found := _HEADER.match(self.text, self.at):
            name = found[1].upper()
            if name in values:
                raise self._error(f"timer {name} is given twice")
            values[name] = float(found[2])
            self.at = found.end()
        return Timers(values.get("T"), values.get("S"), values.get("L"))

    def _pattern(self) -> Pattern:
        self._peek()
        start, positions = self.at, list[Position]()
        marks: dict[str, int] = {}
        while (symbol := self._peek()) and symbol not in "|)":
            match symbol.upper():
                case "." if positions and not positions[-1].repeats and self._follows_position():
                    positions[-1] = Position(positions[-1].symbols, repeats=True)
                    self.at += 1
                case ".":
                    raise self._error("a dot must follow a digit, a letter or a set")
                case "S" | "L" | "T" as mark if mark in marks:
                    raise self._error(f"{mark} stands twice in one alternative")
                case "S" | "L" | "T" as mark:
                    marks[mark] = len(positions)
                    self.at += 1
                case "Z":
                    raise self._error("long presses (Z) cannot be measured on this line")
                case _ if "T" in marks:
                    raise self._error("T must be the last of its alternative")
                case "[":
                    positions.append(Position(self._set()))
                case _:
                    positions.append(Position(self._symbol()))
        if not positions:
            raise self._error("an alternative is empty")
        return Pattern(
            "".join(self.text[start : self.at].split()), tuple(positions),
            marks.get("S"), marks.get("L"), "T" in marks,
        )  # fmt: skip

    def _follows_position(self) -> bool:
        return self.text[: self.at].rstrip()[-1].upper() not in "SLT"

    def _symbol(self) -> frozenset[str]:
        symbol = self.text[self.at].upper()
        if symbol == "X":
            found = frozenset(_DIGITS)
        elif symbol in "0123456789ABCDEF*#":
            found = frozenset(_LETTERS.get(symbol, symbol))
        else:
            raise self._error("not a digit, set, timer, dot or bar")
        self.at += 1
        return found

    def _set(self) -> frozenset[str]:
        self.at += 1
        symbols: set[str] = set()
        while not self._take("]"):
            if not self._peek():
                raise self._error("the set is not closed")
            low = self._peek()
            symbols |= self._symbol()
            if self._take("-"):
                high = self._peek()
                if not (low in _DIGITS and high and high in _DIGITS and low <= high):
                    raise self._error("a range goes from a digit to a digit that is not lower")
                symbols |= set(_DIGITS[int(low) : int(high) + 1])
                self.at += 1
        if not symbols:
            raise self._error("the set is empty")
        return frozenset(symbols)

    def _peek(self) -> str:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at] if self.at < len(self.text) else ""

    def _take(self, symbol: str) -> bool:
        if self._peek() != symbol:
            return False
        self.at += 1
        return True

    def _error(self, reason: str) -> DigitMapError:
        return DigitMapError(self.text, self.at, reason)
