"""The feed of one line as a signal to the telephone: polarity, and a gap.

Pay telephones want the wires exchanged while their call is answered (LINE-10). Answering machines
and small exchanges cannot see a person hang up at the far end, so they take a gap in the loop
current for the end of a call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from drivers.errors import DriverError
from drivers.slic import Linefeed, Slic

DEAF = 0.150
"""Seconds after a gap in which the line settles and its hook is not read."""


class Patient(Protocol):
    """The owner of the line."""

    in_service: bool

    def fail(self, reason: str) -> None:
        """The line circuit did not do what it was told."""


class LineFeed:
    """Feeds one line.

    Args:
        slic: the line circuit.
        patient: whose.
        reversal: the polarity tells that a call was answered.
        gap_s: seconds without feed when the far end has hung up; 0: never.
        said: puts what the telephone was told on the ladder.
    """

    def __init__(
        self,
        slic: Slic,
        patient: Patient,
        *,
        reversal: bool,
        gap_s: float,
        said: Callable[[str], None],
    ) -> None:
        self._slic = slic
        self._patient = patient
        self._reversal = reversal
        self._gap_s = gap_s
        self._said = said
        self._loop = asyncio.get_running_loop()
        self._reversed = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def in_gap(self) -> bool:
        """The line is open for a moment: its hook means nothing now."""
        return self._timer is not None

    def restart(self) -> None:
        """The line circuit has just started, and feeds forward."""
        self.close()
        self._reversed = False

    def put(self, mode: Linefeed) -> None:
        """Feed the line in this mode from now on; a gap ends."""
        self.restart()
        self._order(mode)

    def answered(self, *, on: bool) -> None:
        """Exchange the wires while a call is answered, if the line does that."""
        if self._reversal and on is not self._reversed:
            self.close()
            self._order(Linefeed.REVERSE_ACTIVE if on else Linefeed.FORWARD_ACTIVE)
            self._reversed = on
            self._said("polarity reversed" if on else "polarity normal")

    def gap(self, done: Callable[[], None]) -> None:
        """Open the line for a moment, if the line does that; then call `done`."""
        if self._gap_s <= 0 or not self._patient.in_service:
            return
        self.close()
        self._order(Linefeed.OPEN)
        self._said("feed off")
        self._timer = self._loop.call_later(self._gap_s, self._end_gap, done)

    def close(self) -> None:
        """Cancel what is planned."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _end_gap(self, done: Callable[[], None]) -> None:
        self._order(Linefeed.FORWARD_ACTIVE)
        self._reversed = False
        self._said("feed on")
        self._timer = self._loop.call_later(DEAF, self._hear, done)

    def _hear(self, done: Callable[[], None]) -> None:
        self._timer = None
        done()

    def _order(self, mode: Linefeed) -> None:
        if not self._patient.in_service:
            return
        try:
            self._slic.set_linefeed(mode)
        except DriverError as error:
            self._patient.fail(str(error))
