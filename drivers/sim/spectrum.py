"""What frequencies a stretch of line audio consists of; no more than an ear needs.

The transform is a plain radix-2 one in pure Python: about 3 ms for 256 ms of audio. What
can be done at C speed (levels, the part of a signal that is one known sine) is left to
`audioop`.
"""

from __future__ import annotations

import audioop
import cmath
import math
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from drivers.sim.levels import FLOOR_DBM0, RATE, dbm0
from drivers.sim.sounds import sine

WINDOW = 2048
"""Samples of one transform: 256 ms, 3.9 Hz from bin to bin."""

MOST_PEAKS = 4
PEAK_RANGE = 0.01
"""Part of the strongest peak's power below which a peak is no part of a tone (-20 dB)."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The strongest frequencies of a stretch of audio."""

    frequencies_hz: tuple[int, ...]
    """In ascending order, at most four."""
    purity: float
    """Part of all power that lies at these frequencies: 1.0 for tones, little for speech."""


@dataclass(frozen=True, slots=True)
class ToneLevel:
    """How much of a signal is one sine."""

    level_dbm0: float
    snr_db: float
    """Against everything else in the signal."""


def spectrum(samples: bytes) -> Spectrum:
    """Look at no more than the `WINDOW` samples in the middle of `samples`."""
    count = len(samples) // 2
    if count > WINDOW:
        start = 2 * ((count - WINDOW) // 2)
        samples, count = samples[start : start + 2 * WINDOW], WINDOW
    if count < 64:
        return Spectrum((), 0.0)
    values = [x * w for x, w in zip(to_integers(samples), _hann(count), strict=True)]
    values += [0.0] * (WINDOW - count)
    power = [abs(x) ** 2 for x in _transform(values)[: WINDOW // 2]]
    lobe = math.ceil(2 * WINDOW / count) + 1
    return _peaks(power, lobe)


def tone_level_and_snr(samples: bytes, hz: int) -> ToneLevel:
    """Measure the sine of `hz` in linear 8 kHz audio, and what else there is.

    Whole periods only, so that sine and cosine do not disturb each other.
    """
    length = RATE // math.gcd(RATE, hz)
    turns = len(samples) // 2 // length
    if not turns or not audioop.rms(samples, 2):
        return ToneLevel(FLOOR_DBM0, FLOOR_DBM0)
    rest = samples[: 2 * length * turns]
    part = bytes(len(rest))
    for turn in (0.0, 0.25):
        reference = sine(hz, 0.0, length, turn) * turns
        share = audioop.mul(reference, 2, audioop.findfactor(rest, reference))
        part = audioop.add(part, share, 2)
        rest = audioop.add(rest, audioop.mul(share, 2, -1), 2)
    signal, noise = audioop.rms(part, 2), max(audioop.rms(rest, 2), 0.5)
    return ToneLevel(dbm0(signal), 20 * math.log10(max(signal, 0.5) / noise))


def to_integers(samples: bytes) -> Sequence[int]:
    values = array("h", samples)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _peaks(power: list[float], lobe: int) -> Spectrum:
    """Take the strongest peaks off `power`, each with its main lobe of `lobe` bins a side."""
    whole = sum(power)
    found: list[float] = []
    taken = first = 0.0
    for _ in range(MOST_PEAKS):
        height = max(power)
        if height <= 0.0 or height < first * PEAK_RANGE:
            break
        first = first or height
        at = power.index(height)
        low, high = max(0, at - lobe), min(len(power), at + lobe + 1)
        here = power[low:high]
        mass = sum(here)
        found.append(sum(n * p for n, p in enumerate(here, low)) / mass)
        taken += mass
        power[low:high] = [0.0] * len(here)
    frequencies = sorted(round(at * RATE / WINDOW) for at in found)
    return Spectrum(tuple(frequencies), taken / whole if whole else 0.0)


@cache
def _hann(count: int) -> tuple[float, ...]:
    return tuple(0.5 - 0.5 * math.cos(2 * math.pi * (n + 0.5) / count) for n in range(count))


@cache
def _twiddles(size: int) -> tuple[complex, ...]:
    return tuple(cmath.exp(-2j * math.pi * n / size) for n in range(size // 2))


def _transform(values: Sequence[float | complex]) -> list[complex]:
    """Discrete Fourier transform of a power of two of values."""
    size = len(values)
    if size == 2:
        return [complex(values[0] + values[1]), complex(values[0] - values[1])]
    even, odd = _transform(values[::2]), _transform(values[1::2])
    turned = [w * x for w, x in zip(_twiddles(size), odd, strict=True)]
    return [a + b for a, b in zip(even, turned, strict=True)] + [
        a - b for a, b in zip(even, turned, strict=True)
    ]
