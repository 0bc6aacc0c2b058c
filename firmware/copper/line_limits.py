"""Limits of a subscriber line, as data: what a line test judges by."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.line_test import FOREIGN_AC_V, FOREIGN_DC_V


@dataclass(frozen=True, slots=True)
class Limits:
    """After GR-909 as access gateways apply it; remembered, not quoted from the standard."""

    hazard_dc_v: float = 135.0
    hazard_ac_v: float = 50.0
    """RMS; more on a wire may kill (hazardous electromotive force)."""
    foreign_dc_v: float = FOREIGN_DC_V
    foreign_ac_v: float = FOREIGN_AC_V
    """RMS; more is foreign electromotive force."""
    leak_ohms: float = 150e3
    """Less between any two of tip, ring and ground is a resistive fault."""
    contact_ohms: float = 1000.0
    """Less to ground is no dampness but a touch."""
    short_v: float = 1.5
    """Less across a closed loop is no telephone."""
    handset_ohms: float = 1500.0
    """Less around a closed loop may be a telephone."""
    bend: float = 1.15
    """A resistance that falls by more under a stronger feed is a telephone, no wire."""
    least_ren: float = 0.175
    """Less is no bell."""
    most_ren: float = 5.0


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class BellKind:
    """Bells that ring from some voltage on."""

    name: str
    least_v: float
    """RMS, at the telephone."""
    lowest_hz: float
    highest_hz: float


BELLS = (
    BellKind("electronic", 30.0, 15.0, 70.0),
    BellKind("Europe, China", 35.0, 16.0, 55.0),
    BellKind("North America", 40.0, 15.3, 34.0),
    BellKind("heavy, old", 55.0, 16.0, 30.0),
)
"""What telephones want: electronic ringers, mechanical bells of two traditions, magneto sets and
extension gongs. Remembered practice; the label of a telephone knows better."""
