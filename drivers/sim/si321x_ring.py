"""The ring generator of the simulated Si321x: what its words mean on the line."""

from __future__ import annotations

import math
from dataclasses import dataclass

from drivers.sim.loop import RingPoint
from drivers.sim.si321x_core import Core, angle_hz
from drivers.sim.si321x_feed import Feed

FULL_SCALE_V = 96.0
GENERATOR_HZ = 1000.0
DRIVER_OHMS = 81.4
"""Emitter resistor of the line drivers, seen through their current gain."""
BIAS_A = 0.002
SINE = 1 / math.sqrt(2)
WORDS = "RCO", "RNGX", "RNGY", "ROFF"


@dataclass(frozen=True, slots=True)
class RingWave:
    """What the generator is programmed to make, at the line circuit with no load."""

    hz: float
    peak_v: float
    rms_of_peak: float
    """Root mean square of the shape as a part of its peak; the inverse of the crest factor."""
    offset_v: float


class RingGenerator:
    """Decodes RCO, RNGX, RNGY and ROFF, and drives the loop as far as the battery goes."""

    def __init__(self, core: Core, feed: Feed) -> None:
        self._core = core
        self._feed = feed
        self._made_of: tuple[int, ...] = ()
        self._wave = RingWave(0.0, 0.0, SINE, 0.0)

    @property
    def wave(self) -> RingWave:
        """What the words ask for; worked out anew when one of them has changed."""
        core = self._core
        words = core.registers[34] & 3, *(core.word(name) for name in WORDS)
        if words != self._made_of:
            self._made_of, self._wave = words, self._decode()
        return self._wave

    def _decode(self) -> RingWave:
        core = self._core
        offset = core.field("ROFF", 14, 9) * 1.5 if core.bit(34, 1) else 0.0
        if core.bit(34, 0):
            return self._trapezoid(offset)
        hz = angle_hz(core.signed("RCO"), GENERATOR_HZ)
        slope = math.tan(math.pi * hz / GENERATOR_HZ)
        peak = 4 * core.signed("RNGX") / 32768 * FULL_SCALE_V / slope if slope else 0.0
        return RingWave(hz, abs(peak), SINE, offset)

    def _trapezoid(self, offset: float) -> RingWave:
        core = self._core
        amplitude, half_ticks, step = core.word("RNGX"), core.word("RNGY"), core.word("RCO")
        if not half_ticks or not step:
            return RingWave(0.0, 0.0, 1.0, offset)
        period = 2 * half_ticks / 8000
        rise = min(2 * amplitude / (step * 8000), 0.75 * period)
        shape = math.sqrt(1 - 4 * rise / (3 * period))
        return RingWave(1 / period, amplitude / 32768 * FULL_SCALE_V, shape, offset)

    def drive(self) -> tuple[RingWave, RingPoint]:
        """The wave and what reaches the telephone, cut where the battery ends."""
        wave = self.wave
        loop = self._core.loop
        amps = min(loop.ring(wave.peak_v, wave.hz).peak_milliamps / 1000 + BIAS_A, 0.08)
        room = self._feed.battery_v - wave.offset_v - amps * DRIVER_OHMS - 1.0
        if not self._feed.powered:
            room = 0.0
        if 0 < wave.peak_v <= self._feed.open_v:
            self._core.undefined["ring peak below the open-circuit voltage"] = 1
            room = 0.0
        peak = min(wave.peak_v, max(0.0, room))
        point = loop.ring(peak, wave.hz)
        vrms = point.telephone_vrms * wave.rms_of_peak / SINE
        cut = RingWave(wave.hz, peak, wave.rms_of_peak, wave.offset_v)
        return cut, RingPoint(point.peak_milliamps, vrms)
