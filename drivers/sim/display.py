"""The display of a telephone: who calls, who waits, and the lamp for messages.

It understands what telephones of all countries are told, and does what those do that must do
something first: a British one closes the loop for a moment when it hears the alerting tone, a
Japanese one goes off-hook for the data when it is rung in short bursts, and any one in a call
cuts its microphone and earpiece off and answers the alerting tone with a D.
"""

from __future__ import annotations

import audioop
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from drivers.sim.contact import Contact
from drivers.sim.levels import PERIOD, PERIOD_S, SILENCE, ZERO_DBM0_RMS, ratio
from drivers.sim.sounds import Mouth, dtmf, sine
from drivers.sim.spandsp import CallerId, CallerIdReceiver, Lamp
from drivers.sim.timeline import Timeline

TAIL_S = 0.1
"""How long the receiver keeps listening into silence: the last bits need it."""
SHOWN_S = 5.0
"""A caller ID that came so shortly before the first ring belongs to it."""
TURNED_S = 10.0
"""So long an exchange of the wires announces a call."""
ALERT_HZ = (2130, 2750)
ALERT_PERIODS = 3
"""Whole periods of the alerting tone that make sure of it: it lasts 75 ms and more."""
PURE = 0.85
SOFTEST_DBM0 = -38.0
WET_AFTER_S, WET_S = 0.020, 0.015
"""SIN 227: the loop is closed for 15 ms, 20 ms after the alerting tone."""
SHORT_S = (0.3, 0.7)
"""Bursts of ringing that ask a Japanese telephone to take data: 500 ms."""
TAKES_AFTER_S = 0.05
ACKNOWLEDGED_S = 0.065
"""Length of the D."""
PATIENCE_S = 1.8
"""How long a telephone waits for data that it has asked for."""
DOWN_AFTER_S = 0.1
"""NTT: within 300 ms of the data the telephone is on-hook again."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What kind of telephone it is."""

    wants_reversal: bool = False
    """On-hook it shows nothing unless the wires were exchanged before."""
    wants_tone: bool = False
    """Nor without the alerting tone."""
    closes_loop: bool = True
    """It answers the alerting tone on-hook, after an exchange of the wires (SIN 227)."""
    takes_off_hook: bool = True
    """It goes off-hook for data (NTT)."""
    answers: bool = True
    """It shows who waits in a call."""


ANY = Habits()
BRITISH = Habits(wants_reversal=True, wants_tone=True)
DUTCH = Habits(wants_reversal=True)
PLAIN = Habits(closes_loop=False, takes_off_hook=False, answers=False)
"""No display that does anything."""


class AlertTone:
    """Listens for 2130 and 2750 Hz together, a period at a time."""

    def __init__(self) -> None:
        self._run = 0

    def ended(self, samples: bytes | None) -> bool:
        """The tone has sounded for long enough, and sounds no longer."""
        if samples is not None and _alerting(samples):
            self._run += 1
            return False
        heard, self._run = self._run >= ALERT_PERIODS, 0
        return heard

    @property
    def sounds(self) -> bool:
        return self._run >= ALERT_PERIODS


