"""Hybrids that are not balanced, and sounds like speech, for the echo canceller.

A loop that does not match the impedance of the line circuit reflects a part of what is played
to it: a short impulse response, which lengthens with the loop.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from firmware.media.g711 import from_linear, to_linear
from tests.voice import speech as sentences

Samples = npt.NDArray[np.float64]
Spectrum = npt.NDArray[np.complex128]
RATE = 8000
PERIOD = 160
VOICES = ("en+f2", "en+m3", "en+f4", "en+m1", "de", "fr")


def response(delay_ms: float, decay_ms: float, loss_db: float, *, seed: int = 1) -> Samples:
    """A decaying reflection after a pure delay; `loss_db` is what white noise loses by it."""
    count, delay = int(decay_ms * 5 * RATE / 1000), int(delay_ms * RATE / 1000)
    noise = np.random.default_rng(seed).standard_normal(count)
    taps = noise * np.exp(-np.arange(count) / (decay_ms * RATE / 1000))
    taps *= 10 ** (-loss_db / 20) / math.sqrt(float(np.sum(taps**2)))
    return np.concatenate([np.zeros(delay), taps])


Impedance = Callable[[Spectrum], Spectrum]
BALANCE_OHM = 600.0
BULK_MS = 1.0
"""Of the codecs, there and back."""
_POINTS = 1024


def network(series: float, parallel: float, farads: float) -> Impedance:
    """A resistor, and behind it another with a capacitor beside it: what countries prescribe."""
    return lambda s: series + parallel / (1 + s * parallel * farads)


def cable(km: float, end: Impedance, *, ohm_km: float = 268.0, nf_km: float = 45.0) -> Impedance:
    """Pairs of 0.4 mm, which at these frequencies are resistance and capacitance alone."""

    def impedance(s: Spectrum) -> Spectrum:
        along, across = ohm_km + 0 * s, s * nf_km * 1e-9
        own, turn = np.sqrt(along / across), np.tanh(km * np.sqrt(along * across))
        last = end(s)
        return np.asarray(own * (last + own * turn) / (own + last * turn))

    return impedance


def reflected(loop: Impedance) -> Samples:
    """What a hybrid balanced for 600 ohms lets through of voice: (Z - 600) / (Z + 600)."""
    hz = np.maximum(np.fft.rfftfreq(_POINTS, 1 / RATE), 1.0)
    found = loop(2j * np.pi * hz)
    through = (found - BALANCE_OHM) / (found + BALANCE_OHM)
    band = 1 / (1 + (120 / hz) ** 8) / (1 + (hz / 3500) ** 24)
    delay = np.exp(-2j * np.pi * hz * BULK_MS / 1000)
    taps = np.fft.irfft(through * np.sqrt(band) * delay)
    return np.asarray(taps[: RATE * 30 // 1000])


def flat(ohm: float) -> Impedance:
    return lambda s: ohm + 0 * s


LOOPS: dict[str, Impedance] = {
    "900 ohms": flat(900),
    "900 ohms and 2.16 uF": lambda s: 900 + 1 / (s * 2.16e-6),
    "200 + 680 || 100 nF (China)": network(200, 680, 100e-9),
    "270 + 750 || 150 nF (TBR 21)": network(270, 750, 150e-9),
    "370 + 620 || 310 nF (UK)": network(370, 620, 310e-9),
    "220 + 820 || 115 nF (Germany)": network(220, 820, 115e-9),
    "2 km of cable, 600 ohms": cable(2, flat(600)),
    "5 km of cable, 600 ohms": cable(5, flat(600)),
    "3 km of cable, TBR 21": cable(3, network(270, 750, 150e-9)),
    "two telephones off-hook": flat(300),
}
"""What may be at the end of the wires of a line circuit that expects 600 ohms."""

LATE = "late by a sound device, 12 dB"
"""Than the two periods that it was given ahead; see `lag_of`."""
HYBRIDS: dict[str, Samples] = {
    "matched, 20 dB": response(1, 0.4, 20),
    "900 ohms on 600, 14 dB": response(1, 0.8, 14, seed=2),
    "3 km of loaded cable, 10 dB": response(3, 2.5, 10, seed=3),
    "a bridged tap, 6 dB": response(2, 1.5, 6, seed=4),
    LATE: response(40 + 35, 1.5, 12, seed=5),
}


def lag_of(name: str) -> int:
    """Periods from what is played to what comes back of it, as the canceller is told."""
    return 3 if name == LATE else 1


def speech(seconds: float, dbm0: float, *, seed: int = 7) -> Samples:
    """Noise with the spectrum and the rhythm of speech: syllables of 3 to 5 a second."""
    dice = np.random.default_rng(seed)
    count = int(seconds * RATE)
    white = dice.standard_normal(count + 64)
    low = np.convolve(white, np.exp(-np.arange(12) / 3.0), "same")[:count]  # falls with frequency
    high_passed = low - np.convolve(low, np.ones(80) / 80, "same")
    envelope = np.zeros(count)
    rhythm, at = random.Random(seed), 0  # noqa: S311  the rhythm of a test
    while at < count:
        length = int(RATE * rhythm.uniform(0.15, 0.3))
        loud = rhythm.uniform(0.4, 1.0)
        envelope[at : at + length] = loud * np.hanning(length)[: count - at]
        at += int(length * rhythm.uniform(0.8, 1.1))
    sound = high_passed * envelope
    rms = math.sqrt(float(np.mean(sound**2)))
    return np.asarray(sound * _rms_of(dbm0) / rms)


def composite(seconds: float, dbm0: float, *, seed: int = 7) -> Samples:
    """After ITU-T P.501 (composite source signal): a voiced sound, noise, a pause, then inverted.

    49, 200 and 101 ms; both sounds fall by 5 dB an octave. The voiced one is a sum of harmonics
    of our own, not the table of the recommendation.
    """
    dice = np.random.default_rng(seed)
    voiced_hz, noise_hz = 44100 / 134 * np.arange(1, 11), np.fft.rfftfreq(1600, 1 / RATE)
    at = np.arange(389) / RATE
    turns = 2 * np.pi * np.outer(voiced_hz, at) + dice.uniform(0, 2 * np.pi, (10, 1))
    voiced = (voiced_hz ** (-5 / 6)) @ np.cos(turns)
    band = (noise_hz >= 200) & (noise_hz <= 3600)
    spectrum = np.where(band, np.maximum(noise_hz, 1) ** (-5 / 6), 0)
    noise = np.fft.irfft(spectrum * np.sign(dice.standard_normal(len(noise_hz))))
    noise *= math.sqrt(float(np.mean(voiced**2) / np.mean(noise**2)))
    once = np.concatenate([voiced, noise, np.zeros(811)])
    both = np.concatenate([once, -once])
    count = int(seconds * RATE)
    sound = np.tile(both, count // len(both) + 1)[:count]
    return np.asarray(sound * _rms_of(dbm0) / math.sqrt(float(np.mean(both**2))))


def read_out(seconds: float, dbm0: float, *, seed: int = 0) -> Samples:
    """A voice of espeak-ng, from its first sound on."""
    voice = VOICES[seed % len(VOICES)]
    spoken = np.frombuffer(sentences.read_out(voice), "<i2").astype(np.float64)
    sound = spoken[int(np.argmax(np.abs(spoken) > 300)) :][: int(seconds * RATE)]
    return np.asarray(sound * _rms_of(dbm0) / math.sqrt(float(np.mean(sound**2))))


def tone(hz: float, seconds: float, dbm0: float) -> Samples:
    at = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(math.sqrt(2) * _rms_of(dbm0) * np.sin(2 * np.pi * hz * at))


def level(samples: Sequence[float] | Samples) -> float:
    """In dBm0; silence is -90."""
    rms = math.sqrt(float(np.mean(np.square(samples))))
    return max(-90.0, 20 * math.log10(max(rms, 1e-9) / _rms_of(0.0)))


def _rms_of(dbm0: float) -> float:
    return 32768 / math.sqrt(2) * 10 ** ((dbm0 - 3.14) / 20)


def coded(samples: Samples) -> list[bytes]:
    """Periods of A-law."""
    whole = np.clip(samples, -32768, 32767).astype("<i2").tobytes()
    law = from_linear("PCMA", whole)
    return [law[at : at + PERIOD] for at in range(0, len(law) - PERIOD + 1, PERIOD)]


def linear(periods: Sequence[bytes]) -> Samples:
    return np.frombuffer(to_linear("PCMA", b"".join(periods)), "<i2").astype(np.float64)
