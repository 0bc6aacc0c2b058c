"""Resistances of a line from what a Si321x sees when it drives one wire at a time.

Pure functions. With one wire released, the other is fed with several voltages. How far the
released wire is pulled along says what joins the two, since about 150 kilohms of the chip hold
it to ground; what current the fed wire takes says what leads to ground.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from drivers.line_test import FOREIGN_DC_V

RELEASED_SIEMENS = 1 / 150e3
"""From a released wire to ground (data sheet, linefeed states)."""
LIMITED_MA, LIMITED_SHARE = 14.0, 0.9
"""So much current, and so near to the most: the current limit (20 mA) may hold the wire."""
SEEN_MA = 0.25
"""Less may be no current at all: the converters go in steps of 0.32 mA."""
JOINED = 0.97
"""Wires that follow each other so closely are measured by the current around the loop."""
LEAST_SHARE = 0.01
"""Of the fed wire's voltage on the other one; less is nothing."""
HIGHEST_OHMS = 1e6
"""More than this is not told from nothing."""
FOREIGN_MA = 2.0
"""Only with so much current is it asked what voltage a leak leads to."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One wire fed, the other released; volts below ground."""

    fed_v: float
    released_v: float
    fed_ma: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one fed wire draws."""

    siemens: float
    share: float
    """Of its voltage that the released wire has."""
    leads_to_v: float
    """Volts below ground at which it would draw nothing."""


@dataclass(frozen=True, slots=True)
class Leaks:
    """Conductances of the three faults, and where the two to ground lead."""

    tip_ring: float
    tip_ground: float
    ring_ground: float
    together: bool
    """Tip and ring are joined: each of the two above is half of what both have to ground."""
    tip_leads_to_v: float
    ring_leads_to_v: float


def drawn(samples: Sequence[Sample]) -> Drawn:
    """Fit one sweep: a line through ground, or through the voltage that the current shows."""
    most = max(each.fed_ma for each in samples)
    ceiling = most * LIMITED_SHARE if most > LIMITED_MA else LIMITED_MA
    free = [each for each in samples if each.fed_ma < ceiling]
    top = max(samples, key=lambda each: each.fed_v)
    share = top.released_v / top.fed_v if top.fed_v > 1 else 0.0
    if len(free) < 3:  # almost a short: the limit holds it even with the least voltage
        volts = sum(each.fed_v for each in samples)
        return Drawn(sum(each.fed_ma for each in samples) / max(volts, 0.1) / 1000, share, 0.0)
    if max(abs(each.fed_ma) for each in free) < SEEN_MA:
        return Drawn(0.0, share, 0.0)
    slope, leads_to = _line(free)
    if abs(leads_to) <= FOREIGN_DC_V:
        squares = sum(each.fed_v**2 for each in free)
        slope = sum(each.fed_v * each.fed_ma for each in free) / squares if squares else 0.0
        leads_to = 0.0
    return Drawn(max(0.0, slope) / 1000, share, leads_to)


def _line(free: Sequence[Sample]) -> tuple[float, float]:
    """Milliamperes a volt, and the voltage without current, where that can be told from 0."""
    volts = sum(each.fed_v for each in free) / len(free)
    current = sum(each.fed_ma for each in free) / len(free)
    square = sum((each.fed_v - volts) ** 2 for each in free)
    product = sum((each.fed_v - volts) * (each.fed_ma - current) for each in free)
    slope = product / square if square else 0.0
    if slope <= 0 or max(abs(each.fed_ma) for each in free) < FOREIGN_MA:
        return slope, 0.0
    return slope, volts - current / slope


def leaks(tip: Drawn, ring: Drawn, loop_ohms: float) -> Leaks:
    """Take apart what both wires draw: two equations for the leaks to ground.

    Args:
        tip: fed, with ring released.
        ring: fed, with tip released.
        loop_ohms: of both fed, from the current around the loop; infinite if that is too small.
    """
    by_tip = max(0.0, tip.siemens - tip.share * RELEASED_SIEMENS)
    by_ring = max(0.0, ring.siemens - ring.share * RELEASED_SIEMENS)
    apart = 1 - tip.share * ring.share
    together = apart < 1 - JOINED**2
    if together:
        half = max(by_tip, by_ring) / 2
        tip_ground = ring_ground = _counts(half)
    else:
        tip_ground = _counts((by_tip - tip.share * by_ring) / apart)
        ring_ground = _counts((by_ring - ring.share * by_tip) / apart)
    if loop_ohms < inf:
        tip_ring = 1 / max(loop_ohms, 0.1)
    else:
        tip_ring = _joined(tip, ring, tip_ground, ring_ground)
    return Leaks(
        tip_ring,
        tip_ground,
        ring_ground,
        together,
        tip.leads_to_v if tip_ground else 0.0,
        ring.leads_to_v if ring_ground else 0.0,
    )


def _joined(tip: Drawn, ring: Drawn, tip_ground: float, ring_ground: float) -> float:
    """From the divider that the fed wire, the fault and the released wire's way to ground make."""
    if ring.share >= tip.share:  # tip was the released one
        share, held = ring.share, tip_ground + RELEASED_SIEMENS
    else:
        share, held = tip.share, ring_ground + RELEASED_SIEMENS
    if share < LEAST_SHARE:
        return 0.0
    return _counts(min(share, 0.999) / (1 - min(share, 0.999)) * held)


def _counts(siemens: float) -> float:
    return siemens if siemens * HIGHEST_OHMS >= 1 else 0.0


def ohms(siemens: float) -> float:
    return 1 / siemens if siemens > 0 else inf
