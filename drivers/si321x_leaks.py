"""Resistances of a line from what a Si321x sees when it feeds it, in both polarities.

Pure functions. What flows out of tip and into ring is what flows around the loop and what each
wire loses to ground: two equations for each feed, three unknown conductances, least squares. The
current limit does not matter: voltages are measured, not assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from drivers.line_test import FOREIGN_DC_V

HIGHEST_OHMS = 1e6
"""More than this is not told from nothing."""
SEEN_MA = 0.2
"""Less in all readings is no current at all: the converters go in steps of 0.32 mA."""
MOST_V = 300.0
"""What a fit makes of nearly nothing is no voltage."""
SHORT_V, SHORT_MA = 0.8, 10.0
"""Two steps of the converter across the pair, and current around it."""
LEAST_BESIDE = 0.1
FOREIGN_MA = 2.0
"""Only a wire that draws so much is asked what voltage it leads to."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One feed; volts below ground."""

    tip_v: float
    ring_v: float
    tip_ma: float
    """Out of the chip into tip."""
    ring_ma: float
    """Out of ring into the chip."""


@dataclass(frozen=True, slots=True)
class Leaks:
    """Conductances in siemens, and the voltages below ground that the wires lead to."""

    tip_ring: float
    tip_ground: float
    ring_ground: float
    tip_leads_to_v: float = 0.0
    ring_leads_to_v: float = 0.0


def leaks(samples: Sequence[Sample]) -> Leaks:
    """Take apart what flows: around the loop, from tip to ground, from ring to ground.

    A wire may lead to the battery of another line instead of the earth: then it draws current
    at 0 V, which is believed only of large currents.
    """
    if (short := _short(samples)) > 0:
        return Leaks(short, 0.0, 0.0)
    joined, tip, ring = _fit(samples, offsets=False)
    found = _told(joined, tip, ring)
    if not _draws(samples, found):
        return found
    joined, tip, ring, tip_ma, ring_ma = _fit(samples, offsets=True)
    tip_to, ring_to = _leads_to(tip_ma, tip), _leads_to(ring_ma, ring)
    if not (tip_to or ring_to):
        return found
    told = _told(joined, tip, ring)
    return replace(told, tip_leads_to_v=tip_to, ring_leads_to_v=ring_to)


def _short(samples: Sequence[Sample]) -> float:
    """Siemens between wires that current flows around and no voltage stands across; 0: not so."""
    across = max(abs(each.ring_v - each.tip_v) for each in samples)
    around = max(abs(each.tip_ma + each.ring_ma) / 2 for each in samples)
    if across > SHORT_V or around < SHORT_MA:
        return 0.0
    return around / 1000 / max(across, 0.1)


def _told(joined: float, tip: float, ring: float) -> Leaks:
    """What is worth telling: a tenth of the worst leak is within the errors of that."""
    least = max(tip, ring) * LEAST_BESIDE
    return Leaks(
        _counts(joined) if joined > least else 0.0,
        _counts(tip) if tip > least else 0.0,
        _counts(ring) if ring > least else 0.0,
    )


def ohms(siemens: float) -> float:
    return 1 / siemens if siemens > 0 else inf


def _draws(samples: Sequence[Sample], found: Leaks) -> bool:
    """A wire loses so much to ground that its voltage can be asked for."""
    lost = []
    for each in samples:
        around = (each.ring_v - each.tip_v) * found.tip_ring * 1000
        lost += [abs(each.ring_ma - around), abs(around - each.tip_ma)]
    return max(lost) > FOREIGN_MA


def _leads_to(offset_ma: float, siemens: float) -> float:
    """Volts below ground at which a wire draws nothing; 0 for the earth."""
    if siemens * HIGHEST_OHMS < 1:
        return 0.0
    volts = offset_ma / siemens / 1000
    return volts if FOREIGN_DC_V < abs(volts) < MOST_V else 0.0


def _fit(samples: Sequence[Sample], *, offsets: bool) -> list[float]:
    """Siemens tip to ring, tip to ground, ring to ground; with offsets also two milliamperes."""
    rows: list[list[float]] = []
    values: list[float] = []
    for each in samples:
        across = each.ring_v - each.tip_v
        ring = [across, 0.0, each.ring_v, 0.0, -1.0]
        tip = [across, -each.tip_v, 0.0, 1.0, 0.0]
        rows += [ring, tip] if offsets else [ring[:3], tip[:3]]
        values += [each.ring_ma, each.tip_ma]
    if max(abs(value) for value in values) < SEEN_MA:
        return [0.0] * len(rows[0])
    solved = _least_squares(rows, values)
    return [solved[0] / 1000, solved[1] / 1000, solved[2] / 1000, *solved[3:]]


def _least_squares(rows: Sequence[Sequence[float]], values: Sequence[float]) -> list[float]:
    """Normal equations, by elimination; a direction that nothing speaks of stays 0."""
    size = len(rows[0])
    matrix = [
        [sum(row[i] * row[j] for row in rows) for j in range(size)]
        + [sum(row[i] * value for row, value in zip(rows, values, strict=True))]
        for i in range(size)
    ]
    for column in range(size):
        pivot = max(range(column, size), key=lambda i: abs(matrix[i][column]))
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        head = matrix[column]
        if abs(head[column]) < 1e-9:
            head[:] = [0.0] * (size + 1)
            head[column] = 1.0
            continue
        head[:] = [each / head[column] for each in head]
        for i in range(size):
            if i != column:
                factor = matrix[i][column]
                matrix[i] = [
                    each - factor * top for each, top in zip(matrix[i], head, strict=True)
                ]
    return [row[-1] for row in matrix]


def _counts(siemens: float) -> float:
    return siemens if siemens * HIGHEST_OHMS >= 1 else 0.0
