"""The serial side of the simulated Si321x: bytes in, bytes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Protocol

FLOATING = 0xFF
"""What the host reads while nobody drives SDO."""


class Phase(Enum):
    """What the next byte means. Chip-select edges do not change it, whole bytes do."""

    SELECT = "chip select"
    COMMAND = "command"
    DATA = "data"


class SpiPort:
    """The byte machine: command and data, after a chip-select byte when chained (DR0.7)."""

    def __init__(
        self,
        read: Callable[[int], int],
        write: Callable[[int, int], None],
        chained: Callable[[], bool],
    ) -> None:
        self._read = read
        self._write = write
        self._chained = chained
        self._selected = True
        self._command = 0
        self.phase = Phase.COMMAND

    def resynchronise(self) -> None:
        """Chip select rose in the middle of a byte, or the chip was reset."""
        self._selected = True
        self.phase = Phase.SELECT if self._chained() else Phase.COMMAND

    def byte(self, sdi: int) -> int:
        """Clock one byte through; returns what appears on SDO meanwhile."""
        match self.phase:
            case Phase.SELECT:
                self._selected = bool(sdi & 1)
                self.phase = Phase.COMMAND
                return FLOATING
            case Phase.COMMAND:
                self._command = sdi
                self.phase = Phase.DATA
                return FLOATING
        sdo = self._data(sdi) if self._selected else FLOATING
        self.resynchronise()
        return sdo

    def _data(self, sdi: int) -> int:
        address = self._command & 0x7F
        if self._command & 0x80:
            return self._read(address)
        self._write(address, sdi)
        return FLOATING


class Chained(Protocol):
    """A chip on the chain."""

    @property
    def awaits_select(self) -> bool: ...

    def transfer(self, data: bytes) -> bytes: ...


class DaisyChain:
    """Up to eight chips on one chip select: SDITHRU of each is SDI of the next.

    A select byte arrives one bit later behind each chip that takes it for one, so bit n
    selects chip n; command and data pass unaltered. SDO is common: who drives low wins.
    """

    def __init__(self, chips: Sequence[Chained]) -> None:
        self.chips = tuple(chips)

    def transfer(self, data: bytes) -> bytes:
        """One assertion of the common chip select."""
        answer = bytearray()
        for sdi in data:
            sdo, late = FLOATING, 0
            for chip in self.chips:
                delays = chip.awaits_select
                sdo &= chip.transfer(bytes((sdi >> late if delays else sdi,)))[0]
                late += delays
            answer.append(sdo)
        return bytes(answer)
