"""Step by step: how each kind of display is told, and what goes before and after the data.

The times are the middle of what the standards allow; where none is at hand they are those of
other makers' gateways (docs/reference/caller-id.md says which).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from firmware.line.callerid_kinds import Alert

REVERSED = 0.300
"""Seconds of silence behind the exchange of the wires; SIN 227 wants 0.1, ETSI's DTMF 0.2."""
ALERT_MS = 100
"""The alerting tone before data to a telephone on-hook: 88 to 110 ms."""
ALERTED = 0.250
"""Seconds of silence behind it: 45 ms to 5 s. A British telephone closes the loop for 15 ms in
the first 40 ms of them, upon which many line circuits think that it was lifted, and transmit
no longer to a telephone on-hook: so that is ordered again, shortly before the data. (A sound
device plays what it was given up to 0.1 s later.)"""
AGAIN = 0.050
"""Seconds from that order to the data."""
WAITING_ALERT_MS = 80
"""The alerting tone to a telephone in a call: 75 to 85 ms."""
PLAYED = 0.300
"""Seconds until the last of the data has left the sound device for sure."""
BEFORE_RING = 0.400
"""Seconds from the end of the data to the first ring: at least 0.2, with DTMF at most 0.5."""
SETTLED = 0.100
"""Seconds from the first audio path to the first tone."""
PULSE_MS = (250, 4000)
"""The ring pulse: 200 to 300 ms, and no second one."""
PULSED = 0.600
"""Seconds behind it: 0.5 to 0.8."""
CALLING_MS = (500, 500)
"""Short bursts by which NTT asks the telephone to take the data."""
CALLS = 6.0
"""Seconds after which NTT believes that there is no such telephone."""
TAKEN = 0.150
"""Seconds from the telephone's going off-hook to the data."""
PUTS_DOWN = 0.800
"""Seconds it may take to go on-hook again behind the data (0.3 are allowed to it); if it does
not, a person has lifted."""
RESTED = 0.400
"""Seconds from there to the first ring."""


class Line(Enum):
    """What the feed of the line shall be."""

    REST = auto()
    """As always while nothing happens."""
    TRANSMIT = auto()
    """Audio reaches a telephone that is on-hook."""
    REVERSED = auto()
    """The same, with the wires exchanged."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Feed the line so."""

    line: Line


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring the bell as the country does; it began to ring."""


@dataclass(frozen=True, slots=True)
class Splash:
    """Put ring voltage on the line in this cadence, until the feed is ordered otherwise."""

    cadence_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SendData:
    """Let the telephone hear this once."""

    modem: str
    """``bell202``, ``v23``, ``ntt`` or ``dtmf``; empty: there is an alerting tone only."""
    message: bytes
    """Of an FSK message without checksum; of DTMF the keys."""
    words: str
    """For the ladder."""
    alert_ms: int = 0
    """Length of the alerting tone before it; 0: none."""
    waiting: bool = False
    """In a call: only to a telephone that answers the tone; the far end hears nothing of it."""
    tag: int = 0
    """Says which is meant when its end is told."""


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The hook means again what it always means; look at it, it may have moved."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for a while."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Seize:
    """From now on the hook is the telephone's answer, and no person's; or no longer."""

    on: bool


@dataclass(frozen=True, slots=True)
class Await:
    """Wait until the telephone is off-hook, or on-hook."""

    off_hook: bool
    seconds: float
    otherwise: tuple[Step, ...]
    """What is done in place of all that follows if it does not come about in that time."""


Order = Feed | Ring | Splash | SendData | GiveBack
Step = Order | Wait | Seize | Await


def announcing(
    alert: Alert, data: SendData, *, first_burst: float, pause: float
) -> tuple[Step, ...]:
    """The steps of a call.

    Args:
        alert: how the telephone's attention is drawn.
        data: what it is told.
        first_burst: seconds from the first ring to the pause in which data may be sent.
        pause: seconds of silence between the two.
    """
    if alert is Alert.FIRST_RING:
        return (Ring(), Wait(first_burst + pause), data)
    if alert is Alert.SEIZED:
        return (
            Feed(Line.REVERSED),
            Wait(REVERSED),
            Seize(True),
            Splash(CALLING_MS),
            Await(True, CALLS, otherwise=(Seize(False), Ring())),
            Feed(Line.REST),
            Wait(TAKEN),
            data,
            Await(False, PUTS_DOWN, otherwise=(Seize(False), GiveBack())),
            Seize(False),
            Wait(RESTED),
            Ring(),
        )
    return (*_alerting(alert), data, Wait(BEFORE_RING), Ring())


def lighting(alert: Alert, data: SendData) -> tuple[Step, ...]:
    """The steps by which the lamp for messages is told; nothing rings afterwards."""
    return (*_alerting(alert), data, Wait(PLAYED), Feed(Line.REST))


def _alerting(alert: Alert) -> tuple[Step, ...]:
    match alert:
        case Alert.REVERSAL:
            return (Feed(Line.REVERSED), Wait(REVERSED))
        case Alert.REVERSAL_TONE:
            return (Feed(Line.REVERSED), Wait(REVERSED), *_toned(Line.REVERSED))
        case Alert.TONE:
            return (Feed(Line.TRANSMIT), Wait(SETTLED), *_toned(Line.TRANSMIT))
        case Alert.RING_PULSE:
            pulse = PULSE_MS[0] / 1000
            return (Splash(PULSE_MS), Wait(pulse), Feed(Line.TRANSMIT), Wait(PULSED))
    return (Feed(Line.TRANSMIT), Wait(SETTLED))


def _toned(line: Line) -> tuple[Step, ...]:
    tone = SendData("", b"", "alerting tone", alert_ms=ALERT_MS)
    return (tone, Wait(ALERTED - AGAIN), Feed(line), Wait(AGAIN))
