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
    """Timer T: wait for the first digit; 0: for ever."""
    short: float = 4.0
    """Timer S: wait for another digit when the number is complete already."""
    long: float = 10.0
    """Timer L: wait for another digit when the number is not complete."""
    emergency: tuple[str, ...] = ()
    """Numbers that are called at once, whatever the map says, and never refused here."""
    hash_ends: bool = True
    """``#`` ends dialling, unless the map has a number that goes on with ``#``."""
    hotline: str = ""
    """Number to call when the handset is lifted; empty: none."""
    hotline_delay: float = 0.0
    """Seconds from lifting to that call, unless a digit is dialled before."""
    codes: Codes = NONE
    """Codes that may stand before a number, for one call."""
    barred: tuple[Barred, ...] = ()
    """Beginnings of numbers that are never called from here, emergency numbers excepted."""
    calls_a_minute: int = 0
    """Most calls in a minute, emergency numbers excepted; 0: no limit."""
    dial_tone: DialTonePolicy = DialTonePolicy.ALWAYS
    flash_local: bool = True
    """A flash holds and changes calls here; False: the network is told of it."""
    three_party: bool = False
    """A flash joins a consulted party with the held one; False: it changes between them."""
    call_waiting: bool = True
    """A caller may wait while the person talks; False: the line is busy then."""
    ring_back_s: float = 50.0
    """Seconds to ring for a caller who was left on hold; 0: for ever."""
    release_tone_s: float = 40.0
    """Seconds of busy, congestion or unobtainable tone, before the howler."""
    howler_s: float = 60.0
    """Seconds of howler, before silence; 0: no howler."""

    # a map's own timers come first: they belong to the map, not to the box (H.248.1 7.1.14)

    @property
    def start_timer(self) -> float:
        """Timer T in force: the map's own, else that of the line."""
        own = self.digit_map.timers.start
        return self.first_digit if own is None else own

    @property
    def short_timer(self) -> float:
        """Timer S in force: the map's own, else that of the line."""
        own = self.digit_map.timers.short
        return self.short if own is None else own

    @property
    def long_timer(self) -> float:
        """Timer L in force: the map's own, else that of the line."""
        own = self.digit_map.timers.long
        return self.long if own is None else own
