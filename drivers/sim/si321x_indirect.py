"""Indirect RAM of the simulated Si321x: 16-bit words behind a mailbox, served at 16 kHz."""

from __future__ import annotations

import math

from drivers.sim.si321x_core import Core

SERVICE_S = 62.5e-6
_RESERVED_NARROW = frozenset((42, *range(44, 88), *range(212, 256)))
_DOCUMENTED_WIDE = frozenset((*range(10), *range(13, 28), 64, 66, *range(69, 75)))


class IndirectAccess:
    """Direct registers 28 to 31.

    Writing data arms a write, writing the address starts the access; IAS stays set until
    the next service slot, and for ever when PCLK stands still.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._armed = False
        self.deadline = math.inf

    def reset(self) -> None:
        self._armed = False
        self.deadline = math.inf

    @property
    def pending(self) -> bool:
        return self.deadline < math.inf

    def data_written(self) -> None:
        """The host wrote DR28 or DR29."""
        self._armed = True

    def start(self) -> None:
        """The host wrote DR30."""
        slots = math.floor(self._core.clock / SERVICE_S + 1e-6)
        self.deadline = (slots + 1) * SERVICE_S

    def tick(self) -> None:
        core, registers = self._core, self._core.registers
        self.deadline = math.inf
        address = registers[30]
        if self._armed:
            self._armed = False
            if self._reserved(address):
                core.undefined[f"write to reserved indirect register {address}"] += 1
            core.ram[address] = registers[28] | registers[29] << 8
            core.changed = True
        else:
            registers[28], registers[29] = core.ram[address] & 0xFF, core.ram[address] >> 8
        core.interrupt(20, 1)

    def _reserved(self, address: int) -> bool:
        if self._core.variant.wide:
            return address not in _DOCUMENTED_WIDE
        return address in _RESERVED_NARROW
