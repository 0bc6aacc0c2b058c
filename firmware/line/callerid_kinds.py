"""The ways in which telephones of the world are shown a caller: what is sent, and when.

A country profile names one of them (``standard``), a line may name another. What the sources
of each leave open, and what is remembered practice, is said in docs/reference/caller-id.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from firmware.line.caller_message import Form, Keys


class Alert(Enum):
    """How a telephone is told that data comes."""

    FIRST_RING = auto()
    """By the first ring: data comes in the pause after it."""
    NONE = auto()
    """Not at all; the line transmits, the data comes."""
    TONE = auto()
    """By the alerting tone of two frequencies, DT-AS (EN 300 659-1)."""
    REVERSAL = auto()
    """By exchanging the wires."""
    REVERSAL_TONE = auto()
    """By exchanging the wires, and the tone (BT SIN 227)."""
    RING_PULSE = auto()
    """By a short burst of ringing, RP-AS (EN 300 659-1)."""
    SEIZED = auto()
    """By exchanged wires and short bursts, upon which the telephone goes off-hook (NTT)."""


REVERSING = {Alert.REVERSAL, Alert.REVERSAL_TONE, Alert.SEIZED}
"""Alerts that need a line circuit that can exchange the wires."""

DTMF, BELL_202, V23, NTT = "dtmf", "bell202", "v23", "ntt"
"""What the data is made with; three modems of 1200 bit/s, and keys."""

LETTERS = Keys()
"""A number C, and B codes in place of a number (EN 300 659-1's DTMF, as Sweden has it)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of showing callers."""

    words: str
    """For the operator."""
    modem: str
    alert: Alert = Alert.FIRST_RING
    form: Form = Form.MULTIPLE
    keys: Keys = LETTERS
    """If they are sent as DTMF."""
    lamp: Alert | None = None
    """How the lamp for messages is told; None: it is not."""
    waiting: bool = False
    """Who calls during a call is shown as well: alerting tone, the telephone's D, data."""


KINDS: dict[str, Kind] = {
    "bell202": Kind(
        "FSK (Bell 202) after the first ring", BELL_202, lamp=Alert.NONE, waiting=True
    ),
    "bell202-sdmf": Kind(
        "FSK (Bell 202), number only, after the first ring",
        BELL_202,
        form=Form.SINGLE,
        lamp=Alert.NONE,
    ),
    "v23": Kind("FSK (V.23) after the first ring", V23, lamp=Alert.TONE, waiting=True),
    "v23-tone": Kind(
        "FSK (V.23) before the first ring, after an alerting tone",
        V23,
        Alert.TONE,
        lamp=Alert.TONE,
        waiting=True,
    ),
    "v23-ring-pulse": Kind(
        "FSK (V.23) before the first ring, after a ring pulse",
        V23,
        Alert.RING_PULSE,
        lamp=Alert.RING_PULSE,
        waiting=True,
    ),
    "sin227": Kind(
        "FSK (V.23) before the first ring, after polarity reversal and an alerting tone",
        V23,
        Alert.REVERSAL_TONE,
        lamp=Alert.REVERSAL_TONE,
        waiting=True,
    ),
    "ntt": Kind(
        "FSK (V.23) to a telephone that goes off-hook for it, before the first ring",
        NTT,
        Alert.SEIZED,
        form=Form.NTT,
    ),
    "dtmf-nl": Kind(
        "DTMF before the first ring, after polarity reversal; D number C",
        DTMF,
        Alert.REVERSAL,
        keys=Keys("D", "C"),
    ),
    "dtmf-se": Kind(
        "DTMF before the first ring, after polarity reversal; A number C",
        DTMF,
        Alert.REVERSAL,
    ),
    "dtmf-dk": Kind(
        "DTMF before the first ring, after polarity reversal; A number #",
        DTMF,
        Alert.REVERSAL,
        keys=Keys("A", "#", "D1#", "D3#"),
    ),
    "dtmf-after-ring": Kind("DTMF after the first ring; D number C", DTMF, keys=Keys("D", "C")),
}
"""By the name that profiles and configurations use."""
