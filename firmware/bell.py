"""The bell of one telephone: rung by the line circuit, in its cadence or in ours, caller shown."""

from __future__ import annotations

from collections.abc import Callable

from drivers.slic import Capability, RingSpec, Slic
from firmware.line.cadence import Burst, Cadence, Start, Stop, first_pattern_s
from firmware.line.callerid import (
    CallerId,
    CallerIdPlan,
    RingingStarted,
    RingingStopped,
    SendCallerId,
)
from firmware.pump import Pump


class Bell:
    """Rings.

    Args:
        slic: with the telephone.
        ring: how the country rings.
        plan: how it shows callers.
        look: asks the line circuit what has happened.
        show: sends caller ID.
        failed: hears what could not be done.
    """

    def __init__(
        self,
        slic: Slic,
        ring: RingSpec,
        plan: CallerIdPlan,
        *,
        look: Callable[[], None],
        show: Callable[[SendCallerId], None],
        failed: Callable[[object, Exception], None],
    ) -> None:
        self._slic = slic
        self._ring = ring
        self._look = look
        caller_id = CallerId(plan, first_pattern_s(ring.cadence_ms))
        self._caller_id = Pump(caller_id, show, failed)
        self._cadence = Pump(Cadence(), self._switch, failed)

    def start(self, number: str, name: str, when: str) -> None:
        """Ring, and show who calls if audio reaches a telephone that is on-hook.

        Raises:
            DriverError: the line circuit cannot ring.
        """
        self.ring()
        if Capability.ON_HOOK_TRANSMISSION in self._slic.capabilities:
            self._caller_id.feed(RingingStarted(number, name, when))

    def ring(self) -> None:
        """Ring; or ring on after the line had been opened.

        Raises:
            DriverError: the line circuit cannot ring.
        """
        self._slic.start_ringing(self._ring)
        if not self._slic.keeps_cadence(self._ring):
            self._cadence.feed(Start(self._ring.cadence_ms))

    def stop(self) -> None:
        """Be silent at once, and show nobody.

        Raises:
            DriverError: the line circuit rings on.
        """
        self._caller_id.feed(RingingStopped())
        self._cadence.feed(Stop())
        self._slic.stop_ringing()

    def close(self) -> None:
        self._caller_id.close()
        self._cadence.close()

    def _switch(self, burst: Burst) -> None:
        if burst.on:
            self._look()  # a handset lifted a moment ago shall not be rung
        self._slic.ring_burst(burst.on)
