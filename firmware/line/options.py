"""How one line behaves: what the configuration and the country profile say of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from firmware.line.digitmap import DigitMap
from firmware.line.rules import NONE, Barred, Codes


class DialTonePolicy(Enum):
    """When a lifted handset hears dial tone (specification Q1-1); else it hears congestion."""

    ALWAYS = "always"
    REGISTERED = "registered"
    """Only while the line is registered."""
    ALIVE = "alive"
    """Only while it is registered and a server answers our heartbeat."""


@dataclass(frozen=True, slots=True)
class LineOptions:
    """Settings of one line; all times in seconds."""

    digit_map: DigitMap
    first_digit: float = 15.0
    """Timer T; 0: wait for ever."""
    short: float = 4.0
    """Timer S: the number is complete, but could go on."""
    long: float = 10.0
    """Timer L: the number is not complete."""
    emergency: tuple[str, ...] = ()
    """Sent at once, whatever the map says, and never refused here."""
    hash_ends: bool = True
    """``#`` ends dialling, unless the map has a number that goes on with it."""
    hotline: str = ""
    """Number called on lift; empty: none."""
    hotline_delay: float = 0.0
    """So long after the lift, unless a digit was dialled before."""
    codes: Codes = NONE
    """Dialled before a number, for this call only."""
    barred: tuple[Barred, ...] = ()
    """Never called from here, emergency numbers excepted."""
    calls_a_minute: int = 0
    """No more than so many, emergency numbers excepted; 0: as many as can be dialled."""
    dial_tone: DialTonePolicy = DialTonePolicy.ALWAYS
    flash_local: bool = True
    """A flash holds, and changes between two calls; False: it is left to the network."""
    three_party: bool = False
    """A flash joins who was called last with who is held; False: it changes between the two."""
    call_waiting: bool = True
    """Who calls while the person talks may wait; False: is told that the line is busy."""
    ring_back_s: float = 50.0
    """The bell rings so long for a caller who was left on hold; 0: for ever."""
    release_tone_s: float = 40.0
    """Busy, congestion or unobtainable tone, then the howler."""
    howler_s: float = 60.0
    """Then silence; 0: no howler."""

    # a map's own timers come first: they belong to the map, not to the box (H.248.1 7.1.14)

    @property
    def start_timer(self) -> float:
        """Timer T as it applies."""
        own = self.digit_map.timers.start
        return self.first_digit if own is None else own

    @property
    def short_timer(self) -> float:
        """Timer S as it applies."""
        own = self.digit_map.timers.short
        return self.short if own is None else own

    @property
    def long_timer(self) -> float:
        """Timer L as it applies."""
        own = self.digit_map.timers.long
        return self.long if own is None else own
