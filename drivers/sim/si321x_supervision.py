"""Loop closure and ring trip of the simulated Si321x: filter, comparator, debounce.

Current is sampled every 1.25 ms, but only while something is on the move: an idle line,
on-hook or off-hook, costs nothing.
"""

from __future__ import annotations

import math

from drivers.sim.loop import SOURCE_OHMS
from drivers.sim.si321x_core import Core
from drivers.sim.si321x_feed import FED, Feed
from drivers.sim.si321x_linefeed import FORWARD_OHT, RINGING, LinefeedControl
from drivers.sim.si321x_ring import RingGenerator

SAMPLE_S = 1.25e-3
THRESHOLD_MA = 1.27
"""Weight of the least bit of LCRT, LCRTL and RPTP."""
FILTER_ONE = 4096
"""NCLR and NRTP: this field passes each sample as it is."""
RING_LIMIT_MA = 80.0
CLOSE_MA = 0.05


class Supervision:
    """DR68 and the interrupts LCIP and RTIP.

    Ring trip looks at the part of the current that the hook contact conducts, as its mean
    over the wave; what the ringers take is alternating and only counts as far as the filter
    lets it through.
    """

    def __init__(
        self, core: Core, feed: Feed, ring: RingGenerator, linefeed: LinefeedControl
    ) -> None:
        self._core = core
        self._feed = feed
        self._ring = ring
        self._linefeed = linefeed
        self.deadline = math.inf
        self.reset()

    def reset(self) -> None:
        self.off_hook = False
        """LCR, debounced."""
        self.ring_trip = False
        """RTP, debounced."""
        self.exceeded = False
        """The comparator before the debounce; DBIRAW is its inverse."""
        self._loop_ma = 0.0
        self._trip_ma = 0.0
        self._above = False
        self._above_trip = False
        self._loop_count = 0
        self._trip_count = 0
        self._sample = 0
        self.deadline = math.inf

    def wake(self) -> None:
        """Something the current depends on has changed."""
        if self.deadline == math.inf:
            self._sample = math.floor(self._core.clock / SAMPLE_S + 1e-6) + 1
            self.deadline = self._sample * SAMPLE_S

    def tick(self) -> None:
        ringing = self._core.linefeed == RINGING
        quiet = self._watch_ringing() if ringing else self._watch_loop()
        if quiet:
            self.deadline = math.inf
        else:
            self._sample += 1
            self.deadline = self._sample * SAMPLE_S

    def _watch_loop(self) -> bool:
        """Take one sample of the direct current; true when nothing more will come of it."""
        core = self._core
        current = abs(self._loop_now() + core.loop.induced(core.clock))
        share = self._share("NCLR")
        self._loop_ma += share * (current - self._loop_ma)
        self._above = self._compare(self._loop_ma)
        self.exceeded = self._above
        self._loop_count = self._loop_count + 1 if self._above != self.off_hook else 0
        if self._loop_count > self._loop_debounce():
            self._loop_count = 0
            self.off_hook = self._above
            core.changed = True
            core.interrupt(19, 1)
            if self.off_hook:
                self._linefeed.loop_closed()
        self._trip_ma -= self._share("NRTP") * self._trip_ma
        self._debounce_trip()
        loop_quiet = self._above == self.off_hook and (
            not share or (abs(current - self._loop_ma) < CLOSE_MA and self._steady())
        )
        return loop_quiet and not self.ring_trip and not self._trip_moves()

    def _loop_now(self) -> float:
        core = self._core
        if core.linefeed in FED and not core.loop.grounded:
            return self._feed.dc().milliamps
        return abs(self._feed.loop_ma)

    def _steady(self) -> bool:
        if self._core.loop.alternating or abs(self._feed.bell_ma) > CLOSE_MA:
            return False
        return self._feed.settled or math.isinf(self._core.loop.dc_ohms)

    def _trip_moves(self) -> bool:
        return self._trip_ma > CLOSE_MA and self._share("NRTP") > 0

    def _watch_ringing(self) -> bool:
        """Take one sample of the ring current; the loop closure detector holds its state."""
        core = self._core
        self._loop_count = 0
        share = self._share("NRTP")
        wave, point = self._ring.drive()
        ohms = core.loop.dc_ohms
        ripple = 0.0
        mean = 0.0
        if math.isinf(ohms):
            ripple = self._ripple(point.peak_milliamps, wave.hz, share)
        else:
            volts = wave.peak_v * 2 / math.pi + wave.offset_v
            mean = min(volts / (ohms + SOURCE_OHMS) * 1000, RING_LIMIT_MA)
        self._trip_ma += share * (mean + ripple - self._trip_ma)
        self._debounce_trip()
        self.exceeded = self._above_trip
        steady = not share or (abs(mean - self._trip_ma) < CLOSE_MA and not ripple)
        return self._above_trip == self.ring_trip and steady and self._feed.settled

    def _ripple(self, peak_ma: float, hz: float, share: float) -> float:
        """Ringer current at this instant, when the filter leaves enough of it to matter."""
        if not hz or not share:
            return 0.0
        corner_hz = share / SAMPLE_S / (2 * math.pi)
        if peak_ma / math.hypot(1, hz / corner_hz) < self._trip_threshold():
            return 0.0
        return peak_ma * math.sin(2 * math.pi * hz * self._core.clock)

    def _debounce_trip(self) -> None:
        core = self._core
        self._above_trip = self._trip_ma > self._trip_threshold()
        self._trip_count = self._trip_count + 1 if self._above_trip != self.ring_trip else 0
        if self._trip_count <= core.registers[70] & 0x7F:
            return
        self._trip_count = 0
        self.ring_trip = self._above_trip
        core.changed = True
        if self.ring_trip:
            core.interrupt(19, 0)
            self._linefeed.ring_tripped()

    def _compare(self, milliamps: float) -> bool:
        """LCRT upwards; with HYSTEN (DR108.0) LCRTL downwards."""
        name = "LCRTL" if self._above and self._core.bit(108, 0) else "LCRT"
        return milliamps > self._core.field(name, 14, 9) * THRESHOLD_MA

    def _trip_threshold(self) -> float:
        return self._core.field("RPTP", 14, 9) * THRESHOLD_MA

    def _share(self, name: str) -> float:
        """How much of each sample the low-pass lets in."""
        return min(self._core.word(name) >> 3, FILTER_ONE) / FILTER_ONE

    def _loop_debounce(self) -> int:
        """Samples: DR63 in the pauses of automatic ringing, DR69 otherwise."""
        core = self._core
        pause = core.wanted_linefeed == RINGING and core.linefeed == FORWARD_OHT
        return core.registers[63] if pause else core.registers[69] & 0x7F
