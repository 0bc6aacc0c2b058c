"""What came out of the earpiece: the last minute of it."""

from __future__ import annotations

from collections import deque

from drivers.sim.levels import PERIOD, PERIOD_S, RATE, SILENCE

KEPT_S = 61.0
"""A minute, and what is cut off its two ends."""


class Ear:
    """Remembers what was heard, a period at a time; what nobody played is silence."""

    def __init__(self) -> None:
        self._heard: deque[tuple[float, bytes]] = deque(maxlen=round(KEPT_S / PERIOD_S))

    def hear(self, samples: bytes | None, now: float) -> None:
        """Take the period that ends at `now`, linear."""
        self._heard.append((now, samples or SILENCE))

    def between(self, start: float, end: float) -> bytes:
        """What was heard in that time, linear 8 kHz, gaps filled with silence."""
        wanted = round((end - start) * RATE)
        audio = bytearray(2 * wanted)
        for until, samples in self._heard:
            at = round((until - start) * RATE) - PERIOD
            if at >= wanted or at <= -PERIOD:
                continue
            first, last = max(0, at), min(wanted, at + PERIOD)
            audio[2 * first : 2 * last] = samples[2 * (first - at) : 2 * (last - at)]
        return bytes(audio)
