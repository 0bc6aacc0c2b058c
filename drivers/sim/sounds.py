"""Sounds that a telephone sends: DTMF, tones, a recording; and the mouth that says them."""

from __future__ import annotations

import audioop
import math
import sys
import wave
from array import array
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from drivers.sim.levels import PERIOD, RATE, peak

KEYS = {
    key: (low, high)
    for low, row in ((697, "123A"), (770, "456B"), (852, "789C"), (941, "*0#D"))
    for high, key in zip((1209, 1336, 1477, 1633), row, strict=True)
}
"""The two frequencies of each key in Hz (ITU-T Q.23)."""

LOW_DBM0 = -9.0
HIGH_DBM0 = -7.0
"""Levels of the two groups as a telephone set sends them."""

LONGEST_S = 600.0
"""Of one sound; more is a mistake, and would only eat memory."""


class SoundError(ValueError):
    """What is asked for cannot be said into a telephone."""


@dataclass(frozen=True, slots=True)
class Sound:
    """`samples` of linear audio, made by repeating `loop`; an empty loop is a pause."""

    loop: bytes
    samples: int
    key: str = ""
    """The key of a telephone that makes this sound."""

    def cut(self, start: int, count: int) -> bytes:
        """The `count` samples from `start` on."""
        if not self.loop:
            return bytes(2 * count)
        first = 2 * start % len(self.loop)
        turns = -(-(first + 2 * count) // len(self.loop))
        return (self.loop * turns)[first : first + 2 * count]


def pause(seconds: float) -> Sound:
    return Sound(b"", _samples(seconds))


def tone(parts: Iterable[tuple[float, float]], seconds: float) -> Sound:
    """Sines of (Hz, dBm0) together.

    Raises:
        SoundError: a frequency that no telephone line passes, or too long a time.
    """
    samples = _samples(seconds)
    sines = []
    for hz, level in parts:
        if not 0 < round(hz) < RATE / 2:
            raise SoundError(f"{hz:g} Hz does not pass a telephone line")
        sines.append(sine(round(hz), level, samples))
    length = min(samples, math.lcm(*(len(each) // 2 for each in sines)))
    loop = bytes(2 * length)
    for each in sines:
        loop = audioop.add(loop, (each * -(-length * 2 // len(each)))[: 2 * length], 2)
    return Sound(loop, samples)


@cache
def sine(hz: int, level: float, at_most: int, turn: float = 0.0) -> bytes:
    """The shortest run of a sine that repeats, unless `at_most` samples are enough.

    `turn` is its phase at the beginning, in whole turns.
    """
    length = min(at_most, RATE // math.gcd(RATE, hz))
    height, step, phase = peak(level), 2 * math.pi * hz / RATE, 2 * math.pi * turn
    samples = array("h", (round(height * math.sin(step * n + phase)) for n in range(length)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def dtmf(digits: str, on_s: float = 0.07, off_s: float = 0.07) -> list[Sound]:
    """The keys `digits` pressed in turn; ``,`` waits a second.

    Raises:
        SoundError: a character is on no key.
    """
    sounds = []
    for digit in digits.upper():
        if digit == ",":
            sounds.append(pause(1.0))
        elif digit in KEYS:
            low, high = KEYS[digit]
            sound = tone(((low, LOW_DBM0), (high, HIGH_DBM0)), on_s)
            sounds += [replace(sound, key=digit), pause(off_s)]
        else:
            raise SoundError(f"no key {digit!r} on a telephone")
    return sounds


def recording(path: Path) -> Sound:
    """A WAV file, brought to 8 kHz and one channel.

    Raises:
        SoundError: it is missing, is no PCM WAV file, or is too long.
    """
    try:
        with wave.open(str(path), "rb") as file:
            rate, width, channels = file.getframerate(), file.getsampwidth(), file.getnchannels()
            if file.getnframes() > LONGEST_S * rate:
                raise SoundError(f"{path}: longer than {LONGEST_S:.0f} s")
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise SoundError(f"{path}: {error}") from error
    if width == 1:
        data = audioop.bias(data, 1, -128)
    if width != 2:
        data = audioop.lin2lin(data, width, 2)
    if channels == 2:
        data = audioop.tomono(data, 2, 0.5, 0.5)
    elif channels != 1:
        raise SoundError(f"{path}: {channels} channels")
    if rate != RATE:
        data, _ = audioop.ratecv(data, 2, 1, rate, RATE, None)
    return Sound(data, len(data) // 2)


def length_s(sounds: Iterable[Sound]) -> float:
    return sum(sound.samples for sound in sounds) / RATE


class Mouth:
    """Says one sound after the other, and nothing when there is none."""

    def __init__(self) -> None:
        self._queue: deque[Sound] = deque()
        self._said = 0
        self._at = 0.0
        self.key = ""
        """Of the sound said last; empty when it had none."""

    def say(self, sounds: Iterable[Sound], now: float) -> None:
        """Begin as soon as what is being said has been said."""
        if not self._queue:
            self._at = now
        self._queue.extend(sounds)

    def hush(self) -> None:
        """Stop in the middle of a word."""
        self._queue.clear()
        self._said = 0
        self.key = ""

    @property
    def busy(self) -> bool:
        return bool(self._queue)

    @property
    def left_s(self) -> float:
        """How long it takes until everything is said."""
        return length_s(self._queue) - self._said / RATE

    def take(self, now: float) -> bytes | None:
        """The period that ends at `now`, linear; None for silence.

        While nobody fetches what is said, it is said to nobody: time passes all the same.
        """
        self.key = ""
        if not self._queue:
            return None
        missed = round((now - self._at) * RATE) - PERIOD
        self._at = now
        if missed > PERIOD:
            self._draw(missed)
        period = self._draw(PERIOD)
        return period if any(period) else None

    def _draw(self, count: int) -> bytes:
        drawn = []
        wanted = count
        while wanted and self._queue:
            sound = self._queue[0]
            part = min(wanted, sound.samples - self._said)
            drawn.append(sound.cut(self._said, part))
            self.key = sound.key
            self._said += part
            wanted -= part
            if self._said >= sound.samples:
                self._queue.popleft()
                self._said = 0
        return b"".join(drawn) + bytes(2 * wanted)


def _samples(seconds: float) -> int:
    if not 0.001 <= seconds <= LONGEST_S:
        raise SoundError(f"{seconds:g} s is no time for a sound: at most {LONGEST_S:.0f} s")
    return round(seconds * RATE)
