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
        self._known = False
        self.deadline = math.inf

    def wake(self) -> None:
        """Something the current depends on has changed."""
        self._known = False
        if self.deadline == math.inf:
            self._sample = math.floor(self._core.clock / SAMPLE_S + 1e-6) + 1
            self.deadline = self._sample * SAMPLE_S

    def tick(self) -> None:
        core = self._core
        if core.changed or not self._known:
            self._learn()
        ringing = core.linefeed == RINGING
        quiet = self._watch_ringing() if ringing else self._watch_loop()
        if quiet:
            self.deadline = math.inf
        else:
            self._sample += 1
            self.deadline = self._sample * SAMPLE_S

    def _learn(self) -> None:
        """What stays the same from sample to sample, until `wake` says that something changed."""
        core, feed = self._core, self._feed
        self._known = True
        self._loop_share, self._trip_share = self._share("NCLR"), self._share("NRTP")
        self._closed_ma = core.field("LCRT", 14, 9) * THRESHOLD_MA
        self._opened_ma = self._closed_ma
        if core.bit(108, 0):
            self._opened_ma = core.field("LCRTL", 14, 9) * THRESHOLD_MA
        self._tripped_ma = core.field("RPTP", 14, 9) * THRESHOLD_MA
        self._ohms, self._held_v = core.loop.dc_ohms, core.loop.dc_volts
        self._plain = core.linefeed in FED and not core.loop.grounded
        self._driven = self._plain and feed.powered and not math.isinf(self._ohms)
        if self._driven:
            through = (feed.open_v - self._held_v) / (self._ohms + SOURCE_OHMS)
            self._most_amps = min(feed.limit_ma / 1000, through)

    def _watch_loop(self) -> bool:
        """Take one sample of the direct current; true when nothing more will come of it."""
        core, share = self._core, self._loop_share
        current = abs(self._loop_now() + core.loop.induced(core.clock))
        self._loop_ma = filtered = self._loop_ma + share * (current - self._loop_ma)
        # HYSTEN (DR108.0): LCRT upwards, LCRTL downwards
        above = filtered > (self._opened_ma if self._above else self._closed_ma)
        self._above = self.exceeded = above
        if above == self.off_hook:
            self._loop_count = 0
        else:
            self._loop_count += 1
            if self._loop_count > self._loop_debounce():
                self._loop_count = 0
                self.off_hook = above
                core.changed = True
                core.interrupt(19, 1)
                if above:
                    self._linefeed.loop_closed()
        self._trip_ma -= self._trip_share * self._trip_ma
        self._debounce_trip()
        loop_quiet = above == self.off_hook and (
            not share or (abs(current - filtered) < CLOSE_MA and self._steady())
        )
        return loop_quiet and not self.ring_trip and not self._trip_moves()

    def _loop_now(self) -> float:
        """As `Feed.dc` where nothing but the telephone conducts."""
        if self._driven:
            feed = self._feed
            amps = min(self._most_amps, (feed.available_v - self._held_v) / self._ohms)
            return amps * 1000 if amps > 0 else 0.0
        return 0.0 if self._plain else abs(self._feed.loop_ma)

    def _steady(self) -> bool:
        if self._core.loop.alternating or abs(self._feed.bell_ma) > CLOSE_MA:
            return False
        return self._feed.settled or math.isinf(self._ohms)

    def _trip_moves(self) -> bool:
        return self._trip_ma > CLOSE_MA and self._trip_share > 0

    def _watch_ringing(self) -> bool:
        """Take one sample of the ring current; the loop closure detector holds its state."""
        self._loop_count = 0
        share = self._trip_share
        wave, point = self._ring.drive()
        ripple = 0.0
        mean = 0.0
        if math.isinf(self._ohms):
            ripple = self._ripple(point.peak_milliamps, wave.hz, share)
        else:
            volts = wave.peak_v * 2 / math.pi + wave.offset_v
            mean = min(volts / (self._ohms + SOURCE_OHMS) * 1000, RING_LIMIT_MA)
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
        if peak_ma / math.hypot(1, hz / corner_hz) < self._tripped_ma:
            return 0.0
        return peak_ma * math.sin(2 * math.pi * hz * self._core.clock)

    def _debounce_trip(self) -> None:
        core = self._core
        self._above_trip = self._trip_ma > self._tripped_ma
        if self._above_trip == self.ring_trip:
            self._trip_count = 0
            return
        self._trip_count += 1
        if self._trip_count <= core.registers[70] & 0x7F:
            return
        self._trip_count = 0
        self.ring_trip = self._above_trip
        core.changed = True
        if self.ring_trip:
            core.interrupt(19, 0)
            self._linefeed.ring_tripped()

    def _share(self, name: str) -> float:
        """How much of each sample the low-pass lets in."""
        return min(self._core.word(name) >> 3, FILTER_ONE) / FILTER_ONE

    def _loop_debounce(self) -> int:
        """Samples: DR63 in the pauses of automatic ringing, DR69 otherwise."""
        core = self._core
        pause = core.wanted_linefeed == RINGING and core.linefeed == FORWARD_OHT
        return core.registers[63] if pause else core.registers[69] & 0x7F
