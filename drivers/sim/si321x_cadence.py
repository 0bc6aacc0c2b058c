"""Cadence timers of the simulated Si321x: one active and one inactive time, in turn.

The same circuit stands four times on the chip: for both tone oscillators (DR32, DR33), the
ringing (DR34) and the metering pulses (DR35), with the same bits at the same places.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from drivers.sim.si321x_core import TICK_S, Core

FSK_TICK_S = 1 / 24000
STATUS = 18
"""Interrupt status 1: active timer at bit 2n, inactive timer at bit 2n + 1."""


class Cadence:
    """Turns something on and off.

    Args:
        core: the chip.
        number: 0 oscillator 1, 1 oscillator 2, 2 ringing, 3 metering.
        timer: register of the active time's low byte; the inactive time follows it.
        turned: told when it goes on or off by itself.
    """

    def __init__(
        self, core: Core, number: int, timer: int, turned: Callable[[bool], None] | None = None
    ) -> None:
        self._core = core
        self._number = number
        self._control = 32 + number
        self._timer = timer
        self._turned = turned
        self.on = False
        self.since = 0.0
        """Chip time at which it last went on."""
        self.deadline = math.inf

    def start(self) -> None:
        self.on, self.since = True, self._core.clock
        self.deadline = self._core.clock + self._length(active=True)

    def stop(self) -> None:
        self.on = False
        self.deadline = math.inf

    def reconsider(self) -> None:
        """The timers were enabled or disabled while it runs."""
        self.deadline = self._core.clock + self._length(active=self.on)

    def tick(self) -> None:
        core, due = self._core, self.deadline
        core.interrupt(STATUS, 2 * self._number + (0 if self.on else 1))
        if self.on and self._fsk:
            self.deadline = due + self._length(active=True)
            return
        self.on = not self.on
        if self.on:
            self.since = due
        self.deadline = due + self._length(active=self.on)
        core.changed = True
        if self._turned:
            self._turned(self.on)

    @property
    def _fsk(self) -> bool:
        """FSKEN and REL: oscillator 1 reloads at 24 kHz, one period a bit."""
        return self._number == 0 and self._core.bit(32, 6) and self._core.bit(108, 6)

    def _length(self, *, active: bool) -> float:
        """Seconds of this half; infinite while its timer is disabled."""
        if not self._core.bit(self._control, 4 if active else 3):
            return math.inf
        seconds = self._core.timer_s(self._timer if active else self._timer + 2)
        if self._fsk:
            return seconds / TICK_S * FSK_TICK_S + FSK_TICK_S
        return max(seconds, TICK_S)
