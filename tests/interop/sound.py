"""Sound files for the peers: a sine to play, and what they have recorded, measured."""

from __future__ import annotations

import audioop
import wave
from dataclasses import dataclass
from pathlib import Path
from struct import Struct

from drivers.sim.levels import RATE
from drivers.sim.sounds import sine
from drivers.sim.spectrum import tone_level_and_snr

LOUD = -10.0
"""dBm0 of the tones with which voice is measured."""
WINDOW = RATE * 6 // 10
"""Samples that are measured at a time."""
STEP = RATE // 5
SAYS_S, PAUSES_S = 1.5, 1.0
"""A peer that plays breaks off again and again: its echo from our hybrid would count as noise."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A sine as it arrived."""

    level_dbm0: float
    snr_db: float

    @property
    def good(self) -> bool:
        """As loud as it was sent (`LOUD`), and no more noise than G.711 makes."""
        return abs(self.level_dbm0 - LOUD) <= 1.5 and self.snr_db >= 25


def write_sine(path: Path, hz: int, seconds: int = 180) -> Path:
    """A sine as loud as telephones here say theirs, with pauses."""
    turn = sine(hz, LOUD, RATE)
    tone = turn * (round(2 * RATE * SAYS_S) // len(turn))
    silence = bytes(round(2 * RATE * PAUSES_S))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((tone + silence) * round(seconds / (SAYS_S + PAUSES_S)))
    return path


def write_pcma(path: Path, hz: int) -> Path:
    """The same without pauses, as bare PCMA of one second."""
    second = (sine(hz, LOUD, RATE) * RATE)[: 2 * RATE]
    path.write_bytes(audioop.lin2alaw(second, 2))
    return path


def _brought(samples: bytes, channels: int, rate: int) -> bytes:
    """Whole frames of 16 bits."""
    samples = samples[: len(samples) // (2 * channels) * 2 * channels]
    if channels == 2:
        samples = audioop.tomono(samples, 2, 0.5, 0.5)
    return samples if rate == RATE else audioop.ratecv(samples, 2, 1, rate, RATE, None)[0]


HEADER = 44
"""Octets of a WAV file before its samples."""


def measure(path: Path, hz: int) -> Voice | None:
    """The clearest stretch of that sine in a recording, brought to 8 kHz and one channel.

    None while the recording is too short to tell. The header may still say that the file is
    empty: it is written while we read.
    """
    data = path.read_bytes()
    if len(data) < HEADER:
        return None
    samples = _brought(data[data.find(b"data") + 8 :], *Struct("<HI").unpack(data[22:28]))
    found = [
        tone_level_and_snr(samples[start : start + 2 * WINDOW], hz)
        for start in range(0, len(samples) - 2 * WINDOW, 2 * STEP)
    ]
    best = max(found, key=lambda tone: tone.snr_db, default=None)
    return Voice(best.level_dbm0, best.snr_db) if best else None
