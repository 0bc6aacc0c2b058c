"""How long an Ag1171 may ring: RM is high for a third of the time at the most (V1.6 sheet).

Pure: time is an argument.
"""

from __future__ import annotations

from collections import deque

WINDOW = 30.0
"""Seconds over which the share is looked at."""
SHARE = 1 / 3
HOLD = 0.015
"""Seconds that RM stays high after F/R has come to rest; they count."""
TRIM = 0.020
"""A burst is cut by so much where a cadence would otherwise be over the limit."""


def trim(cadence_ms: tuple[int, ...]) -> float:
    """Seconds to cut from each burst of a cadence.

    Raises:
        ValueError: it rings for more than a third of the time, cut or not.
    """
    bursts, period = cadence_ms[::2], sum(cadence_ms) / 1000
    for cut in (0.0, TRIM):
        high = sum(on / 1000 - cut + HOLD for on in bursts)
        if high <= period * SHARE:
            return cut
    percent = 100 * sum(bursts) / 1000 / period
    raise ValueError(
        f"a cadence of {'/'.join(map(str, cadence_ms))} ms rings {percent:.0f} % of the time, "
        "33 % may be"
    )


class Duty:
    """What RM did lately, and how long it may still be high."""

    def __init__(self) -> None:
        self._spans: deque[tuple[float, float]] = deque()
        self._since: float | None = None

    def rises(self, now: float) -> None:
        if self._since is None:
            self._since = now

    def falls(self, now: float) -> None:
        if self._since is not None:
            self._spans.append((self._since, now))
            self._since = None
        while self._spans and self._spans[0][1] < now - WINDOW:
            self._spans.popleft()

    def room(self, now: float) -> float:
        """Longest burst that may begin now, its hold left out; 0 if none may.

        While a new burst goes on old ones leave the window: an exact cadence of one third is
        not cut, a telephone that is called again and again is.
        """
        opens = now - WINDOW
        spans = [(max(begin, opens), end) for begin, end in self._spans if end > opens]
        slack = WINDOW * SHARE - HOLD - sum(end - begin for begin, end in spans) + 1e-9
        if slack <= 0:
            return 0.0
        left = opens
        for begin, end in spans:
            if begin - left >= slack:
                break
            slack -= begin - left  # nothing leaves the window meanwhile
            left = end  # as much leaves it as is added
        return left + slack - opens
