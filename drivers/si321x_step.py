"""Whether a chip of a chain is still the one that is spoken to.

A chip that a glitch has reset leaves the chain: it takes the bytes of others for its own,
and those behind it get what was meant for their neighbours. What they answer then looks
sane. So registers are read whose values no neighbour has together: the chain bit, a constant,
the port's own timeslot; and one that says whether the chip has been reset.
"""

from __future__ import annotations

from drivers.bus import CHAIN_BITS, CHAINED, SpiRegisters

STRIKES = 3
"""Looks before it is believed: the next step is a reset of all chips."""


def out_of_step(bus: SpiRegisters, slot_start: int, hybrid: int) -> str:
    """Say which register read what; empty: this is the chip, and it is in step.

    Args:
        bus: of the chip; one that has a chip select of its own is always the one.
        slot_start: what its register 2 was set to.
        hybrid: what its register 11 was set to.
    """
    if not bus.chained:
        return ""
    wrong = ""
    for _ in range(STRIKES):
        wrong = _look(bus, slot_start, hybrid)
        if not wrong:
            break
    return wrong


def _look(bus: SpiRegisters, slot_start: int, hybrid: int) -> str:
    for register, bits, wanted in (
        (0, CHAIN_BITS, CHAINED),
        (11, 0xFF, hybrid),
        (2, 0xFF, slot_start & 0xFF),
        (8, 0xFF, 0),
    ):
        value = bus.read(register)
        if value & bits != wanted:
            return f"register {register} reads {value:#04x}: the chain has lost step"
    return ""


def in_chain(bus: SpiRegisters) -> bool:
    """Whether some chip answers in this place of the chain, whatever its registers hold."""
    return bus.read(0) & CHAIN_BITS == CHAINED
