"""Calibration of the simulated Si321x: the engine of DR96 and DR97, and that of DR93."""

from __future__ import annotations

import math

from drivers.sim.si321x_core import Core

SETTLE_S = 0.300
SETTLE_FAST_S = 0.030
"""With CALSP."""
STAGE_S = 0.020
PEAK_CURRENT_S = 0.008
NEVER = math.inf


class Calibration:
    """Runs the selected stages one after the other; each clears its own bit.

    The gain mismatch of both wires is hidden: DR88 shows no current while DR98 is at most
    the tip's balance point, DR89 while DR99 is at most the ring's. Only the Si3215 finds
    these points by itself.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._balance_points = (core.dice.randint(1, 0x1E), core.dice.randint(1, 0x1E))
        self.deadline = NEVER
        self._stages: list[tuple[int, int]] = []

    def reset(self) -> None:
        self.deadline = NEVER
        self._stages = []

    @property
    def busy(self) -> bool:
        return self._core.bit(96, 6)

    def control_written(self) -> None:
        """The host wrote DR96; CAL starts, and its absence ends."""
        core = self._core
        self.reset()
        if not self.busy:
            return
        self._stages = [(96, bit) for bit in (4, 3, 2, 1, 0) if core.bit(96, bit)]
        self._stages += [(97, bit) for bit in (4, 3, 2, 1, 0) if core.bit(97, bit)]
        if not self._hangs():
            self.deadline = core.clock + (SETTLE_FAST_S if core.bit(96, 5) else SETTLE_S)

    def _hangs(self) -> bool:
        balance_only = self._stages == [(97, 0)]
        return self._core.faults.cal_timeout == ("balance" if balance_only else "calibration")

    def tick(self) -> None:
        core = self._core
        if not self._stages:
            core.registers[96] = core.registers[97] = 0
            self.deadline = NEVER
            return
        address, bit = self._stages.pop(0)
        self._result(address, bit)
        core.registers[address] &= ~(1 << bit) & 0xFF
        self.deadline += STAGE_S

    def _result(self, address: int, bit: int) -> None:
        core = self._core
        registers, dice = core.registers, core.dice
        match address, bit:
            case 96, 4 | 3:
                index = 4 - bit
                found = self._balance_points[index] if core.variant.wide else 0x10
                registers[98 + index] = found
            case 96, 2 | 1:
                registers[102 - bit] = dice.randint(0x0C, 0x16)
            case 96, 0:
                registers[102] = dice.randint(0x05, 0x0A)
            case 97, 4 | 3:
                registers[103] = dice.randint(5, 11) << 4 | dice.randint(5, 11)
            case 97, 2:
                registers[105] = dice.randint(0, 0x0F)
            case 97, 1:
                registers[104] = dice.randint(0, 0x0F)
            case _:
                self._balance()

    def _balance(self) -> None:
        core = self._core
        if core.variant.wide:
            return
        core.registers[106] = core.dice.randint(0x18, 0x28)
        if core.loop.hook_closed:
            core.interrupt(20, 2)

    def mismatch(self, wire: int) -> int:
        """What DR88 (wire 0) or DR89 (wire 1) shows with the line open."""
        if self._core.faults.cal_timeout == "gain-mismatch":
            return 3
        return max(0, self._core.registers[98 + wire] - self._balance_points[wire])


class PeakCurrentCalibration:
    """The converter's own calibration: DCCAL in DR93, result in DR107."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.deadline = NEVER

    def reset(self) -> None:
        self.deadline = NEVER

    def control_written(self) -> None:
        if self._core.bit(93, 7) and self._core.faults.cal_timeout != "converter":
            self.deadline = self._core.clock + PEAK_CURRENT_S

    def tick(self) -> None:
        core = self._core
        self.deadline = NEVER
        core.registers[93] &= 0x7F
        bad = core.faults.cal_timeout == "peak-current"
        core.registers[107] = 0x0F if bad else core.dice.randint(4, 11)
