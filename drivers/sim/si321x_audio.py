"""The audio path of a simulated Si321x as parameters: gains, law, timeslots, tones.

The model filters no samples; the board applies what stands here to a period at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Law = Literal["PCMA", "PCMU", "linear"]
Loopback = Literal["", "digital", "analogue", "full-analogue"]


@dataclass(frozen=True, slots=True)
class Tone:
    """One oscillator that sounds now."""

    hz: float
    vrms: float
    """Across a matched line of 600 ohms; 0.7746 Vrms are 0 dBm."""


@dataclass(frozen=True, slots=True)
class AudioPath:
    """What happens to the voice of one port until something changes."""

    transmit_gain: float
    """Linear, line to PCM highway; 0 when muted or when the codec is off."""
    receive_gain: float
    """Linear, PCM highway to line; 0 when muted or when the codec is off."""
    law: Law
    tx_slot: int | None
    """Timeslot (byte of the frame) the chip drives; None when it drives none."""
    rx_slot: int | None
    """Timeslot (byte of the frame) the chip listens to; None when it listens to none."""
    tones_to_line: tuple[Tone, ...]
    tones_to_pcm: tuple[Tone, ...]
    hybrid_db: float | None = 0.0
    """What the hybrid takes off, against the ideal half of what is received; None: nothing."""
    loopback: Loopback = ""
    """digital: the highway hears itself; analogue: the telephone hears itself."""
