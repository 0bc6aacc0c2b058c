"""Registers of the simulated Si321x that are measured when they are read."""

from __future__ import annotations

import math
from dataclasses import dataclass

from drivers.sim.si321x_calibration import Calibration
from drivers.sim.si321x_core import Core
from drivers.sim.si321x_feed import Feed
from drivers.sim.si321x_linefeed import OPEN, RINGING, LinefeedControl
from drivers.sim.si321x_ring import RingGenerator
from drivers.sim.si321x_supervision import Supervision

VOLTS = 0.376
"""Weight of the least bit of DR80 to DR83."""
LOOP_VOLTS = 1.5
LOOP_MA = 1.25
OUTER_MA = {84: 0.319, 85: 0.319, 88: 0.316, 89: 0.316}
"""Transistor currents Q1, Q2, Q5, Q6."""
OUTER_WATTS = 0.0304
SIGN = 0x40
TIP_OPEN, RING_OPEN = 3, 7


@dataclass(frozen=True, slots=True)
class Wires:
    """The pair at the line circuit at one instant."""

    tip_v: float
    """Below ground, as a positive number; the same for `ring_v`."""
    ring_v: float
    milliamps: float
    """Signed like tip minus ring."""

    @property
    def loop_v(self) -> float:
        """Tip minus ring."""
        return self.ring_v - self.tip_v


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The monitor converters and the status bits beside them."""

    core: Core
    feed: Feed
    ring: RingGenerator
    linefeed: LinefeedControl
    supervision: Supervision
    calibration: Calibration

    MEASURED = frozenset({68, *range(77, 90), 94})

    def read(self, address: int) -> int:
        """One register of `MEASURED`."""
        match address:
            case 68:
                watch = self.supervision
                return watch.off_hook | watch.ring_trip << 1 | (not watch.exceeded) << 2
            case 77:
                return self._power()
            case 78:
                return _signed(self.wires().loop_v / LOOP_VOLTS)
            case 79:
                return _signed(self.wires().milliamps / LOOP_MA)
            case 80:
                return _steps(self.wires().tip_v / VOLTS)
            case 81:
                return _steps(self.wires().ring_v / VOLTS)
            case 82 | 83:
                return _steps(self.feed.battery_v / VOLTS)
            case 94:
                running = not self.core.bit(14, 4)
                return (self.core.registers[93] & 0x1F) + 4 + 24 * running
            case _:
                return self._transistor(address)

    def wires(self) -> Wires:
        """Voltages and current at this instant."""
        core, feed = self.core, self.feed
        state = core.linefeed
        if state == RINGING:
            return self._ringing()
        open_v = (core.registers[72] & 0x3F) * 1.5
        if state in (OPEN, TIP_OPEN, RING_OPEN) or not feed.powered:
            foreign = core.loop.foreign_v
            fed = min(open_v + feed.vcm_v, feed.battery_v)
            return Wires(
                fed if state == RING_OPEN else foreign, fed if state == TIP_OPEN else foreign, 0.0
            )
        point = feed.dc()
        near = min(feed.vcm_v, feed.battery_v)
        far = near + point.volts
        if feed.reversed:
            return Wires(far, near, -point.milliamps)
        return Wires(near, far, point.milliamps)

    def _ringing(self) -> Wires:
        wave, point = self.ring.drive()
        phase = math.sin(2 * math.pi * wave.hz * (self.core.clock - self.linefeed.cadence.since))
        middle = (self.feed.vbath_v - self.core.field("VCMR", 12, 9) * 1.5) / 2
        half = (wave.peak_v * phase + wave.offset_v) / 2
        return Wires(middle - half, middle + half, point.peak_milliamps * phase)

    def _transistor(self, address: int) -> int:
        """Currents of Q1 to Q6: two of the outer four carry the loop."""
        milliamps = self.wires().milliamps
        forward = address in (84, 88)
        if address not in OUTER_MA:
            return 0
        current = max(0.0, milliamps if forward else -milliamps)
        shown = _steps(current / OUTER_MA[address])
        if address >= 88 and self.core.linefeed == OPEN:
            shown = self.calibration.mismatch(address - 88)
        return shown

    def _power(self) -> int:
        """Power in the transistor that DR76 points at."""
        wires = self.wires()
        amps = abs(wires.milliamps) / 1000
        forward = wires.milliamps >= 0
        upper = min(wires.tip_v, wires.ring_v) * amps
        lower = (self.feed.battery_v - max(wires.tip_v, wires.ring_v)) * amps
        watts = {0 if forward else 1: upper, 4 if forward else 5: lower}
        return _steps(watts.get(self.core.registers[76], 0.0) / OUTER_WATTS)


def _signed(value: float) -> int:
    """Sign and magnitude; the six bits are cut off, not rounded."""
    steps = min(63, int(abs(value) + 1e-6))
    return steps | SIGN if value < 0 and steps else steps


def _steps(value: float) -> int:
    return max(0, min(255, round(value)))
