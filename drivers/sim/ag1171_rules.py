"""What the sheets of the Ag1171 forbid to do with its wires, watched by the simulated module."""

from __future__ import annotations

from collections import Counter, deque

STATIC_S = 0.100
"""RM may be high so long with F/R at a level."""
HOLD_S = 0.010
"""RM has to stay high so long after F/R has come to rest."""
LONGEST_S = 3.0
SHARE, WINDOW_S = 1 / 3, 30.0
"""Of the time that RM may be high."""
SLOW_S = 0.2
"""With RM low, F/R changes no faster than 5 times a second."""
HAIR_S = 1e-6


class Rules:
    """Takes every edge of RM and F/R and counts what must not be.

    Attributes:
        broken: rules by name, and how often each was broken.
    """

    def __init__(self) -> None:
        self.broken: Counter[str] = Counter()
        self._risen: float | None = None
        self._spans: deque[tuple[float, float]] = deque()
        self._edge = -SLOW_S

    def reverse_edge(self, now: float) -> None:
        """F/R has changed."""
        if self._risen is None:
            if now - self._edge < SLOW_S - HAIR_S:
                self._break("F/R toggled with RM low")
        else:
            self._watch_static(now)
        self._edge = now

    def ring_mode(self, on: bool, now: float, *, at_rest: bool, powered: bool) -> None:
        """RM has changed; `at_rest`: F/R has its level of rest."""
        if on:
            if not at_rest:
                self._break("RM raised with F/R reversed")
            self._risen = now
            return
        if self._risen is None:
            return
        risen, self._risen = self._risen, None
        if powered:
            if now - self._edge < HOLD_S - HAIR_S or not at_rest:
                self._break("RM dropped before F/R had rested for 10 ms")
            self._watch_static(now, risen)
        if now - risen > LONGEST_S + HAIR_S:
            self._break("RM high for more than 3 s")
        self._spans.append((risen, now))
        self._watch_share(now)

    def power(self, level: bool | None) -> None:
        """PD is driven to a level, or let go of."""
        if level:
            self._break("PD driven high")

    def _watch_static(self, now: float, risen: float | None = None) -> None:
        since = max(self._edge, risen if risen is not None else self._risen or 0.0)
        if now - since > STATIC_S + HAIR_S:
            self._break("RM high with F/R static for more than 100 ms")

    def _watch_share(self, now: float) -> None:
        opens = now - WINDOW_S
        while self._spans and self._spans[0][1] <= opens:
            self._spans.popleft()
        high = sum(end - max(begin, opens) for begin, end in self._spans)
        if high > SHARE * WINDOW_S + HAIR_S:
            self._break("RM high for more than a third of 30 s")

    def _break(self, rule: str) -> None:
        self.broken[rule] += 1
