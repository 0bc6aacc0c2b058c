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

SIMULATED = "simulated"
"""The device name of the highway of the simulated board."""

PRIMED = 2
"""Periods of silence that a sound device is given ahead, so that the first late `write` is no
underrun."""

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


def layout_for(ports: int, device: str) -> Layout:
    """Find where the timeslots of a card lie in a frame.

    A sound device hands out little-endian samples while the wire carries the most
    significant bit first, so the bytes of a sample appear in reverse: in two 16-bit samples
    (64-bit frame sync period, up to four ports) or two 32-bit samples (128 bits, up to
    eight). The simulated highway has no samples: one byte a timeslot, in order.
    """
    if device == SIMULATED:
        width = -(-ports // 8) * 8
        return Layout(width=width, offsets=tuple(range(width)))
    if ports <= 4:
        return Layout(width=4, offsets=(1, 0, 3, 2))
    if ports <= 8:
        return Layout(width=8, offsets=(3, 2, 1, 0, 7, 6, 5, 4))
    raise ValueError(f"a sound device carries 8 timeslots, not {ports}")


def codec_layout(ports: int) -> Layout:
    """One byte a channel of a codec, left first: it is companded on this side of the device.

    Raises:
        ValueError: a codec has two channels.
    """
    if not 1 <= ports <= 2:
        raise ValueError(f"a stereo codec carries 2 ports, not {ports}")
    return Layout(width=2, offsets=(0, 1))


def echo_lag(device: str) -> int:
    """Periods from a `write` to the `read` that brings what the line reflects of it."""
    return 1 if device == SIMULATED else 1 + PRIMED


@dataclass(frozen=True, slots=True)
class HighwaySettings:
    """Which highway to open; `device` is the configuration's `pcm` key."""

    device: str
    """``simulated``, or the ALSA device name."""
    layout: Layout
    law: str = "PCMA"
    socket: str = ""
    """Of the simulated board process."""
    card: int = 1
    """Number of the card on it."""
    codec: bool = False
    """The device is a stereo codec: linear samples, left is port 1 and right port 2."""


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
