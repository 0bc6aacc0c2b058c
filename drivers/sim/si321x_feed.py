"""Battery and DC feed of the simulated Si321x.

The battery follows its target as an exponential that is only evaluated when somebody
looks; nothing has to step it.
"""

from __future__ import annotations

import math
from dataclasses import replace

from drivers.sim.loop import REN_FARADS, REN_OHMS, SOURCE_OHMS, DcPoint
from drivers.sim.pair import RELEASED, Drive, Wires, solve
from drivers.sim.si321x_core import Core

RISE_S = 0.020
SLOW_S = 2.0
DECAY_S = 0.8
"""The bleeder and the line circuit discharge the battery when the converter stops."""
LEAK_S = 0.1
SUPPLY_V = 12.0
HEADROOM_V = 1.0
"""What the line drivers need between battery and wire at the least."""
FED = frozenset({1, 2, 5, 6})
"""Linefeed states with both wires fed."""
TIP_OPEN, RING_OPEN = 3, 7
STIFF = 1e3
"""Siemens of the wire that is held at the common-mode voltage."""


class Feed:
    """The converter, and what the line drivers make of its voltage."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._from_v = 0.0
        self._from_s = 0.0
        self._target_v = 0.0
        self._tau_s = DECAY_S
        self._bell_from_v = self._bell_to_v = self._bell_since = 0.0

    def refresh(self) -> None:
        """Something the battery depends on may have changed: bend its curve from here."""
        target, tau = self._aim()
        if (target, tau) != (self._target_v, self._tau_s):
            self._from_v, self._from_s = self.battery_v, self._core.clock
            self._target_v, self._tau_s = target, tau
        if self._core.loop.bell_charges and (across := self._across) != self._bell_to_v:
            self._bell_from_v = self._bell_v
            self._bell_to_v, self._bell_since = across, self._core.clock

    @property
    def _across(self) -> float:
        """Volts that the feed holds across the pair; a released line keeps what it had."""
        if self._core.linefeed not in FED:
            return self._bell_to_v
        return -self.open_v if self.reversed else self.open_v

    @property
    def _bell_v(self) -> float:
        """Across the capacitor of the bells; all of them together have the time of one."""
        passed = self._core.clock - self._bell_since
        lost = math.exp(-passed / (REN_FARADS * (REN_OHMS + SOURCE_OHMS)))
        return self._bell_to_v + (self._bell_from_v - self._bell_to_v) * lost

    @property
    def bell_ma(self) -> float:
        """What they draw of it, out of tip and into ring."""
        loop = self._core.loop
        if not loop.bell_charges or loop.ren <= 0:
            return 0.0
        return (self._bell_to_v - self._bell_v) / (REN_OHMS / loop.ren + SOURCE_OHMS) * 1000

    @property
    def battery_v(self) -> float:
        """Magnitude of the battery voltage now."""
        passed = self._core.clock - self._from_s
        return self._target_v + (self._from_v - self._target_v) * math.exp(-passed / self._tau_s)

    @property
    def settled(self) -> bool:
        return abs(self.battery_v - self._target_v) < 0.2

    @property
    def vcm_v(self) -> float:
        """Common-mode voltage: the wire nearer to ground, V below ground (DR73)."""
        return (self._core.registers[73] & 0x3F) * 1.5

    @property
    def vbath_v(self) -> float:
        """Battery while ringing (DR74)."""
        return (self._core.registers[74] & 0x3F) * 1.5

    @property
    def powered(self) -> bool:
        """Neither SLICOF nor BIASOF is set (DR14)."""
        return not self._core.registers[14] & 0x03

    def dc(self) -> DcPoint:
        """What the line draws now; magnitudes, polarity apart."""
        if self._core.linefeed not in FED or not self.powered:
            return DcPoint(0.0, 0.0, 0.0)
        return self._draw(self.available_v)

    def wires(self) -> Wires:
        """Voltages and currents of both wires now; ringing apart."""
        core = self._core
        state, loop = core.linefeed, core.loop
        if state in FED and self.powered:
            wires, drawn = self._fed(self.available_v), self.bell_ma
            return replace(wires, tip_ma=wires.tip_ma + drawn, ring_ma=wires.ring_ma + drawn)
        one = RELEASED
        if state in (TIP_OPEN, RING_OPEN) and self.powered:
            volts = min(self.open_v + self.vcm_v, self.battery_v)
            one = Drive(volts, 1 / SOURCE_OHMS, self.limit_ma)
        tip = one if state == RING_OPEN else RELEASED
        ring = one if state == TIP_OPEN else RELEASED
        return solve(loop, tip, ring, core.clock)

    @property
    def loop_ma(self) -> float:
        """What the loop-closure detector and LCS look at: of one fed wire, all of it."""
        wires = self.wires()
        if self._core.linefeed in (TIP_OPEN, RING_OPEN):
            return wires.tip_ma + wires.ring_ma
        return wires.milliamps

    @property
    def reversed(self) -> bool:
        return self._core.linefeed in (5, 6)

    @property
    def open_v(self) -> float:
        """VOC (DR72)."""
        return (self._core.registers[72] & 0x3F) * 1.5

    @property
    def limit_ma(self) -> float:
        """ILIM (DR71)."""
        return 20.0 + 3 * (self._core.registers[71] & 7)

    @property
    def available_v(self) -> float:
        """What the battery can put across the pair now."""
        return max(0.0, self.battery_v - self.vcm_v - HEADROOM_V)

    def _draw(self, available_v: float = math.inf) -> DcPoint:
        loop = self._core.loop
        if not loop.grounded:
            return loop.dc(self.open_v, self.limit_ma, available_v)
        wires = self._fed(available_v)
        volts = abs(wires.loop_v)
        return DcPoint(volts, abs(wires.milliamps), loop.at_telephone(volts))

    def _fed(self, available_v: float) -> Wires:
        """One wire stands at the common-mode voltage, the other farther from ground."""
        core = self._core
        near = min(self.vcm_v, self.battery_v)
        if core.loop.grounded:
            far = min(self.open_v, available_v)
            stiff = Drive(near, STIFF)
            soft = Drive(near + far, 1 / SOURCE_OHMS, self.limit_ma)
            tip, ring = (soft, stiff) if self.reversed else (stiff, soft)
            return solve(core.loop, tip, ring, core.clock)
        point = core.loop.dc(self.open_v, self.limit_ma, available_v)
        far, amps = near + point.volts, point.milliamps
        return Wires(far, near, -amps, -amps) if self.reversed else Wires(near, far, amps, amps)

    @property
    def _overhead_v(self) -> float:
        """VOV: VMIND, within the range of DR66.4."""
        return min(self._core.field("VMIND", 12, 9) * 1.5, 13.5 if self._core.bit(66, 4) else 9.0)

    def _aim(self) -> tuple[float, float]:
        """Target and time constant of the battery."""
        core, faults = self._core, self._core.faults
        if core.bit(14, 4):
            return 0.0, LEAK_S if faults.leakage else DECAY_S
        if core.linefeed in (0, 4) or core.bit(66, 3):
            target = self.vbath_v
        else:
            drop = (
                self._draw().volts if core.linefeed in FED else (core.registers[72] & 0x3F) * 1.5
            )
            target = self.vcm_v + drop + self._overhead_v
            if not core.bit(66, 0):
                target = max(target, (core.registers[75] & 0x3F) * 1.5)
        if faults.vbat_never_up:
            target = min(target, SUPPLY_V)
        return target, SLOW_S if faults.vbat_slow else RISE_S
