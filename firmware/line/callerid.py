"""When to show the caller: between the first and the second ring (YD/T 1277, GR-30).

The telephone is on-hook then and listens after the first burst; once it has been lifted
nothing may be sent, or the person would hear it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from firmware.machine import Timers

WITHHELD = "anonymous"
"""Number of a caller who does not want to be known (CLI-07)."""
UNKNOWN = "unknown"
"""Number of a caller whom nobody has named."""


@dataclass(frozen=True, slots=True)
class CallerIdPlan:
    """How a country shows callers."""

    standard: str = "bell202"
    """Modem of the FSK: ``bell202`` or ``v23``; empty: callers are not shown."""
    charset: str = "latin-1"
    """Of the name on the telephone's display."""
    name_bytes: int = 15
    """Longest name that telephones take."""
    number_digits: int = 20
    pause: float = 0.5
    """Silence between the first burst and the data, seconds."""


@dataclass(frozen=True, slots=True)
class RingingStarted:
    """The bell began to ring, with a burst."""

    number: str
    name: str
    when: str
    """Local time, MMDDhhmm."""


@dataclass(frozen=True, slots=True)
class RingingStopped:
    """The bell is off: answered or given up."""


CallerIdEvent = RingingStarted | RingingStopped


@dataclass(frozen=True, slots=True)
class SendCallerId:
    """Send the data now; the fields are those of the media process's ``ShowCaller``."""

    standard: str
    when: str
    number: str
    """Empty: there is none."""
    name: bytes
    absence: Literal["P", "O"] = "P"
    """Why there is none: the caller is private (withheld), or unknown."""


class _Timer(Enum):
    BURST_OVER = auto()


class CallerId:
    """One port's caller ID; a `Machine[CallerIdEvent, SendCallerId]`."""

    def __init__(self, plan: CallerIdPlan, first_burst: float) -> None:
        """Take the plan and the length of the first burst of ringing, in seconds."""
        self._plan = plan
        self._delay = first_burst + plan.pause
        self._shown: SendCallerId | None = None
        self._timers: Timers[_Timer] = Timers()

    @property
    def deadline(self) -> float | None:
        return self._timers.next

    def feed(self, event: CallerIdEvent, now: float) -> list[SendCallerId]:
        self._timers.keep(())
        match event:
            case RingingStarted(number, name, when) if self._plan.standard:
                self._shown = display(self._plan, number, name, when)
                self._timers.start(_Timer.BURST_OVER, now + self._delay)
        return []

    def tick(self, now: float) -> list[SendCallerId]:
        due = self._timers.pop_due(now)
        return [self._shown] if due and self._shown else []


def display(plan: CallerIdPlan, number: str, name: str, when: str) -> SendCallerId:
    """Fit a caller to what telephones can show: digits, and a short name in their charset.

    A caller without digits (a SIP user like ``reception``) is shown by name.
    """
    digits = "".join(c for c in number if c.isascii() and (c.isdigit() or c in "*#"))
    name = name or ("" if digits or number in {WITHHELD, UNKNOWN} else number)
    shown = b""
    for character in name:
        encoded = character.encode(plan.charset, "replace")
        if len(shown) + len(encoded) > plan.name_bytes:
            break
        shown += encoded
    absence: Literal["P", "O"] = "P" if digits or number == WITHHELD else "O"
    return SendCallerId(plan.standard, when, digits[: plan.number_digits], shown, absence)
