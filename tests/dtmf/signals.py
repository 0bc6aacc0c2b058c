"""Keys as they come down a line: off frequency, uneven, faint, short, noisy, over other tones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firmware.media.dtmf import DtmfReceiver
from firmware.media.g711 import from_linear
from firmware.media.tones import DTMF

Samples = npt.NDArray[np.float64]
RATE, PERIOD = 8000, 160
PEAK_0_DBM0 = 32768 * 10 ** (-3.14 / 20)
KEYS = "0123456789*#ABCD"


@dataclass(frozen=True)
class Press:
    """How a key is pressed, and through what it is heard."""

    level: float = -12.0
    """dBm0 of the stronger frequency."""
    twist: float = 0.0
    """dB by which the high group is stronger."""
    shift: float = 0.0
    """Part by which both frequencies are too high, besides `shift_hz`."""
    shift_hz: float = 0.0
    on_ms: float = 50.0
    off_ms: float = 50.0
    gap_ms: float = 0.0
    """A break in the middle of the tone."""
    noise_db: float | None = None
    """White noise so far below the tone."""
    beside: tuple[tuple[float, float], ...] = ()
    """(Hz, dBm0) of what else is on the line, all the time."""


def dialled(keys: str, press: Press, dice: np.random.Generator) -> Samples:
    """The keys one after the other, each at a phase of its own."""
    parts = [np.zeros(int(dice.integers(PERIOD, 2 * PERIOD)))]
    for key in keys:
        parts += [_tone(key, press, dice), np.zeros(_count(press.off_ms))]
    line = np.concatenate([*parts, np.zeros(4 * PERIOD)])
    at = np.arange(len(line)) / RATE
    for hertz, level in press.beside:
        phase = dice.uniform(0, 2 * np.pi)
        line = line + _peak(level) * np.sin(2 * np.pi * hertz * at + phase)
    if press.noise_db is not None:
        rms = _peak(press.level) / np.sqrt(2) * 10 ** (-press.noise_db / 20)
        line = line + rms * dice.standard_normal(len(line))
    return line


def recognised(line: Samples) -> str:
    """What our receiver makes of it, in A-law and periods of 20 ms."""
    receiver, digits = DtmfReceiver("PCMA"), ""
    payload = from_linear("PCMA", np.clip(line, -32768, 32767).astype("<i2").tobytes())
    for at in range(0, len(payload) - PERIOD + 1, PERIOD):
        receiver.feed(payload[at : at + PERIOD])
        digits += receiver.digits()
    return digits


def rate(press: Press, *, rounds: int, seed: int = 1) -> float:
    """The part of all keys pressed so that is recognised; one too many counts as one missed."""
    dice = np.random.default_rng(seed)
    good = 0
    for _ in range(rounds):
        for key in KEYS:
            good += recognised(dialled(key, press, dice)) == key
    return good / (rounds * len(KEYS))


def _tone(key: str, press: Press, dice: np.random.Generator) -> Samples:
    low, high = DTMF[key]
    at = np.arange(_count(press.on_ms)) / RATE
    weaker = _peak(press.level - abs(press.twist))
    stronger = _peak(press.level)
    sizes = (weaker, stronger) if press.twist > 0 else (stronger, weaker)
    tone = np.zeros(len(at))
    for hertz, size in zip((low, high), sizes, strict=True):
        real = hertz * (1 + press.shift) + (
            press.shift_hz if press.shift >= 0 else -press.shift_hz
        )
        tone += size * np.sin(2 * np.pi * real * at + dice.uniform(0, 2 * np.pi))
    gap = _count(press.gap_ms)
    middle = len(tone) // 2
    tone[middle - gap // 2 : middle - gap // 2 + gap] = 0
    return tone


def _count(milliseconds: float) -> int:
    return round(milliseconds * RATE / 1000)


def _peak(dbm0: float) -> float:
    return float(PEAK_0_DBM0 * 10 ** (dbm0 / 20))
