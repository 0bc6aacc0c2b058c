"""How far a soak is: a line that stays up to date, or one a minute where nobody looks.

The first is told when it has begun.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

from tests.simulation.figures import Figures

SELDOM = 60.0
"""Seconds between two lines in a file."""
OFTEN = 1.0
"""Seconds between two on a terminal."""


class Progress:
    """Tells it.

    Args:
        worlds: to be lived in all.
        minutes: after which no world is begun any more.
        out: where it is told.
        clock: seconds.
    """

    def __init__(
        self,
        worlds: int,
        minutes: float,
        out: TextIO = sys.stdout,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._worlds = worlds
        self._out = out
        self._clock = clock
        self._began = clock()
        self._ends = self._began + 60 * minutes
        self._told = float("-inf")
        self._before: int | None = None
        self._here = out.isatty()

    def tell(self, figures: Figures) -> None:
        """Say so, if it is time to."""
        now = self._clock()
        if self._before is None:
            self._before = figures.worlds
        if now - self._told < (OFTEN if self._here else SELDOM):
            return
        self._told = now
        line = self.line(figures, now)
        self._out.write(f"\r{line}\x1b[K" if self._here else f"{line}\n")
        self._out.flush()

    def line(self, figures: Figures, now: float) -> str:
        """The line, `now`."""
        passed = now - self._began
        lived = figures.worlds - (self._before or 0)
        rate = lived / passed if passed else 0.0
        left = (self._worlds - figures.worlds) / rate if rate else float("inf")
        left = min(left, max(0.0, self._ends - now))
        return (
            f"{figures.worlds} of {self._worlds} worlds, {figures.hours:.0f} h, "
            f"{figures.broken} broken; {rate:.2f} worlds/s, {_time(left)} left; "
            f"{figures.memory} MB"
        )

    def interrupts(self, text: str) -> None:
        """Something else is to be said, on lines of its own."""
        self._out.write(f"\r\x1b[K{text}\n" if self._here else f"{text}\n")
        self._out.flush()


def _time(seconds: float) -> str:
    if seconds == float("inf"):
        return "?"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
