"""The bell and the display of one telephone: rung in its cadence or in ours, told who calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from drivers.slic import Capability, Linefeed, RingSpec, Slic
from firmware.line.cadence import Burst, Cadence, Start, Stop, first_pattern_s
from firmware.line.callerid import (
    Ability,
    CallCame,
    CallerId,
    CallerIdOrder,
    CallerIdPlan,
    CallOver,
    Cut,
    DataSent,
    HookSeen,
    LampWanted,
)
from firmware.line.callerid_steps import (
    CALLING_MS,
    Feed,
    GiveBack,
    Line,
    Ring,
    SendData,
    Splash,
)
from firmware.pump import Pump

LINEFEED = {
    Line.REST: Linefeed.FORWARD_ACTIVE,
    Line.TRANSMIT: Linefeed.FORWARD_ON_HOOK_TRANSMISSION,
    Line.REVERSED: Linefeed.REVERSE_ON_HOOK_TRANSMISSION,
}


class Surroundings(Protocol):
    """The port around the bell."""

    def look(self) -> None:
        """Ask the line circuit what has happened."""

    def hear_again(self) -> None:
        """Read the hook again: it may have moved while nobody looked."""


class Voice(Protocol):
    """What the bell needs of the voice path."""

    def send_data(self, wish: SendData) -> None:
        """Let the telephone hear data."""

    def cut_data(self) -> None:
        """Stop the data in the middle."""

    def said(self, what: str) -> None:
        """Put on the ladder what was put on the copper."""


class Bell:
    """Rings one telephone, and shows it who calls.

    Args:
        slic: with the telephone.
        ring: how the country rings.
        plan: how it shows callers.
        port: around it.
        voice: of the telephone.
        failed: hears what could not be done.
    """

    def __init__(
        self,
        slic: Slic,
        ring: RingSpec,
        plan: CallerIdPlan,
        port: Surroundings,
        voice: Voice,
        failed: Callable[[object, Exception], None],
    ) -> None:
        self._slic = slic
        self._ring = ring
        self._port = port
        self._voice = voice
        self._machine = CallerId(plan, first_pattern_s(ring.cadence_ms))
        self._caller_id = Pump(self._machine, self._perform, failed)
        self._cadence = Pump(Cadence(), self._switch, failed)
        self._rings = False
        self._line = Line.REST

    def start(self, number: str, name: str, when: str) -> None:
        """Ring, and show the caller as far as the line circuit can."""
        self._caller_id.feed(CallCame(number, name, when, self._ability))

    def light(self, count: int) -> None:
        """Tell the lamp of a telephone on-hook how many messages wait."""
        self._caller_id.feed(LampWanted(count, self._ability))

    def sent(self, tag: int) -> None:
        """The data with this tag has been sent."""
        self._caller_id.feed(DataSent(tag))

    def takes(self, off_hook: bool) -> bool:
        """Take a move of the hook; True: it is the telephone's answer to data, and no person's."""
        if not self._machine.seizes:
            return False
        self._caller_id.feed(HookSeen(off_hook))
        return True

    def ring_on(self) -> None:
        """Ring again, if it rang, after the line was opened for a moment.

        Raises:
            DriverError: the line circuit cannot ring.
        """
        if self._rings:
            self._begin()

    def stop(self) -> None:
        """Stop ringing and all data at once.

        Raises:
            DriverError: the line circuit rings on.
        """
        self._caller_id.feed(CallOver())
        self._cadence.feed(Stop())
        self._slic.stop_ringing()
        self._line = Line.REST
        if self._rings:
            self._rings = False
            self._voice.said("ring stops")

    @property
    def busy(self) -> bool:
        """The bell rings, or data is on its way to the telephone."""
        return self._rings or self._machine.busy

    def lifted(self) -> None:
        """The handset went up: stop the data for the lamp."""
        if self._machine.busy and not self._rings:
            self.stop()

    def give_up(self) -> None:
        """The line goes out of service: give its line circuit no more orders."""
        self._caller_id.feed(CallOver())
        self._cadence.feed(Stop())

    def close(self) -> None:
        self._caller_id.close()
        self._cadence.close()

    @property
    def _ability(self) -> Ability:
        able = self._slic.capabilities
        return Ability(
            transmits_on_hook=Capability.ON_HOOK_TRANSMISSION in able,
            reverses=Capability.REVERSAL in able,
            calls=self._slic.can_ring(replace(self._ring, cadence_ms=CALLING_MS)),
        )

    def _perform(self, order: CallerIdOrder) -> None:
        match order:
            case Ring():
                self._begin()
            case Splash(cadence_ms):
                self._ring_as(replace(self._ring, cadence_ms=cadence_ms))
                self._voice.said("ring pulse")
            case Feed(line):
                self._cadence.feed(Stop())
                self._slic.set_linefeed(LINEFEED[line])
                if line is Line.REVERSED and line is not self._line:
                    self._voice.said("polarity reversed")
                self._line = line
            case SendData():
                self._voice.send_data(order)
            case Cut():
                self._voice.cut_data()
            case GiveBack():
                self._port.hear_again()

    def _begin(self) -> None:
        self._ring_as(self._ring)
        self._rings = True
        self._voice.said(f"ring {self._slic.rings_at(self._ring.hz):.0f} Hz")

    def _ring_as(self, ring: RingSpec) -> None:
        self._line = Line.REST
        self._slic.start_ringing(ring)
        if not self._slic.keeps_cadence(ring):
            self._cadence.feed(Start(ring.cadence_ms))

    def _switch(self, burst: Burst) -> None:
        if burst.on:
            self._port.look()  # a handset lifted a moment ago shall not be rung
        self._slic.ring_burst(burst.on)
