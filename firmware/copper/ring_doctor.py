"""Which bells the ring settings of a port will ring, with how much wire: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi

from drivers.line_test import RingSource
from firmware.copper.line_limits import BELLS, BellKind
from firmware.status import Snapshot

REN_OHMS, REN_FARADS = 6900.0, 8e-6
"""One ringer equivalence (data sheet of the Si321x)."""
OHMS_PER_KM = 270.0
"""Both conductors of 0.4 mm (26 AWG)."""
LOOPS = (20.0, 160.0, 500.0, 1000.0)
"""Ohms of wire that are looked at: a house, and what the Si321x is specified for, and more."""
ASSUMED_REN = 1.0
MOST_REN = 20


class Reach(Snapshot, frozen=True, kw_only=True):
    """One length of wire."""

    wire_ohms: float
    km: float
    vrms: float
    """At the bells."""
    rings: dict[str, bool]
    """By kind of bell."""
    most_ren: dict[str, int]
    """Bells of that kind that still ring there; 0: none."""


class RingReport(Snapshot, frozen=True, kw_only=True):
    """What the ringing of a port comes to."""

    card: int
    port: int
    chip: str = ""
    hz: float
    vrms: float
    peak_v: float
    shape: str
    battery_v: float
    ren: float
    ren_measured: bool
    reaches: tuple[Reach, ...]
    limits: tuple[str, ...]
    """What stands against it, in words; empty: nothing does."""
    notes: tuple[str, ...] = ()


def voltage(source: RingSource, ren: float, wire_ohms: float) -> float:
    """RMS volts at so many bells behind so much wire."""
    if ren <= 0:
        return source.vrms
    bells = complex(REN_OHMS / ren, -1 / (2 * pi * source.hz * REN_FARADS * ren))
    return source.vrms * abs(bells / (bells + source.ohms + wire_ohms))


def load_ma(source: RingSource, ren: float) -> float:
    """Peak current out of the line circuit, with no wire before the bells."""
    return source.peak_v * ren / REN_OHMS * 1000 + source.bias_ma


def rings(kind: BellKind, source: RingSource, ren: float, wire_ohms: float) -> bool:
    """Whether bells of that kind, and nothing else on the line, ring there."""
    return (
        kind.lowest_hz <= source.hz <= kind.highest_hz
        and voltage(source, ren, wire_ohms) >= kind.least_v
        and not limits(source, ren)
    )


def limits(source: RingSource, ren: float) -> tuple[str, ...]:
    """What of the line circuit stands against ringing so many bells."""
    found = []
    if source.peak_v + source.headroom_v > source.battery_v + 0.05:
        found.append(
            f"the battery of {source.battery_v:.0f} V cuts the peak of {source.peak_v:.0f} V"
            f" ({source.headroom_v:g} V more are needed)"
        )
    current = load_ma(source, ren)
    if source.most_ma is not None and current > source.most_ma:
        found.append(f"{ren:.1f} REN draw {current:.0f} mA, {source.most_ma:.0f} mA may be")
    if ren > source.most_ren:
        found.append(f"{ren:.1f} REN, and the card was made for {source.most_ren:g}")
    return tuple(found)


def reaches(source: RingSource, ren: float, loops: Sequence[float] = LOOPS) -> tuple[Reach, ...]:
    """Look at each length of wire."""
    return tuple(
        Reach(
            wire_ohms=ohms,
            km=round(ohms / OHMS_PER_KM, 2),
            vrms=round(voltage(source, ren, ohms), 1),
            rings={kind.name: rings(kind, source, ren, ohms) for kind in BELLS},
            most_ren={kind.name: _most(kind, source, ohms) for kind in BELLS},
        )
        for ohms in loops
    )


def _most(kind: BellKind, source: RingSource, wire_ohms: float) -> int:
    return max((n for n in range(1, MOST_REN) if rings(kind, source, n, wire_ohms)), default=0)
