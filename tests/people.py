"""People at telephones: they act, and say what they hear, from the copper only."""

from __future__ import annotations

import audioop
from collections.abc import Callable

from drivers.sim.bell import Burst
from drivers.sim.card import SimCard
from drivers.sim.contact import BETWEEN_DIGITS_S
from drivers.sim.hearing import Heard, listen
from drivers.sim.phone import PhoneState
from drivers.sim.spectrum import ToneLevel, tone_level_and_snr

FRAME = 0.005
PERIOD = 0.020
QUIET = 100
"""Root mean square of linear samples below which an ear hears nothing (some -47 dBm0)."""


class Person:
    """Somebody at a telephone.

    Args:
        card: with the telephone.
        port: where it is plugged in.
        waits: lets time pass.
    """

    def __init__(self, card: SimCard, port: int, waits: Callable[[float], None]) -> None:
        self.phone = card.phones[port - 1]
        self._card = card
        self._waits = waits

    @property
    def now(self) -> float:
        return self._card.now

    # does

    def lifts(self) -> float:
        """Lift the handset; returns the instant."""
        self.phone.lift()
        return self.now

    def hangs_up(self) -> float:
        """Put the handset down; returns the instant."""
        self.phone.hang_up()
        return self.now

    def dials(self, digits: str) -> float:
        """Press the keys and wait until the last is released; returns when that was pressed."""
        on, off = 70.0, 70.0
        seconds = self.phone.dial(digits, on_ms=on, off_ms=off)
        pressed = self.now + (len(digits) - 1) * (on + off) / 1000
        self._waits(seconds)
        return pressed

    def turns(self, digits: str, *, pps: float = 10, ratio: float = 1.6) -> float:
        """Dial on a rotary dial; returns when the dial has come to rest for the last time."""
        self._waits(self.phone.pulse(digits, pps=pps, ratio=ratio))
        return self.now - BETWEEN_DIGITS_S

    def flashes(self, ms: float) -> None:
        self.phone.flash(ms)
        self._waits(ms / 1000)

    def says(self, hz: float, seconds: float) -> None:
        """Hold a tone of -10 dBm0 to the microphone; time does not pass."""
        self.phone.say_tone(hz, seconds)

    # notices

    def hears(self, seconds: float) -> Heard:
        """Listen for so long; what is heard is measured from the audio in the ear."""
        return listen(self.listens(seconds))

    def hears_tone(self, hz: int, seconds: float) -> ToneLevel:
        """Level and purity of one tone in what is heard for so long."""
        return tone_level_and_snr(self.listens(seconds), hz)

    def heard_first(self, since: float) -> float:
        """When, after `since`, something was audible first, to 5 ms; in seconds after it.

        Raises:
            AssertionError: nothing has been heard.
        """
        return self._edge(since, loud=True)

    def heard_last(self, since: float) -> float:
        """When, after `since`, it became quiet, to 5 ms; in seconds after it."""
        return self._edge(since, loud=False)

    @property
    def bell_rings(self) -> bool:
        return self.phone.state().ringing

    @property
    def bursts(self) -> list[Burst]:
        """Strokes of the bell since the telephone was plugged in."""
        return list(self.phone.bell.bursts)

    @property
    def sees(self) -> PhoneState:
        """What the display and a meter on the wires show."""
        return self.phone.state()

    def listens(self, seconds: float) -> bytes:
        """The samples in the ear, from now on for so long; 16 bits at 8 kHz."""
        begin = self.now
        self._waits(seconds + PERIOD)  # the ear has whole periods only
        return self.phone.ear.between(begin, begin + seconds)

    def _edge(self, since: float, *, loud: bool) -> float:
        at = since
        while at + FRAME <= self.now:
            samples = self.phone.ear.between(at, at + FRAME)
            if (audioop.rms(samples, 2) > QUIET) is loud:
                return round(at - since, 4)
            at += FRAME
        raise AssertionError(f"heard nothing {'loud' if loud else 'quiet'} since {since:.3f}")
