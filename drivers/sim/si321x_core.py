"""What the blocks of the simulated Si321x share: registers, RAM, interrupts, the chip's time."""

from __future__ import annotations

import math
import random
from collections import Counter

from drivers.sim.loop import Loop
from drivers.sim.si321x_faults import Faults
from drivers.sim.si321x_registers import RANDOM_AFTER_RESET, Variant, register_map

TICK_S = 125e-6
"""Resolution of the timers."""

# Words of the indirect RAM by name: address on the Si3210, address on the Si3215.
WORDS: dict[str, tuple[int, int | None]] = {
    "ROW0": (0, None),
    "ROW1": (1, None),
    "ROW2": (2, None),
    "ROW3": (3, None),
    "COL": (4, None),
    "OSC1": (13, 0),
    "OSC1X": (14, 1),
    "OSC2": (16, 3),
    "OSC2X": (17, 4),
    "ROFF": (19, 6),
    "RCO": (20, 7),
    "RNGX": (21, 8),
    "RNGY": (22, 9),
    "PLSD": (23, None),
    "PLSX": (24, None),
    "PLSCO": (25, None),
    "DACG": (26, 13),
    "ADCG": (27, 14),
    "LCRT": (28, 15),
    "RPTP": (29, 16),
    "NCLR": (35, 22),
    "NRTP": (36, 23),
    "VCMR": (40, 27),
    "VMIND": (41, 64),
    "LCRTL": (43, 66),
    "FSK0X": (99, 69),
    "FSK0": (100, 70),
    "FSK1X": (101, 71),
    "FSK1": (102, 72),
}


class Core:
    """The memory of the chip and its notion of time.

    Attributes:
        clock: seconds that PCLK has run since power-up; everything inside the chip is
            timed by it, so all of it stands still with PCLK.
        changed: something was changed that other blocks look at.
        undefined: what was asked of the chip that no data sheet defines.
    """

    def __init__(self, variant: Variant, revision: int, loop: Loop, seed: int) -> None:
        self.variant = variant
        self.loop = loop
        self.dice = random.Random(seed)  # noqa: S311 - a simulation has to repeat itself
        self.faults = Faults()
        self.map = register_map(variant, revision)
        self.registers = bytearray(128)
        self.ram = [0] * 256
        self.undefined: Counter[str] = Counter()
        self.clock = 0.0
        self.changed = True
        self._column = 1 if variant.wide else 0

    def reset(self) -> None:
        """Registers as documented, indirect RAM with what happens to be in it."""
        self.registers[:] = bytes(128)
        for address, register in self.map.items():
            self.registers[address] = register.reset
        for address in RANDOM_AFTER_RESET:
            self.registers[address] = self.dice.randrange(256)
        self.ram[:] = [self.dice.randrange(1 << 16) for _ in self.ram]
        self.changed = True

    def bit(self, address: int, number: int) -> bool:
        return bool(self.registers[address] >> number & 1)

    def timer_s(self, address: int) -> float:
        """The 16-bit timer whose low byte is at `address`, in seconds."""
        return (self.registers[address] | self.registers[address + 1] << 8) * TICK_S

    def word(self, name: str) -> int:
        """An indirect word as unsigned 16 bits; 0 where the variant has none."""
        address = WORDS[name][self._column]
        return 0 if address is None else self.ram[address]

    def field(self, name: str, msb: int, lsb: int) -> int:
        return self.word(name) >> lsb & (1 << msb - lsb + 1) - 1

    def signed(self, name: str) -> int:
        word = self.word(name)
        return word - 0x10000 if word & 0x8000 else word

    def interrupt(self, address: int, number: int) -> None:
        """An event for bit `number` of status register `address`; counts only when enabled."""
        if self.bit(address + 3, number) and not self.bit(address, number):
            self.registers[address] |= 1 << number
            self.changed = True

    @property
    def linefeed(self) -> int:
        """LFS: the state the line is in (DR64.6:4)."""
        return self.registers[64] >> 4 & 7

    @property
    def wanted_linefeed(self) -> int:
        """LF: the state the line was put in (DR64.2:0)."""
        return self.registers[64] & 7

    def set_linefeed(self, actual: int, wanted: int | None = None) -> None:
        wanted = self.wanted_linefeed if wanted is None else wanted
        value = actual << 4 | wanted
        if value != self.registers[64]:
            self.registers[64] = value
            self.changed = True


def angle_hz(coefficient: int, sample_hz: float) -> float:
    """Frequency of a resonator whose coefficient is ``cos(2 pi f / Fs) * 2**15``."""
    return math.acos(max(-1.0, min(1.0, coefficient / 32768))) * sample_hz / (2 * math.pi)
