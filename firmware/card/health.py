"""What a line circuit's answers say about it: it works, it is odd, or it is out of order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from drivers.errors import ChipResetError, DriverError, PowerAlarmError
from drivers.slic import Slic, SlicEvent

PATIENCE = 0.25
"""Seconds that a chip may not answer: a bad moment of the bus is no fault."""
CALM = 60.0
"""Seconds after which what was odd, and did not come again, is forgotten."""


class Patient(Protocol):
    """Whose line circuit it is."""

    def fail(self, reason: str, *, again_at_once: bool = False) -> None:
        """It is out of order; `again_at_once`: it only wants starting."""

    def warn(self, reason: str) -> None:
        """It works, but this was odd; empty: no longer."""

    def fed_again(self) -> None:
        """Its line was open for a moment, and whatever went on on it has ended."""


class Health:
    """Asks one line circuit, and judges the answers.

    Args:
        slic: the line circuit.
        patient: hears the verdicts.
        clock: monotonic seconds.
    """

    def __init__(self, slic: Slic, patient: Patient, clock: Callable[[], float]) -> None:
        self._slic = slic
        self._patient = patient
        self._clock = clock
        self._silent_since: float | None = None
        self._odd_since: float | None = None

    def poll(self) -> list[SlicEvent]:
        """What has happened on the line."""
        try:
            happened = self._slic.poll()
        except DriverError as error:
            if not self._forgetful():
                self._suffer(str(error))
            return []
        self._silent_since = None
        return happened

    def glance(self) -> bool:
        """Whether `poll` might find something; also when the chip does not answer."""
        try:
            return self._silent_since is not None or self._slic.glance()
        except DriverError:
            return True

    def check(self) -> None:
        """Look whether the chip still has its state."""
        try:
            self._slic.check()
        except ChipResetError as error:
            self._fail(str(error), again_at_once=True)
        except PowerAlarmError as error:
            if error.gave_up:
                self._fail(str(error))
            else:
                self.odd(str(error))
                self._patient.fed_again()
        except DriverError as error:
            self._suffer(str(error))
        else:
            self._calm()

    def refused(self, reason: str) -> None:
        """The chip did not do what it was told: out of order, if it is not only forgetful."""
        if not self._forgetful():
            self._fail(reason)

    def _forgetful(self) -> bool:
        """Whether it has lost step on the bus, or its registers; then that is told."""
        try:
            self._slic.check()
        except ChipResetError as found:
            self._fail(str(found), again_at_once=True)
            return True
        except DriverError:
            pass  # what was seen first is told
        return False

    def _suffer(self, reason: str) -> None:
        """It did not answer; it may do so for a moment."""
        now = self._clock()
        if self._silent_since is None:
            self._silent_since = now
        elif now - self._silent_since >= PATIENCE:
            self._fail(reason)

    def _fail(self, reason: str, *, again_at_once: bool = False) -> None:
        self._silent_since = None
        self._patient.fail(reason, again_at_once=again_at_once)

    def odd(self, reason: str) -> None:
        """It works, but this was odd."""
        self._odd_since = self._clock()
        self._patient.warn(reason)

    def _calm(self) -> None:
        if self._odd_since is not None and self._clock() - self._odd_since >= CALM:
            self._odd_since = None
            self._patient.warn("")
