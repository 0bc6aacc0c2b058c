"""What a person hears, by name and by definition: the word that line, media and CLI share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Tone(Enum):
    """The names of ITU-T E.180 as the operator reads them."""

    SILENCE = "silence"
    DIAL = "dial-tone"
    STUTTER = "stutter-dial-tone"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    UNOBTAINABLE = "unobtainable"
    CALL_WAITING = "call-waiting"
    HOWLER = "howler"


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of a tone: these frequencies together, for so long."""

    frequencies_hz: tuple[float, ...]
    """Empty: silence."""
    ms: int
    """0: without end."""
    level_dbm0: float = -10.0
    """Of the sum; two frequencies are each 3 dB below."""
    level_end_dbm0: float | None = None
    """A level that moves evenly to this one (the rising howler); None: constant."""
    modulation_hz: float = 0.0
    """So often a second the loudness of the one frequency swells and fades; 0: never."""


@dataclass(frozen=True, slots=True)
class ToneSpec:
    """A tone as the country defines it: played once, or over and over from `loop_from`."""

    segments: tuple[Segment, ...]
    loop_from: int | None = 0
    """Index of the segment to go back to at the end; None: once, then silence."""