class Display:
    """What one telephone shows.

    Args:
        timeline: the card's.
        contact: of the telephone.
        loop: closes and opens the loop beside the contact.
        keypad: for its D.
        told: hears of what is shown: the event, and its words.

    Attributes:
        habits: what kind of telephone it is.
        caller: of the last call; None when none was shown.
        waiting: of the last caller shown during a call.
        lamp: the lamp for messages is lit.
        messages: how many wait, if that was said.
    """

    def __init__(
        self,
        timeline: Timeline,
        contact: Contact,
        loop: Callable[[bool], None],
        keypad: Mouth,
        told: Callable[[str, str], None],
    ) -> None:
        self.habits = ANY
        self.caller: CallerId | None = None
        self.waiting: CallerId | None = None
        self.lamp = False
        self.messages: int | None = None
        self._timeline = timeline
        self._contact = contact
        self._loop = loop
        self._keypad = keypad
        self._told = told
        self._receiver: CallerIdReceiver | None = None
        self._tone = AlertTone()
        self._alerted = False
        self._listens_until = 0.0
        self._shown_at = -SHOWN_S
        self._turned_at = -TURNED_S
        self._asked: CallerIdReceiver | None = None
        """Off-hook: what the telephone has asked for, while its earpiece is cut off."""
        self._asked_until = 0.0
        self._holds = False
        """It is off-hook by itself, for data."""

    # the line

    def turned(self, now: float) -> None:
        """The wires have been exchanged, on-hook."""
        self._turned_at, self._alerted = now, False

    def rings_anew(self, now: float) -> None:
        """A call begins to ring: the display goes blank, unless it was announced."""
        if now - self._shown_at > SHOWN_S:
            self.caller = None

    def rang(self, now: float, seconds: float) -> None:
        """A burst of ringing has ended."""
        announced = now - self._turned_at <= TURNED_S
        if announced and self.habits.takes_off_hook and SHORT_S[0] <= seconds <= SHORT_S[1]:
            self._turned_at = -TURNED_S
            self._timeline.plan(now + TAKES_AFTER_S, self._take)

    def hear_on_hook(self, samples: bytes | None, now: float) -> None:
        """A period of audio while the handset is down."""
        if samples is not None:
            self._listens_until = now + TAIL_S
        elif now > self._listens_until:
            return
        if self._tone.ended(samples):
            self._alerted = True
            if self.habits.closes_loop and now - self._turned_at <= TURNED_S:
                self._timeline.plan(now + WET_AFTER_S, lambda: self._wet(closed=True))
                self._timeline.plan(now + WET_AFTER_S + WET_S, lambda: self._wet(closed=False))
        if self._receiver is None:
            self._receiver = CallerIdReceiver()
        shown = self._receiver.feed(samples or SILENCE)
        if isinstance(shown, Lamp) and self._may_show(now):
            self._light(shown)
        elif isinstance(shown, CallerId) and self._may_show(now):
            self._show(shown, now)

    def hear_off_hook(self, samples: bytes | None, now: float) -> bytes | None:
        """A period of audio in the handset; what is left of it for the ear."""
        if self._asked is not None:
            self._wait_for_data(self._asked, samples, now)
            return None
        if self._tone.ended(samples) and self.habits.answers:
            self._keypad.say(dtmf("D", ACKNOWLEDGED_S, PERIOD_S), now)
            self._ask("bell202", "v23")
            return None
        return None if self._tone.sounds and self.habits.answers else samples

    @property
    def busy(self) -> bool:
        """Microphone and earpiece are cut off: it waits for data."""
        return self._asked is not None

    def lifted(self) -> None:
        """A person has the handset: it is not put down for him."""
        self._holds = False

    # what it does

    def _may_show(self, now: float) -> bool:
        turned = now - self._turned_at <= TURNED_S
        return (turned or not self.habits.wants_reversal) and (
            self._alerted or not self.habits.wants_tone
        )

    def _show(self, caller: CallerId, now: float) -> None:
        again = caller == self.caller and now - self._shown_at < TAIL_S
        self.caller, self._shown_at = caller, now
        self._turned_at = -TURNED_S  # what was announced has come
        if not again:  # the other demodulator's turn
            self._told("caller-id", caller.number or caller.withheld)

    def _light(self, lamp: Lamp) -> None:
        if (self.lamp, self.messages) != (lamp.lit, lamp.count):
            self.lamp, self.messages = lamp.lit, lamp.count
            self._told("lamp", "on" if lamp.lit else "off")

    def _wet(self, *, closed: bool) -> None:
        if not self._contact.closed:
            self._loop(closed)

    def _take(self) -> None:
        if not self._contact.closed:
            self._holds = True
            self._contact.close()
            self._ask("ntt")

    def _ask(self, *standards: str) -> None:
        self._asked = CallerIdReceiver(standards)
        self._asked_until = self._timeline.now + PATIENCE_S

    def _wait_for_data(self, asked: CallerIdReceiver, samples: bytes | None, now: float) -> None:
        shown = asked.feed(samples or SILENCE)
        if isinstance(shown, CallerId):
            if self._holds:
                self._show(shown, now)
            else:
                self.waiting = shown
                self._told("waiting-caller", shown.number or shown.withheld)
        if shown is not None or now > self._asked_until or not self._contact.closed:
            self._asked = None
            self._timeline.plan(now + DOWN_AFTER_S, self._put_down)

    def _put_down(self) -> None:
        if self._holds:
            self._holds = False
            self._contact.open()


def _alerting(samples: bytes) -> bool:
    rms = audioop.rms(samples, 2)
    if rms < ZERO_DBM0_RMS * ratio(SOFTEST_DBM0):
        return False
    powers = [_power(samples, hz) for hz in ALERT_HZ]
    return sum(powers) >= PURE * rms**2 and min(powers) >= 0.1 * rms**2


def _power(samples: bytes, hz: int) -> float:
    """Mean square of one frequency in a period."""
    return sum(
        (audioop.findfactor(samples, part) * audioop.rms(part, 2)) ** 2 for part in _units(hz)
    )


@cache
def _units(hz: int) -> tuple[bytes, bytes]:
    """A period of it at 0 dBm0, and the same a quarter of a turn later."""
    shortest = sine(hz, 0.0, PERIOD), sine(hz, 0.0, PERIOD, 0.25)
    first, second = ((part * PERIOD)[: 2 * PERIOD] for part in shortest)
    return first, second
