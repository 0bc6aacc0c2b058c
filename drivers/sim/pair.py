"""Tip and ring as a network: what drives each wire, what joins them, what leads to ground.

Voltages are magnitudes below ground, as the chip measures them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from drivers.sim.loop import CONTACT_OHMS, Branch, Loop

RELEASED_OHMS = 150e3
"""From a wire that the chip does not drive to ground (linefeed OPEN, TIP OPEN, RING OPEN)."""


@dataclass(frozen=True, slots=True)
class Wires:
    """The pair at the line circuit at one instant."""

    tip_v: float
    ring_v: float
    tip_ma: float
    """Out of the chip into tip: through Q1, or, when negative, through Q6."""
    ring_ma: float
    """Out of ring into the chip: through Q5, or, when negative, through Q2."""

    @property
    def loop_v(self) -> float:
        """Tip minus ring."""
        return self.ring_v - self.tip_v

    @property
    def milliamps(self) -> float:
        """Around the loop; what flows in one wire only counts half."""
        return (self.tip_ma + self.ring_ma) / 2


@dataclass(frozen=True, slots=True)
class Drive:
    """What the chip does to one wire."""

    volts: float
    siemens: float
    limit_ma: float = math.inf
    forced_ma: float = 0.0
    """Of a drive that is at its limit, and holds no voltage any more; downwards."""

    def sinks(self, volts: float) -> float:
        """Milliamperes that it draws from the wire towards the battery."""
        return self.siemens * (self.volts - volts) * 1000 + self.forced_ma


RELEASED = Drive(0.0, 0.0)


def solve(loop: Loop, tip: Drive, ring: Drive, now: float) -> Wires:
    """Where the wires come to rest, current limits kept."""
    farther_first = ("ring", "tip") if ring.volts >= tip.volts else ("tip", "ring")
    drives = {"tip": tip, "ring": ring}
    wires = _rest(loop, drives["tip"], drives["ring"], now)
    for name in farther_first:
        drive = drives[name]
        volts = wires.tip_v if name == "tip" else wires.ring_v
        sunk = drive.sinks(volts)
        if abs(sunk) > drive.limit_ma:
            forced = math.copysign(drive.limit_ma, sunk)
            drives[name] = replace(drive, siemens=0.0, forced_ma=forced)
            wires = _rest(loop, drives["tip"], drives["ring"], now)
    return wires


def _rest(loop: Loop, tip: Drive, ring: Drive, now: float) -> Wires:
    """Two node equations."""
    to_tip, to_ring = loop.to_ground(now)
    tip_node, ring_node = _node(tip, to_tip), _node(ring, to_ring)
    held = math.copysign(loop.dc_volts, ring.volts - tip.volts)
    tip_v, ring_v = _meet(tip_node, ring_node, 1 / loop.dc_ohms, held)
    if loop.telephone_v and (ring_v - tip_v) * math.copysign(1, held) < loop.telephone_v:
        # the telephone does not conduct
        tip_v, ring_v = _meet(tip_node, ring_node, 1 / max(loop.leakage_ohms, CONTACT_OHMS), 0.0)
    return Wires(tip_v, ring_v, -tip.sinks(tip_v), ring.sinks(ring_v))


def _meet(
    tip: tuple[float, float], ring: tuple[float, float], joined: float, held: float
) -> tuple[float, float]:
    """Voltages of both wires, joined by so many siemens that hold so many volts."""
    tip_siemens, ring_siemens = tip[0] + joined, ring[0] + joined
    tip_amps, ring_amps = tip[1] - held * joined, ring[1] + held * joined
    common = tip_siemens * ring_siemens - joined * joined
    return (
        (tip_amps * ring_siemens + ring_amps * joined) / common,
        (ring_amps * tip_siemens + tip_amps * joined) / common,
    )


def _node(drive: Drive, branches: Sequence[Branch]) -> tuple[float, float]:
    siemens = drive.siemens + sum(each.siemens for each in branches)
    amps = drive.siemens * drive.volts + sum(each.siemens * each.volts for each in branches)
    if drive == RELEASED:
        siemens += 1 / RELEASED_OHMS
    return siemens, amps + drive.forced_ma / 1000
