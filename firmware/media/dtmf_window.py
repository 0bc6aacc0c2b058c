"""What two tones a window of 20 ms holds: sixteen dot products, and no loop over samples.

`audioop.findfactor` is a dot product in C. With a sine under a Hann window as its second
argument it is one bin of a discrete Fourier transform, at any frequency. A Hann window lets
35 dB less of a dial tone into the lowest row than a rectangle of the same length (which is
what a Goertzel filter looks through), and half a window later the next can begin without a
sample having less weight than another.
"""

from __future__ import annotations

import audioop
import cmath
import math
from array import array
from operator import mul
from typing import NamedTuple

from drivers.highway import RATE

WINDOW, HOP = 160, 80
"""Samples; windows overlap by half, so that their weights add up to one."""
HOP_S = HOP / RATE
FREQUENCIES = (697, 770, 852, 941, 1209, 1336, 1477, 1633)
"""Hz; four rows, then four columns (ITU-T Q.23)."""
DIAL_TONES = range(300, 501, RATE // WINDOW)
"""The bins that hold the energy of a dial tone of any country: 330 to 470 Hz."""
_BIN = RATE / WINDOW
_SPREAD = 1.5
"""A tone under a Hann window is seen in three bins: so much more than its power in all."""


class _Bin(NamedTuple):
    """One frequency, as two references for `findfactor` and what makes peaks of the factors."""

    cosine: bytes
    sine: bytes
    by_cosine: float
    by_sine: float
    back: complex
    """Turns the phase back by what the frequency turns it from window to window."""


def _bin(hz: float) -> _Bin:
    hann = [0.5 - 0.5 * math.cos(math.tau * (n + 0.5) / WINDOW) for n in range(WINDOW)]
    made: list[tuple[bytes, float]] = []
    for wave in (math.cos, math.sin):
        pure = [wave(math.tau * hz * n / RATE) for n in range(WINDOW)]
        weighed = [round(32767 * w * p) for w, p in zip(hann, pure, strict=True)]
        seen = sum(w * p for w, p in zip(weighed, pure, strict=True))
        made.append((array("h", weighed).tobytes(), sum(w * w for w in weighed) / seen))
    (cosine, by_cosine), (sine, by_sine) = made
    back = cmath.exp(-1j * math.tau * hz * HOP_S)
    return _Bin(cosine, sine, by_cosine, by_sine, back)


_TONES = tuple(_bin(hz) for hz in FREQUENCIES)
_TURNS = tuple(math.tau * HOP_S * hz for hz in FREQUENCIES)
"""Radians from window to window."""
_LOW = tuple(_bin(hz) for hz in DIAL_TONES)
_WEIGHTS = [math.sin(math.pi * (n + 0.5) / WINDOW) ** 4 * 8 / 3 / WINDOW for n in range(WINDOW)]
"""Of each sample's square in the power of the window; their sum is one."""


def rows(window: bytes) -> list[complex]:
    """Peak and phase of the four lower frequencies, in 16-bit samples."""
    return _seen(window, _TONES[:4])


def columns(window: bytes) -> list[complex]:
    """The same of the four upper ones."""
    return _seen(window, _TONES[4:])


def _seen(window: bytes, bins: tuple[_Bin, ...]) -> list[complex]:
    dot = audioop.findfactor
    return [
        complex(dot(window, cosine) * by_cosine, -dot(window, sine) * by_sine)
        for cosine, sine, by_cosine, by_sine, _ in bins
    ]


def turn(before: complex, now: complex, index: int) -> complex:
    """By how much tone `index` has turned more than its frequency does from window to window."""
    return now * before.conjugate() * _TONES[index].back


def off(turned: complex, index: int) -> float:
    """The part by which the frequency of tone `index` is too high, if it turns so."""
    return cmath.phase(turned) / _TURNS[index]


def seen(part: float, index: int) -> float:
    """The part of its power that tone `index` shows if its frequency is off by `part`."""
    bins = abs(part) * FREQUENCIES[index] / _BIN
    if bins < 0.01:
        return 1.0
    width = math.pi * bins
    return (math.sin(width) / width / (1 - bins * bins)) ** 2


def power(window: bytes) -> float:
    """Mean square of a window as the Hann window weighs it."""
    samples = array("h", window)
    return float(sum(map(mul, map(mul, samples, samples), _WEIGHTS)))


def dial_tone(window: bytes) -> float:
    """The part of `power` that lies where dial tones are."""
    dot, found = audioop.findfactor, 0.0
    for cosine, sine, by_cosine, by_sine, _ in _LOW:
        found += (dot(window, cosine) * by_cosine) ** 2 + (dot(window, sine) * by_sine) ** 2
    return found / 2 / _SPREAD
