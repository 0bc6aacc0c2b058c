"""Tones as companded bytes: rendered once, then only sliced.

Frequencies are whole hertz here (E.180 allows far more than the rounding), so each tone
repeats after 8000 / gcd samples at the latest: a tone without end is a short loop that
joins itself without a click.
"""

from __future__ import annotations

import audioop
import math
from array import array
from functools import lru_cache

from drivers.highway import IDLE, PERIOD, RATE
from firmware.media.g711 import from_linear, peak_of, quiet, to_linear
from firmware.tone import Segment, ToneSpec

_UNIT = 32767
_SINE = array("h", (round(_UNIT * math.sin(2 * math.pi * n / RATE)) for n in range(RATE)))
"""One second of 1 Hz: every whole frequency is found in it by steps."""
_RISE_STEP = RATE // 20
"""A level that moves does so every 50 ms."""
_FADE = RATE // 500
DEPTH = 0.85
"""How deep a modulated tone fades: to 15 % of the mean, as ringback in Japan (E.180 Supp. 2)."""


class Recording:
    """What is heard: `once`, then `loop` over and over; an empty `loop`: it ends."""

    __slots__ = ("loop", "once")

    def __init__(self, once: bytes, loop: bytes) -> None:
        self.once = once
        self.loop = loop


class Player:
    """Gives a recording a period at a time."""

    __slots__ = ("_at", "_bytes", "_recording", "_size", "ended")

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.ended = False
        """All was given; what comes now is empty."""
        self._at = 0
        self._bytes = recording.once
        self._size = len(recording.once)

    def next(self) -> bytes:
        """The next 160 bytes; fewer when the recording ends within them."""
        at = self._at
        end = at + PERIOD
        if end <= self._size:
            self._at = end
            return self._bytes[at:end]
        return self._over(at)

    def _over(self, at: int) -> bytes:
        """The bytes at hand do not fill a period: go on in the loop."""
        given, loop = self._bytes[at : self._size], self._recording.loop
        if not loop:
            self.ended = True
            self._at = self._size
            return given
        missing = PERIOD - len(given)  # no more than a loop has, see `render`
        self._bytes, self._size, self._at = loop, len(loop), missing
        return given + loop[:missing]


@lru_cache(maxsize=32)
def render(tone: ToneSpec, law: str) -> Recording:
    """Make a tone's bytes; those asked for before are kept."""
    start = len(tone.segments) if tone.loop_from is None else tone.loop_from
    once, loop = bytearray(), bytearray()
    for index, segment in enumerate(tone.segments):
        if segment.ms == 0:  # it never ends, so nothing after it is heard
            once += loop
            return Recording(bytes(once), _endless(segment, law))
        target = once if index < start else loop
        target += _stretch(segment, segment.ms * RATE // 1000, law)
    if loop:
        loop *= -(-PERIOD // len(loop))  # at least a period, and whole rounds of it
    return Recording(bytes(once), bytes(loop))


def dtmf(digit: str, ms: int, law: str, level_dbm0: float = -7.0) -> bytes:
    """A DTMF digit (Q.23); `level_dbm0` is that of the sum."""
    row, column = DTMF[digit]
    segment = Segment(frequencies_hz=(row, column), ms=ms, level_dbm0=level_dbm0)
    return render(ToneSpec((segment,), loop_from=None), law).once


DTMF = {
    digit: (row, column)
    for row, digits in ((697, "123A"), (770, "456B"), (852, "789C"), (941, "*0#D"))
    for column, digit in zip((1209, 1336, 1477, 1633), digits, strict=True)
}


def _endless(segment: Segment, law: str) -> bytes:
    if not segment.frequencies_hz:
        return bytes((IDLE[law],)) * PERIOD
    wave = _wave(segment, segment.level_dbm0, law)
    rounds = math.lcm(len(wave) // 2, PERIOD) // (len(wave) // 2)
    return from_linear(law, wave) * rounds  # whole periods: the player never has to join


def _stretch(segment: Segment, samples: int, law: str) -> bytes:
    """A segment of so many samples."""
    if not segment.frequencies_hz:
        return bytes((IDLE[law],)) * samples
    first, last = segment.level_dbm0, segment.level_end_dbm0
    if last is None or samples <= _RISE_STEP:
        return _ended(from_linear(law, _wave(segment, first, law)), 0, samples, law)
    steps, stretch = samples // _RISE_STEP, bytearray()
    for step in range(steps):
        level = first + (last - first) * step / max(1, steps - 1)
        wave = from_linear(law, _wave(segment, level, law))
        end = samples if step == steps - 1 else len(stretch) + _RISE_STEP
        at = len(stretch)
        stretch += _ended(wave, at, end, law) if end == samples else _cut(wave, at, end)
    return bytes(stretch)


def _ended(wave: bytes, start: int, end: int, law: str) -> bytes:
    """The same at the end of a tone: where that is no zero of the wave, the last 2 ms fade."""
    cut = _cut(wave, start, end)
    if len(cut) < _FADE or quiet(law, _cut(wave, end, end + 1)):
        return cut
    tail = array("h", to_linear(law, cut[-_FADE:]))
    faded = array("h", (round(each * (_FADE - n) / _FADE) for n, each in enumerate(tail, 1)))
    return cut[:-_FADE] + from_linear(law, faded.tobytes())


def _cut(wave: bytes, start: int, end: int) -> bytes:
    """Samples `start` to `end` of a wave that goes on for ever."""
    phase = start % len(wave)
    return (wave * (-(-(end - start + phase) // len(wave))))[phase : phase + end - start]


def _wave(segment: Segment, level_dbm0: float, law: str) -> bytes:
    """The shortest stretch of linear samples after which all its frequencies are back at zero."""
    parts = _sines(segment)
    power = sum(share * share for _, share in parts)
    peak = peak_of(law, level_dbm0 - 10 * math.log10(power))
    samples = RATE // math.gcd(RATE, *(hertz for hertz, _ in parts))
    wave = b""
    for hertz, share in parts:
        part = audioop.mul(_unit(hertz, samples), 2, share * peak / _UNIT)
        wave = audioop.add(wave, part, 2) if wave else part
    return wave


def _sines(segment: Segment) -> list[tuple[int, float]]:
    """Whole frequencies, and how strong each is, of what begins at zero and at its loudest.

    A modulated tone is its carrier and two side frequencies of half the depth each:
    (1 + d cos s) sin c = sin c + d/2 sin(c + s) + d/2 sin(c - s).
    """
    hertz = [(round(f), 1.0) for f in segment.frequencies_hz]
    if swell := round(segment.modulation_hz):
        carrier = hertz[0][0]
        hertz += [(carrier - swell, DEPTH / 2), (carrier + swell, DEPTH / 2)]
    return hertz


@lru_cache(maxsize=16)
def _unit(hertz: int, samples: int) -> bytes:
    """A sine of full scale."""
    return array("h", (_SINE[n % RATE] for n in range(0, hertz * samples, hertz))).tobytes()
