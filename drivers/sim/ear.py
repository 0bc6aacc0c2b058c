"""What came out of the earpiece: the last minute of it."""

from __future__ import annotations

from collections import deque

from drivers.sim.levels import PERIOD, PERIOD_S, RATE, SILENCE

KEPT_S = 61.0
"""A minute, and what is cut off its two ends."""
JOINED = 8
"""Samples that a period may be off and still follows the one before."""


class Ear:
    """Remembers what was heard, a period at a time; what nobody played is silence."""

    def __init__(self) -> None:
        self._heard: deque[tuple[int, bytes]] = deque(maxlen=round(KEPT_S / PERIOD_S))
        self._end = 0

    def hear(self, samples: bytes | None, now: float) -> None:
        """Take the period that ends at `now`, linear; it joins the one before if it can."""
        end = round(now * RATE)
        if abs(end - self._end - PERIOD) <= JOINED:
            end = self._end + PERIOD
        self._end = end
        self._heard.append((end, samples or SILENCE))

    def between(self, start: float, end: float) -> bytes:
        """What was heard in that time, linear 8 kHz, gaps filled with silence."""
        first = round(start * RATE)
        wanted = round(end * RATE) - first
        audio = bytearray(2 * wanted)
        for until, samples in self._heard:
            at = until - PERIOD - first
            if -PERIOD < at < wanted:
                left, right = max(0, at), min(wanted, at + PERIOD)
                audio[2 * left : 2 * right] = samples[2 * (left - at) : 2 * (right - at)]
        return bytes(audio)
