"""Work at one line that takes it away from its telephone for seconds: the line test.

The work is the line circuit's (a generator that yields the seconds it wants to wait); here it
is begun, paced, bounded in time and given up when somebody needs the line. Whatever ends it,
the line circuit puts the line back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from drivers.errors import DriverError
from drivers.line_test import LineReadings, Measuring
from drivers.slic import Capability, Slic
from firmware.copper.line_verdict import conclude
from firmware.errors import CommandError
from firmware.line.states import State

LONGEST = 15.0
"""Seconds after which a line test is given up; it needs about five."""
QUIET = {State.IDLE, State.DEAD, State.LOCKOUT, State.DEAD_OFF_HOOK}
"""Nobody uses the telephone, or only a handset that was forgotten."""
HEARD = {State.RELEASED, State.BARRED, State.HOWLER, State.DIAL_TONE}
"""A tone and no call: only by force, since a person may be listening."""


class Patient(Protocol):
    """Whose line it is."""

    in_service: bool
    fault: str

    def hear_again(self) -> None:
        """The hook may have moved unseen: look where it is."""

    def check(self) -> None:
        """Look whether the chip still has its state."""


@dataclass
class LineTest:
    """One test, while it runs and afterwards."""

    number: int
    """Counted from 1, by port."""
    began: float
    hz: float
    took: float | None = None
    """Seconds; None while it runs."""
    readings: LineReadings | None = None
    given_up: str = ""
    """Why there are no readings."""

    @property
    def done(self) -> bool:
        return self.took is not None


class LineWork:
    """The work at one line.

    Args:
        slic: of the line.
        patient: whose.
        hz: what its bells are rung with.
        said: puts on the ladder what happens, and how it came out.
    """

    def __init__(
        self, slic: Slic, patient: Patient, hz: float, said: Callable[[str, str], None]
    ) -> None:
        self._slic = slic
        self._patient = patient
        self._hz = hz
        self._said = said
        self._loop = asyncio.get_running_loop()
        self._steps: Measuring | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.test: LineTest | None = None
        """The last one."""

    @property
    def going(self) -> bool:
        """The line belongs to the work: it is neither polled nor rung."""
        return self._steps is not None

    def begin(self, state: State, *, busy: str, force: bool) -> LineTest:
        """Begin a line test.

        Args:
            state: of the line.
            busy: why the line must not be touched although nobody uses it; empty: it may be.
            force: also when somebody may be listening to a tone.

        Raises:
            CommandError: not now, or not with this line circuit; says why.
        """
        if self.going:
            raise CommandError("a test of this line is running")
        if reason := busy or _in_use(state, force=force):
            raise CommandError(f"not tested: {reason}")
        if Capability.LINE_TEST not in self._slic.capabilities:
            raise CommandError(
                f"not tested: {self._slic.chip or 'the line circuit'} cannot measure"
            )
        number = self.test.number + 1 if self.test else 1
        self.test = LineTest(number, self._loop.time(), self._hz)
        off_hook = None if state in {State.DEAD, State.DEAD_OFF_HOOK} else state is not State.IDLE
        self._steps = self._slic.measure_line(self._hz, off_hook=off_hook)
        self._said("line test", "")
        self._step()
        return self.test

    def stop(self, why: str) -> None:
        """Give the work up, if there is any: the line is as before when this returns."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        steps, self._steps = self._steps, None
        if steps is not None and self.test:
            with suppress(DriverError):
                steps.close()
            self.test.given_up = why
            self.test.took = self._loop.time() - self.test.began
            self._said("line test given up", why)

    def _step(self) -> None:
        assert self._steps is not None
        assert self.test is not None
        self._timer = None
        if self._loop.time() - self.test.began > LONGEST:
            self._end(lambda: self.stop("it took too long"))
            return
        try:
            wait = next(self._steps)
        except StopIteration as done:
            readings: LineReadings = done.value
            self._end(lambda: self._finish(readings))
        except DriverError as error:
            reason = error.message
            self._end(lambda: self.stop(reason))
        except Exception:  # a mistake of ours shall not keep the line
            self.stop("an error in the gateway")
            raise
        else:
            self._timer = self._loop.call_later(wait, self._step)

    def _finish(self, readings: LineReadings) -> None:
        assert self.test is not None
        self._steps = None
        self.test.took = self._loop.time() - self.test.began
        self._patient.check()
        if self._patient.in_service:
            self.test.readings = readings
            self._said("line test ends", conclude(readings).verdict)
        else:
            self.test.given_up = self._patient.fault
            self._said("line test given up", self.test.given_up)

    def _end(self, how: Callable[[], None]) -> None:
        """The line is the port's again; what the chip says of itself decides about the rest."""
        how()
        self._patient.check()
        if self._patient.in_service:
            self._patient.hear_again()


def _in_use(state: State, *, force: bool) -> str:
    if state in QUIET:
        return ""
    if state in HEARD:
        return "" if force else f"the handset is off, {state.value}; --force tests it all the same"
    return f"the line is in use: {state.value}"
