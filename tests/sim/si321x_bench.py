"""A simulated Si321x on the bench: PCLK, a bus, and hands that write registers."""

from __future__ import annotations

from drivers.sim.loop import Loop
from drivers.sim.si321x import Si321xModel
from drivers.sim.si321x_core import WORDS

WORKING = {
    "OSC1": 0x7817,
    "OSC1X": 0x0143,
    "OSC2": 0x7703,
    "OSC2X": 0x0159,
    "ROFF": 0,
    "RCO": 0x7E6D,
    "RNGX": 0x023B,
    "RNGY": 0,
    "DACG": 0x4000,
    "ADCG": 0x4000,
    "LCRT": 0x1000,
    "LCRTL": 0x0E00,
    "RPTP": 0x3600,
    "NCLR": 0x8000,
    "NRTP": 0x0350,
    "VCMR": 0,
    "VMIND": 0x0C00,
}
"""Indirect words of a working line: 450 Hz and 480 Hz, ringing 25 Hz with 85 V peak."""


class Bench:
    """The chip, powered and clocked, and nothing else done to it."""

    def __init__(self, variant: str = "Si3210", loop: Loop | None = None, seed: int = 1) -> None:
        self.loop = loop or Loop(wire_ohms=0)
        self.chip = Si321xModel(variant, self.loop, seed=seed)
        self.chip.set_pclk(1_024_000)
        self.chip.advance(0.010)

    def read(self, address: int) -> int:
        self.chip.transfer(bytes((0x80 | address,)))
        return self.chip.transfer(b"\x00")[0]

    def write(self, address: int, value: int) -> None:
        self.chip.transfer(bytes((address,)))
        self.chip.transfer(bytes((value,)))

    def run(self, seconds: float) -> None:
        self.chip.advance(self.chip.now + seconds)

    def write_indirect(self, name: str, word: int) -> None:
        narrow, wide = WORDS[name]
        address = wide if self.read(1) & 0x80 else narrow
        assert address is not None
        self.write(28, word & 0xFF)
        self.write(29, word >> 8)
        self.write(30, address)
        while self.read(31) & 1:
            pass

    def read_indirect(self, address: int) -> int:
        self.write(30, address)
        while self.read(31) & 1:
            pass
        return self.read(28) | self.read(29) << 8

    def work(self) -> None:
        """Program a working line: on-hook, fed, all interrupts but DTMF enabled."""
        for name, word in WORKING.items():
            self.write_indirect(name, word)
        for address, value in ((8, 0), (108, 0xEB), (67, 0x17), (66, 0x01), (74, 0x3E)):
            self.write(address, value)
        self.write(14, 0)
        self.run(0.3)
        self.write(22, 0xFF)
        self.write(64, 1)
        self.run(0.3)
        self.clear_interrupts()

    def clear_interrupts(self) -> None:
        for address in (18, 19, 20):
            self.write(address, 0xFF)

    def wait_for(self, address: int, mask: int, limit: float) -> float:
        """Seconds until all bits of `mask` are set in a register; fails after `limit`."""
        start = self.chip.now
        while self.chip.peek(address) & mask != mask:
            assert self.chip.now - start < limit, f"DR{address} stays {self.chip.peek(address):#x}"
            self.run(0.00125)
        return self.chip.now - start


def working(variant: str = "Si3210", loop: Loop | None = None) -> Bench:
    bench = Bench(variant, loop)
    bench.work()
    return bench
