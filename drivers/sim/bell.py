"""The bell of a telephone: when it rang, and how loud."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

BETWEEN_RINGS_S = 6.5
"""A pause longer than this ends the ringing: the longest cadence pauses 4 s, some 5."""


@dataclass(frozen=True, slots=True)
class Burst:
    """One stroke of ringing; times are seconds on the card's time."""

    start: float
    end: float | None
    """None while it lasts."""
    hz: float
    vrms: float
    """At the telephone."""


class Bell:
    """Remembers the last bursts of ring voltage."""

    def __init__(self) -> None:
        self.bursts: deque[Burst] = deque(maxlen=64)
        self.count = 0
        """Bursts since the telephone was plugged in."""
        self.since: float | None = None
        """When the ringing began that is going on, its pauses included."""

    @property
    def sounding(self) -> bool:
        return bool(self.bursts) and self.bursts[-1].end is None

    def ringing(self, now: float) -> bool:
        """Whether a person would say the telephone rings: also in the pause of the cadence."""
        if self.since is None:
            return False
        end = self.bursts[-1].end
        return end is None or now - end <= BETWEEN_RINGS_S

    def voltage(self, now: float, hz: float, vrms: float) -> bool:
        """Ring voltage is on the line now, or none (0 V); whether that has changed."""
        on = vrms > 0
        if on is self.sounding:
            return False
        if on:
            if not self.ringing(now):
                self.since = now
            self.count += 1
            self.bursts.append(Burst(now, None, hz, vrms))
        else:
            self.bursts.append(replace(self.bursts.pop(), end=now))
        return True

    def measure(self, hz: float, vrms: float) -> None:
        """What the ring voltage of this burst comes to once the battery is up."""
        self.bursts.append(replace(self.bursts.pop(), hz=hz, vrms=vrms))

    def answered(self) -> None:
        """The handset is off: it rings no longer."""
        self.since = None
