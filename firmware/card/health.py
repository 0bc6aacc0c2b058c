"""Judge a line circuit by its answers: it works, it is odd, or it is out of order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from drivers.errors import ChipResetError, DriverError, PowerAlarmError
from drivers.slic import Slic, SlicEvent

PATIENCE = 0.25
"""Seconds for which a chip need not answer: a bad moment of the bus is no fault."""
CALM = 60.0
"""Seconds after which something odd that did not happen again is forgotten."""


class Patient(Protocol):
    """The owner of the line circuit."""

    def fail(self, reason: str, *, again_at_once: bool = False) -> None:
        """It is out of order; `again_at_once`: it only needs a new start."""

    def warn(self, reason: str) -> None:
        """It works, but something is odd; empty: no longer."""

    def fed_again(self) -> None:
        """Its line was open for a moment, which has ended whatever went on on it."""


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
        """Poll the chip; returns what has happened on the line."""
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
        """Check whether the chip still has its state."""
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
        """The chip has refused an order: it is out of order, unless it has only lost its state."""
        if not self._forgetful():
            self._fail(reason)

    def _forgetful(self) -> bool:
        """Whether the chip has lost step, or its registers; then its owner is told so."""
        try:
            self._slic.check()
        except ChipResetError as found:
            self._fail(str(found), again_at_once=True)
            return True
        except DriverError:
            pass  # what was seen first is told
        return False

    def _suffer(self, reason: str) -> None:
        """The chip did not answer; it may do so for a moment."""
        now = self._clock()
        if self._silent_since is None:
            self._silent_since = now
        elif now - self._silent_since >= PATIENCE:
            self._fail(reason)

    def _fail(self, reason: str, *, again_at_once: bool = False) -> None:
        self._silent_since = None
        self._patient.fail(reason, again_at_once=again_at_once)

    def odd(self, reason: str) -> None:
        """Note that the chip works, but was odd in this way."""
        self._odd_since = self._clock()
        self._patient.warn(reason)

    def _calm(self) -> None:
        if self._odd_since is not None and self._clock() - self._odd_since >= CALM:
            self._odd_since = None
            self._patient.warn("")
