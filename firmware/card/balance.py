"""A calibration that was put off because a handset was off the hook, made up for later."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from drivers.slic import Slic

AGAIN = 60.0
"""Seconds from one try to the next: it takes the line away."""


class Balance:
    """The longitudinal balance of one line circuit.

    Args:
        slic: whose.
        clock: monotonic seconds.
    """

    def __init__(self, slic: Slic, clock: Callable[[], float]) -> None:
        self._slic = slic
        self._clock = clock
        self._after = 0.0

    @property
    def due(self) -> bool:
        """It is missing, and may be tried (again)."""
        return self._slic.unbalanced and self._clock() >= self._after

    def steps(self) -> Iterator[float]:
        """Do it; yields the seconds to wait. The line is dead meanwhile."""
        self._after = self._clock() + AGAIN
        yield from self._slic.balance()
