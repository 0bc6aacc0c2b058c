"""What can be measured of a subscriber loop, in the words of the line and not of any chip.

Volts stand against ground as a meter shows them: a fed wire is negative. Resistances are
ohms, infinite where nothing conducts, None where nothing was measured.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from math import cos, pi, sqrt

FOREIGN_DC_V, FOREIGN_AC_V = 6.0, 10.0
"""More on a wire that nobody feeds is foreign voltage (GR-909; AC as RMS)."""


@dataclass(frozen=True, slots=True)
class WireVoltage:
    """One wire while it is not fed."""

    dc_v: float = 0.0
    ac_vrms: float = 0.0
    over: bool = False
    """The converter is at the end of its scale: it is this much, or more."""

    @property
    def foreign(self) -> bool:
        """Somebody else's voltage is on it; feeding against it measures nothing."""
        return self.over or abs(self.dc_v) > FOREIGN_DC_V or self.ac_vrms > FOREIGN_AC_V


@dataclass(frozen=True, slots=True)
class LoopPoint:
    """The closed loop under one feed."""

    volts: float
    milliamps: float

    @property
    def ohms(self) -> float:
        return self.volts / self.milliamps * 1000 if self.milliamps > 0 else float("inf")


@dataclass(frozen=True, slots=True)
class LineReadings:
    """One line test; what was not come to is None."""

    tip: WireVoltage | None = None
    ring: WireVoltage | None = None
    tip_ring_ohms: float | None = None
    tip_ground_ohms: float | None = None
    ring_ground_ohms: float | None = None
    pair_ground_ohms: float | None = None
    """From both wires together to ground, where they are joined too well to be told apart."""
    tip_ground_v: float = 0.0
    """Against ground: of what tip leads to, by `tip_ground_ohms`; 0: the earth."""
    ring_ground_v: float = 0.0
    closed: bool = False
    """Direct current flows around the loop: a handset is off, or the wires touch."""
    loop: tuple[LoopPoint, LoopPoint] | None = None
    """A closed loop under a weak feed and under a strong one."""
    ren: float | None = None
    """Bells, as ringer equivalences."""
    moved: bool = False
    """The handset was lifted or put down meanwhile: what is missing was given up for it."""

    @property
    def foreign(self) -> bool:
        """There is foreign voltage on a wire: the rest was not measured."""
        return any(wire is not None and wire.foreign for wire in (self.tip, self.ring))


Measuring = Generator[float, None, LineReadings]
"""A line test: yields the seconds to wait before it wants to go on."""


@dataclass(frozen=True, slots=True)
class RingSource:
    """Ringing as a line circuit is set to send it."""

    hz: float
    vrms: float
    """At the line circuit, with no bell."""
    peak_v: float
    ohms: float
    """Behind which it stands."""
    battery_v: float
    """That it is cut out of, volts below ground."""
    headroom_v: float
    """By which the battery has to exceed the peak, current drawn."""
    most_ma: float | None
    """Peak current of the line feed; None: its sheet has none."""
    bias_ma: float
    """What the line feed takes for itself of that."""
    most_ren: float
    """Bells that the card was made for."""
    shape: str = "sine"


def wire_voltage(readings: list[float], step: float, end: float) -> WireVoltage:
    """Direct and alternating voltage of samples of a converter that sees no positive volts.

    A sine that is cut at ground is found again from its peak and from the share of the time
    for which it can be seen.

    Args:
        readings: volts below ground, 0 for anything above.
        step: the least that differs from 0.
        end: the most that can be shown.
    """
    top, low = max(readings), min(readings)
    over = top >= end
    if top <= 2 * step:
        return WireVoltage()
    if low > step:
        mean = sum(readings) / len(readings)
        spread = sum((each - mean) ** 2 for each in readings) / len(readings)
        return WireVoltage(-mean, sqrt(max(0.0, spread - step**2 / 12)), over)
    seen = max(0.1, sum(each > step for each in readings) / len(readings))
    amplitude = top / (1 - cos(pi * seen))
    return WireVoltage(amplitude * cos(pi * seen), amplitude / sqrt(2), over)
