"""Digit maps in the notation of H.248.1 section 7.1.14 and RFC 3435 section 2.1.5.

A map is a set of alternatives. After each digit it says whether the number is complete,
could go on, or can never fit, and which timer to run meanwhile. All alternatives are
followed at once, one bit of an integer each position, so a digit costs the same however
the map is written.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum

from firmware.line.digitmap_syntax import Pattern, Timers, parse


class Match(Enum):
    """How a dialled number stands to the map."""

    NONE = "no match"
    """No alternative can ever fit."""
    PARTIAL = "partial match"
    """More digits are needed."""
    FULL = "full match"
    """Complete, but more digits could follow."""
    UNAMBIGUOUS = "unambiguous match"
    """Complete, and nothing else can follow."""


class Wait(Enum):
    """The timer to run until the next digit."""

    SHORT = "S"
    LONG = "L"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do after a digit: report, give up, or wait."""

    match: Match
    wait: Wait | None = None
    """None: do not wait, the matter is decided."""
    patterns: tuple[str, ...] = ()
    """The alternatives that are complete, or else those that could become so."""


@dataclass(frozen=True)
class DigitMap:
    """A compiled map; make it with `DigitMap.parse`."""

    text: str
    patterns: tuple[Pattern, ...] = field(repr=False)
    timers: Timers = field(default=Timers(), repr=False)
    """Timer values that the map itself brings (H.248 header); None: those of the house."""

    def __post_init__(self) -> None:
        tables = _Tables()
        for pattern in self.patterns:
            tables.add(pattern)
        object.__setattr__(self, "_tables", tables)

    @classmethod
    def parse(cls, text: str) -> DigitMap:
        """Read a map.

        Raises:
            DigitMapError: says where and why.
        """
        timers, patterns = parse(text)
        return cls("".join(text.split()), patterns, timers)

    def match(self, digits: str, at_once: Collection[str] = ()) -> Verdict:
        """Say how `digits`, all that was dialled so far, stands to the map.

        Args:
            digits: 0-9, A-D, ``*`` and ``#``; not empty.
            at_once: emergency numbers: they end dialling however the map goes on, and
                are never refused.
        """
        if digits in at_once:
            return Verdict(Match.UNAMBIGUOUS, patterns=(digits,))
        verdict = self._tables.match(digits, self.patterns)
        saved = tuple(number for number in at_once if number.startswith(digits))
        if verdict.match is Match.NONE and saved:
            return Verdict(Match.PARTIAL, Wait.LONG, saved)
        return verdict

    _tables: _Tables = field(init=False, repr=False, compare=False)


class _Tables:
    """The positions of all alternatives, in one row of bits: bit n is "position n is next"."""

    def __init__(self) -> None:
        self.width = 0
        self.start = self.end = self.repeats = 0
        self.short = self.long = self.timed = 0
        self.takes: dict[str, int] = {}
        self.ends: list[int] = []

    def add(self, pattern: Pattern) -> None:
        first = self.width
        for position in pattern.positions:
            bit = 1 << self.width
            for symbol in position.symbols:
                self.takes[symbol] = self.takes.get(symbol, 0) | bit
            self.repeats |= bit if position.repeats else 0
            self.width += 1
        last = self.width
        self.width += 1  # the place behind the last position: the alternative is complete
        self.start |= 1 << first
        self.end |= 1 << last
        self.ends.append(last)
        beyond = 1 << (last + 1)
        if pattern.short_from is not None:
            self.short |= beyond - (1 << (first + pattern.short_from))
        if pattern.long_from is not None:
            self.long |= beyond - (1 << (first + pattern.long_from))
        self.timed |= 1 << last if pattern.ends_by_timer else 0

    def match(self, digits: str, patterns: tuple[Pattern, ...]) -> Verdict:
        now = self._skip(self.start)
        for digit in digits:
            taken = now & self.takes.get(digit, 0)
            now = self._skip(((taken & ~self.repeats) << 1) | (taken & self.repeats))
        complete, possible = now & self.end, now & ~self.end
        names = self._names(complete or possible, patterns)
        explicit = Wait.LONG if now & self.long else Wait.SHORT if now & self.short else None
        if not now:
            return Verdict(Match.NONE)
        if not complete:
            return Verdict(Match.PARTIAL, explicit or Wait.LONG, names)
        if possible or explicit or now & self.timed:
            return Verdict(Match.FULL, explicit or Wait.SHORT, names)
        return Verdict(Match.UNAMBIGUOUS, patterns=names)

    def _skip(self, now: int) -> int:
        """Add what is reached without a digit, over positions that may be left out.

        The carry of one addition runs through each stretch of such positions.
        """
        return now | (((now & self.repeats) + self.repeats) ^ self.repeats)

    def _names(self, bits: int, patterns: tuple[Pattern, ...]) -> tuple[str, ...]:
        names, first = [], 0
        for pattern, last in zip(patterns, self.ends, strict=True):
            if bits >> first & ((1 << (last - first + 1)) - 1):
                names.append(pattern.text)
            first = last + 1
        return tuple(names)
