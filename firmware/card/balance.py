"""Do a calibration later that was put off because a handset was off the hook."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from drivers.slic import Slic

AGAIN = 60.0
"""Seconds from one try to the next: each try takes the line away for a moment."""


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
        """The calibration is missing, and it is time to try."""
        return self._slic.unbalanced and self._clock() >= self._after

    def steps(self) -> Iterator[float]:
        """Calibrate; yields the seconds to wait. The line is dead meanwhile."""
        self._after = self._clock() + AGAIN
        yield from self._slic.balance()
