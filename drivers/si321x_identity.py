"""Which chip of the Si321x family is there, and whether it is fresh from reset."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from drivers.bus import CHAIN_BITS, CHAINED, SpiRegisters
from drivers.errors import BringUpError
from drivers.si321x_registers import GOLDEN, Direct, PowerDown
from drivers.slic import Capability, Linefeed

STEP = "identification"
SCRATCH_REGISTER, PATTERNS = 2, (0x5A, 0xA5)
"""The timeslot's register, which is loaded later, proves that a bus carries bytes."""
LOOP_BACK = 0x02
"""Register 8 after reset: digital loop-back."""


class Family(IntEnum):
    """Also the column of the indirect register map."""

    SI3210 = 0
    SI3215 = 1


TONE_CLOCK_HZ = {Family.SI3210: 8000, Family.SI3215: 16000}
SI3210_PARTS = {0b00: "Si3210", 0b01: "Si3211", 0b10: "Si3212", 0b11: "Si3210M"}
SI3215_PARTS = {0b000: "Si3215", 0b100: "Si3216", 0b011: "Si3215M", 0b111: "Si3216M"}
EXTERNAL_BATTERY = {"Si3211", "Si3212"}
BOTH = (
    Capability.HARDWARE_TONES
    | Capability.HARDWARE_CADENCE
    | Capability.FSK
    | Capability.LINE_TEST
    | Capability.IMPEDANCE
    | Capability.REVERSAL
    | Capability.ON_HOOK_TRANSMISSION
    | Capability.GAIN
)
CAPABILITIES = {
    Family.SI3210: BOTH | Capability.HARDWARE_DTMF | Capability.METERING,
    Family.SI3215: BOTH,
}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a chip says that it is."""

    part: str
    family: Family
    revision: int
    transformer: bool
    """Its DC-DC converter drives a transformer (suffix M)."""

    def __str__(self) -> str:
        """As the operator reads it; revision 1 is A."""
        return f"{self.part} rev {chr(ord('A') + self.revision - 1)}"


def identify(bus: SpiRegisters, direct: Direct, *, fresh: bool) -> Identity:
    """Read what the chip is and prove that the bus is sane.

    A chip fresh from reset proves it by what it holds; any other, and a bus, by giving back
    what it is given.

    Raises:
        BringUpError: nothing there, too old, not reset, of a kind we do not drive.
    """
    fail = _Failure(direct)
    if not fresh:
        _find_step(bus, fail)
    hybrid = direct.hybrid
    if fresh and hybrid != GOLDEN:  # perhaps it has lost step
        bus.slip()
        hybrid = direct.hybrid
    revision = direct.revision
    raw = bus.read(0)
    if bus.chained and raw & CHAIN_BITS != CHAINED:
        raise fail.because(0, raw, "no chip of a chain answers here")
    if revision in {0x0, 0xF}:
        raise fail.because(0, raw, "no SLIC answers")
    if revision < 2:
        raise fail.because(0, raw, "revision A is too old")
    family = Family.SI3215 if direct.si3215_family else Family.SI3210
    if not fresh:
        direct.power_down = PowerDown.CONVERTER_OFF
        direct.linefeed = Linefeed.OPEN
        direct.loop_back = LOOP_BACK
        direct.hybrid = GOLDEN
        hybrid = direct.hybrid
    if (loop_back := direct.loop_back) != LOOP_BACK:
        raise fail.because(8, loop_back, f"{LOOP_BACK:#04x} expected")
    if (state := direct.line_state) != 0x00:
        raise fail.because(64, state, "0x00 expected")
    if hybrid != GOLDEN:
        raise fail.because(11, hybrid, f"{GOLDEN:#04x} expected: bus fault")
    direct.indirect_address = 0  # ends a stale indirect access
    part = _part(direct, family)
    if part in EXTERNAL_BATTERY:
        raise fail.because(0, raw, f"{part} needs an external battery; not supported")
    return Identity(part, family, revision, direct.converter_transformer)


def _find_step(bus: SpiRegisters, fail: _Failure) -> None:
    """See that a chip that has been spoken to gives back what it is given.

    One that has lost count of the bytes is one byte off, and may hold anything: none of its
    registers says so for certain. It may also have taken a command for the data of a write to
    register 0, and wait for the chip-select bytes of a chain since.
    """
    for mend in (bus.slip, bus.unchain, None):
        got = 0
        for pattern in PATTERNS:
            bus.write(SCRATCH_REGISTER, pattern)
            got = bus.read(SCRATCH_REGISTER)
            if got != pattern:
                break
        else:
            return
        if mend is not None:
            mend()
    raise fail.because(SCRATCH_REGISTER, got, "not what was written: no SLIC answers")


def _part(direct: Direct, family: Family) -> str:
    if family is Family.SI3210:
        return SI3210_PARTS[direct.part]
    number = direct.part_si3215
    name = SI3215_PARTS.get(number)
    if name is None:
        raise _Failure(direct).because(6, number << 5, "no part number of the Si3215 family")
    return name


class _Failure:
    def __init__(self, direct: Direct) -> None:
        self.port = direct.bus.port

    def because(self, register: int, value: int, why: str) -> BringUpError:
        return BringUpError(
            f"register {register} reads {value:#04x}: {why}", port=self.port, step=STEP
        )
