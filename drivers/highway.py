"""The PCM highway: frames of companded timeslots at 8 kHz, and nothing else paces voice.

A period is `PERIOD` frames (20 ms). One timeslot is one byte: the SLIC compands in
silicon, so a port's samples of a period are ``frames[offset::width]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

RATE = 8000
"""Frames a second."""
PERIOD = 160
"""Frames a period: 20 ms."""

IDLE = {"PCMA": 0xD5, "PCMU": 0xFF}
"""The code of silence (ITU-T G.711); never 0x00."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each timeslot lies in the bytes of one frame."""

    width: int
    """Bytes a frame."""
    offsets: tuple[int, ...]
    """Byte offset of timeslot 0, 1, 2 ... in the frame."""

    def offset(self, timeslot: int) -> int:
        return self.offsets[timeslot]


@dataclass(frozen=True, slots=True)
class HighwaySettings:
    """Which highway to open; `device` is the configuration's `pcm` key."""

    device: str
    """``simulated``, or the ALSA device name."""
    layout: Layout
    law: str = "PCMA"
    socket: str = ""
    """Of the simulated board."""


class Highway(Protocol):
    """One full-duplex stream for all ports of a card."""

    layout: Layout

    def read(self) -> bytes:
        """Block until a period has been captured; ``width * PERIOD`` bytes.

        Raises:
            HighwayError: the device has gone away.
        """

    def write(self, frames: bytes) -> None:
        """Hand over the period to play next; same shape as `read`.

        Raises:
            HighwayError: the device has gone away.
        """

    @property
    def xruns(self) -> int:
        """Overruns and underruns since it was opened."""

    def close(self) -> None: ...
