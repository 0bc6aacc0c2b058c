"""Everything that can be wrong with a simulated Ag1171, as switches."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModuleFaults:
    """What is wrong with the module; replace the model's `faults` as a whole to change it."""

    shk_stuck: bool | None = None
    """SHK stays at this level, whatever the telephone does."""
    shk_bounce_ms: float = 0.0
    """SHK chatters for so long, a millisecond up and one down, when it changes."""
    shk_coupling: bool = False
    """Each edge of F/R in ringing shows on SHK as a glitch of 1 to 3 ms."""
    fr_swapped: bool = False
    """A clone: F/R means the opposite."""
    supply_drop: bool = False
    """The supply breaks down under the ring voltage: no ring trip is seen."""
    no_oht: bool = False
    """The resistor between tip and ring has come off: no audio to a telephone on-hook."""
