"""A dial on the bench: how fast, how even, and how cleanly a telephone dials.

The hook decoder asks whether a break is a pulse; here every edge is kept until the digit is
over, so that a dial which is misread is measured all the same. What comes out are figures;
what they mean is said by `dial_verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

BOUNCE = 0.012
"""Seconds: no contact of a dial that works is open or closed for less."""
GAP = 0.300
"""Closed for so long, a digit is over: the slowest dial makes for 100 ms."""
LONGEST = 0.400
"""Open for so long: the handset was put down, or its hook pressed."""


@dataclass(frozen=True, slots=True)
class DialledDigit:
    """One digit as it was dialled; all times in milliseconds."""

    read: str
    """What the decoder made of it; empty: nothing."""
    keyed: bool = False
    """By a key (DTMF): there is nothing to measure on the contact."""
    pulses: int = 0
    pps: float | None = None
    """Pulses a second; None: one pulse has no speed."""
    break_ms: tuple[float, float] = (0.0, 0.0)
    """Shortest and longest."""
    make_ms: tuple[float, float] | None = None
    """The same, between two breaks."""
    break_part: float | None = None
    """Part of the time from break to break in which the contact is open."""
    uneven: float = 0.0
    """By which part the slowest pulse takes longer than the fastest."""
    bounce_ms: float = 0.0
    """Longest bounce of a contact, as far as the line circuit's own filter lets it through."""
    pause_ms: float | None = None
    """Since the end of the digit before."""

    @property
    def wanted(self) -> str:
        """The digit that so many pulses are; empty: none."""
        return str(self.pulses % 10) if 0 < self.pulses <= 10 else ""

    @property
    def misread(self) -> bool:
        return not self.keyed and self.read != self.wanted


class DialMeter:
    """Measures what is dialled on one line, from its first off-hook on; a machine without timers.

    `take` gives a digit when it is over, which the next edge or the next look tells.
    """

    def __init__(self) -> None:
        self._edges: list[float] = []
        """Alternating from the first break on: open, closed, open ..."""
        self._read: list[str] = []
        self._ended: float | None = None
        self._keys: list[DialledDigit] = []

    def edge(self, *, off_hook: bool, at: float) -> None:
        """The contact has moved; `at` is when."""
        closed = len(self._edges) % 2 == 0
        if off_hook is not closed:  # else it is known already
            self._edges.append(at)

    def heard(self, digit: str, *, keyed: bool = False) -> None:
        """The decoder has read a digit."""
        if keyed:
            self._keys.append(DialledDigit(digit, keyed=True))
        else:
            self._read.append(digit)

    def take(self, now: float) -> list[DialledDigit]:
        """The digits that are over."""
        done, self._keys = self._keys, []
        closed = len(self._edges) % 2 == 0
        if not self._edges or now - self._edges[-1] < (GAP if closed else LONGEST):
            return done
        edges, read = self._edges, "".join(self._read)
        self._edges, self._read = [], []
        if closed and (digit := _measured(edges, read, self._ended)) is not None:
            self._ended = edges[-1]
            done.append(digit)
        return done


def _measured(edges: list[float], read: str, ended: float | None) -> DialledDigit | None:
    """A digit, of its edges; None: it was all bounce, or a flash of the hook."""
    settled, bounce = _settled(edges)
    breaks = [1000 * (b - a) for a, b in zip(settled[::2], settled[1::2], strict=True)]
    if not breaks or max(breaks) >= 1000 * LONGEST:
        return None
    makes = [1000 * (b - a) for a, b in zip(settled[1::2], settled[2::2], strict=False)]
    turns = [1000 * (b - a) for a, b in pairwise(settled[::2])]
    mean = sum(turns) / len(turns) if turns else 0.0
    return DialledDigit(
        read=read,
        pulses=len(breaks),
        pps=1000 / mean if turns else None,
        break_ms=(min(breaks), max(breaks)),
        make_ms=(min(makes), max(makes)) if makes else None,
        break_part=sum(breaks[:-1]) / sum(turns) if turns else None,
        uneven=(max(turns) - min(turns)) / mean if turns else 0.0,
        bounce_ms=1000 * bounce,
        pause_ms=None if ended is None else 1000 * (edges[0] - ended),
    )


def _settled(edges: list[float]) -> tuple[list[float], float]:
    """The edges without bounce, each at its first movement, and the longest bounce.

    A contact that closes bounces for some milliseconds; so it does, less, when it opens.
    """
    kept, longest, cluster = list[float](), 0.0, list[float]()
    for edge in [*edges, edges[-1] + LONGEST]:
        if cluster and edge - cluster[-1] >= BOUNCE:
            longest = max(longest, cluster[-1] - cluster[0])
            if len(cluster) % 2:  # else it moved, and is where it was
                kept.append(cluster[0])
            cluster = []
        cluster.append(edge)
    return kept, longest
