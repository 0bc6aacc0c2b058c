"""Direct registers of the simulated Si321x: what they hold after reset, what can be written.

Written down from the register descriptions of the Si3210 and Si3215 data sheets, and from
nothing the driver uses: two readings that agree are worth more than one shared table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variant:
    """One member of the family."""

    name: str
    wide: bool
    """Si3215 family: DR1.7 set, indirect registers renumbered, tone clock 16 kHz."""
    mosfet: bool
    """Suffix M: MOSFET and transformer converter; DR93.5 reads 1."""


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("Si3210", wide=False, mosfet=False),
        Variant("Si3210M", wide=False, mosfet=True),
        Variant("Si3215", wide=True, mosfet=False),
        Variant("Si3215M", wide=True, mosfet=True),
    )
}


@dataclass(frozen=True, slots=True)
class Register:
    """One direct register: its value after reset and the bits a write changes."""

    reset: int = 0
    writable: int = 0xFF


READ_ONLY = 0x00
_BOTH: dict[int, Register] = {
    2: Register(),
    3: Register(writable=0x03),
    4: Register(),
    5: Register(writable=0x03),
    8: Register(0x02, 0x07),
    9: Register(),
    10: Register(0x08, 0x3F),
    11: Register(0x33, 0x77),
    14: Register(0x10, 0x3B),
    15: Register(writable=0x3F),
    19: Register(),
    22: Register(),
    28: Register(),
    29: Register(),
    30: Register(),
    31: Register(0, READ_ONLY),
    32: Register(writable=0x7F),
    33: Register(writable=0x3F),
    34: Register(writable=0x1B),
    **{address: Register() for address in range(36, 44)},
    **{address: Register() for address in range(48, 52)},
    52: Register(writable=0x01),
    63: Register(0x54),
    64: Register(writable=0x07),
    65: Register(0x61, 0x7F),
    66: Register(0x03, 0x1B),
    68: Register(0, READ_ONLY),
    69: Register(0x0A, 0x7F),
    70: Register(0x0A, 0x7F),
    71: Register(writable=0x07),
    72: Register(0x20, 0x7F),
    73: Register(0x02, 0x3F),
    74: Register(0x32, 0x3F),
    75: Register(0x10, 0x3F),
    76: Register(writable=0x07),
    **{address: Register(0, READ_ONLY) for address in range(77, 90)},
    92: Register(0xFF, 0xBF),
    94: Register(0, READ_ONLY),
    96: Register(0x1F, 0x7F),
    97: Register(0x1F, 0x1F),
    98: Register(0x10, 0x1F),
    99: Register(0x10, 0x1F),
    100: Register(0x11, 0x1F),
    101: Register(0x11, 0x1F),
    102: Register(0x08, 0x0F),
    103: Register(0x88),
    104: Register(writable=0x0F),
    105: Register(),
    107: Register(0x08, 0x0F),
}

_NARROW: dict[int, Register] = {
    1: Register(0x08, 0x3F),
    18: Register(),
    20: Register(writable=0x07),
    21: Register(),
    23: Register(writable=0x07),
    24: Register(0, READ_ONLY),
    35: Register(writable=0x1C),
    **{address: Register() for address in range(44, 48)},
    67: Register(0x1F, 0x7F),
    106: Register(0x20, 0x3F),
    108: Register(writable=0xFF),
}

_WIDE: dict[int, Register] = {
    1: Register(0x88, 0x3F),
    18: Register(writable=0x3F),
    20: Register(writable=0x02),
    21: Register(writable=0x3F),
    23: Register(writable=0x02),
    67: Register(0x17, 0x77),  # DR67.3 is printed as set and reads zero
    108: Register(writable=0xE7),
}

CLEARED_BY_ONES = frozenset({18, 19, 20})
"""Interrupt status: a written one clears, a written zero leaves."""
RANDOM_AFTER_RESET = (30, *range(84, 90))


def register_map(variant: Variant, revision: int) -> dict[int, Register]:
    """Every documented register of a variant; what is not in it is reserved."""
    part = 0x30 if variant.mosfet else 0x00
    registers = _BOTH | (_WIDE if variant.wide else _NARROW)
    registers[0] = Register(part | revision, 0xC0)
    registers[93] = Register(0x34 if variant.mosfet else 0x14, 0x9F)
    if variant.wide:
        registers[6] = Register(0x60 if variant.mosfet else 0x00, READ_ONLY)
    elif revision <= 3:
        registers[63] = Register(0x32)
    return registers
