"""Registers of the simulated Si321x that are measured when they are read."""

from __future__ import annotations

import math
from dataclasses import dataclass

from drivers.sim.pair import Wires
from drivers.sim.si321x_calibration import Calibration
from drivers.sim.si321x_core import Core
from drivers.sim.si321x_feed import RING_OPEN, TIP_OPEN, Feed
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
                return _signed(self._loop_v() * self.core.faults.volts_gain / LOOP_VOLTS)
            case 79:
                return _signed(self._loop_ma() * self.core.faults.amps_gain / LOOP_MA)
            case 80:
                return self._volts(self.wires().tip_v)
            case 81:
                return self._volts(self.wires().ring_v)
            case 82 | 83:
                return self._volts(self.feed.battery_v)
            case 94:
                running = not self.core.bit(14, 4)
                return (self.core.registers[93] & 0x1F) + 4 + 24 * running
            case _:
                return self._transistor(address)

    def wires(self) -> Wires:
        """Voltages and currents at this instant."""
        return self._ringing() if self.core.linefeed == RINGING else self.feed.wires()

    def _volts(self, volts: float) -> int:
        return _steps(volts * self.core.faults.volts_gain / VOLTS)

    def _loop_v(self) -> float:
        """Tip minus ring; while one wire is released, the ring voltage."""
        wires = self.wires()
        return wires.ring_v if self.core.linefeed in (TIP_OPEN, RING_OPEN) else wires.loop_v

    def _loop_ma(self) -> float:
        if self.core.linefeed == RINGING:
            return self.wires().milliamps
        return self.feed.loop_ma

    def _ringing(self) -> Wires:
        """Tip and ring swing against each other about a middle; leaks draw from either."""
        core = self.core
        wave, point = self.ring.drive()
        phase = math.sin(2 * math.pi * wave.hz * (core.clock - self.linefeed.cadence.since))
        middle = (self.feed.vbath_v - core.field("VCMR", 12, 9) * 1.5) / 2
        half = (wave.peak_v * phase + wave.offset_v) / 2
        tip_v, ring_v = middle - half, middle + half
        tip, ring = core.loop.to_ground(core.clock)
        milliamps = point.peak_milliamps * phase
        return Wires(
            tip_v,
            ring_v,
            milliamps - sum(each.siemens * (tip_v - each.volts) for each in tip) * 1000,
            milliamps + sum(each.siemens * (ring_v - each.volts) for each in ring) * 1000,
        )

    def _outer_ma(self) -> dict[int, float]:
        """Currents of Q1, Q2, Q5 and Q6, by register: the first two from ground."""
        wires = self.wires()
        return {
            84: max(0.0, wires.tip_ma),
            85: max(0.0, -wires.ring_ma),
            88: max(0.0, wires.ring_ma),
            89: max(0.0, -wires.tip_ma),
        }

    def _transistor(self, address: int) -> int:
        """Currents of Q1 to Q6: the outer four carry the line."""
        if address not in OUTER_MA:
            return 0
        if address >= 88 and self.core.linefeed == OPEN:
            return self.calibration.mismatch(address - 88)
        gain = self.core.faults.amps_gain
        return _steps(self._outer_ma()[address] * gain / OUTER_MA[address])

    def _power(self) -> int:
        """Power in the transistor that DR76 points at."""
        wires, battery = self.wires(), self.feed.battery_v
        upper_1, upper_2, lower_5, lower_6 = self._outer_ma().values()
        milliwatts = {
            0: wires.tip_v * upper_1,
            1: wires.ring_v * upper_2,
            4: (battery - wires.ring_v) * lower_5,
            5: (battery - wires.tip_v) * lower_6,
        }
        return _steps(milliwatts.get(self.core.registers[76], 0.0) / 1000 / OUTER_WATTS)


def _signed(value: float) -> int:
    """Sign and magnitude; the six bits are cut off, not rounded."""
    steps = min(63, int(abs(value) + 1e-6))
    return steps | SIGN if value < 0 and steps else steps


def _steps(value: float) -> int:
    return max(0, min(255, round(value)))
