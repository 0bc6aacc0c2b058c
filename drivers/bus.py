"""The SPI bus: the only importer of spidev.

One chip select a port, or one for a chain of up to eight chips. The Si321x wants its chip
select high between any two bytes, so a register access is two transfers of one byte each,
and three on a chain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from drivers.errors import BusError, ChipError, bus_errors

READ = 0x80
"""Bit 7 of the control byte."""
IDLE = 0xFF
"""What is clocked out while the chip speaks: to a chip that has lost step it is a harmless
read, where 0x00 would start a write to register 0."""


class Spi(Protocol):
    """One chip select of an SPI bus; a call is one assertion of the chip select."""

    def xfer2(self, values: list[int], /) -> list[int]:
        """Exchange bytes.

        Raises:
            OSError: the transfer failed.
        """

    def close(self) -> None: ...


def each(spi: Spi, values: bytes) -> bytes:
    """Exchange bytes, each within an assertion of the chip select of its own.

    All of them at once where `spi` can do that, by a method of this name.

    Raises:
        OSError: a transfer failed.
    """
    at_once: Callable[[bytes], bytes] | None = getattr(spi, "each", None)
    if at_once is not None:
        return at_once(values)
    return bytes([spi.xfer2([value])[0] for value in values])


def open_spi(name: str, *, hz: int = 1_000_000) -> Spi:
    """Open a chip select such as ``spi0.0`` in mode 3, most significant bit first.

    Raises:
        BusError: there is no such device, or it may not be used.
    """
    found = re.fullmatch(r"spi(\d+)\.(\d+)", name)
    if found is None:
        raise BusError(f"{name!r} is not an SPI device; write spi0.0", port=0)
    try:
        import spidev
    except ImportError as error:
        raise BusError(f"the package spidev is missing: {error}", port=0) from error
    device = spidev.SpiDev()
    try:
        device.open(int(found[1]), int(found[2]))
        device.mode = 0b11
        device.max_speed_hz = hz
        device.bits_per_word = 8
    except OSError as error:
        raise BusError(f"/dev/{name.replace('spi', 'spidev')}: {error}", port=0) from error
    spi: Spi = device
    return spi


class SpiRegisters:
    """The direct registers of one Si321x, seven bits of address and a byte each.

    Raises:
        BusError: from `read` and `write`, when a transfer fails; names port and register.
    """

    chained = False

    def __init__(self, spi: Spi, *, port: int) -> None:
        self.spi = spi
        self.port = port

    @property
    def rejoins(self) -> int:
        """How often the chain was led back into step; there is none."""
        return 0

    def read(self, address: int) -> int:
        with bus_errors(port=self.port, address=address):
            return each(self.spi, self._access(READ | address, IDLE))[-1]

    def read_all(self, addresses: Sequence[int]) -> list[int]:
        """Read several, one after the other."""
        with bus_errors(port=self.port, address=addresses[0]):
            accesses = [self._access(READ | address, IDLE) for address in addresses]
            got = each(self.spi, b"".join(accesses))
        length = len(accesses[0])
        return list(got[length - 1 :: length])

    def write(self, address: int, value: int) -> None:
        with bus_errors(port=self.port, address=address):
            each(self.spi, self._access(address, value))

    def write_all(self, values: Sequence[tuple[int, int]]) -> None:
        """Write several, address and value, one after the other."""
        with bus_errors(port=self.port, address=values[0][0]):
            each(self.spi, b"".join(self._access(address, value) for address, value in values))

    def _access(self, control: int, data: int) -> bytes:
        """The bytes of one access, for a chip select each."""
        return bytes((control, data))

    def slip(self) -> None:
        """Send one byte too many.

        A chip that has lost count of the bytes takes command for data and data for
        command; one byte more brings it back, and may have spoilt a register.
        """
        with bus_errors(port=self.port, address=0):
            each(self.spi, bytes((IDLE,)))

    def rejoin(self) -> None:
        """Do nothing: a chip with a chip select of its own is in no chain."""

    def unchain(self) -> None:
        """Write 0 to register 0 of a chip that takes itself for one of a chain.

        Which of its three bytes comes next is not known: what is meant for it is sent once
        for each, and is no chip-select byte of this chip where it does not fit.
        """
        with bus_errors(port=self.port, address=0):
            each(self.spi, bytes(UNCHAINING))


UNCHAINING = 0x01, 0, 0, 0, 0x01, 0, 0, 0, 0x01, 0, 0, 0, 0
"""Chip select, command, data, at each of three offsets; then the chip is in step."""
LONGEST_CHAIN = 8
CHAINED = 0x80
"""Bit 7 of register 0, SPIDC: accesses begin with a chip-select byte."""
CHAIN_BITS = 0xC0
"""What register 0 shows of it, with SPIM."""


REJOINING = 0xFF, 0, 0, 0, CHAINED
"""All chips of the chain write 0 to register 0, which ends it; then all begin one anew."""
REJOIN_ROUNDS = 3
"""A chip out of the chain counts in twos, and five bytes turn that over: it is in step in one of
two rounds. One that counts in threes and is one or two bytes off is after one or two more."""


class Chain:
    """What the chips of one chip select have in common.

    Attributes:
        rejoins: how often they were led back into step.
    """

    def __init__(self) -> None:
        self.rejoins = 0


class ChainedRegisters(SpiRegisters):
    """The direct registers of one Si321x on a chain; `n` counts along it, from 0.

    The chip-select byte passes each chip one bit later, so bit `n` reaches chip `n`; what
    follows reaches all of them unaltered.
    """

    chained = True

    def __init__(self, spi: Spi, *, port: int, n: int, chain: Chain | None = None) -> None:
        super().__init__(spi, port=port)
        self._select = 1 << n
        self._chain = chain or Chain()

    @property
    def rejoins(self) -> int:
        """How often the chain was led back into step."""
        return self._chain.rejoins

    def rejoin(self) -> None:
        """Lead a chip that counts other bytes than its neighbours back among them.

        Register 0 holds nothing but the mode of the bus: lines and calls of those that were in
        step do not notice. What the lost chip takes for commands may have spoilt its registers.
        """
        self._chain.rejoins += 1
        with bus_errors(port=self.port, address=0):
            each(self.spi, bytes(REJOINING * REJOIN_ROUNDS))

    def _access(self, control: int, data: int) -> bytes:
        return bytes((self._select, control, data))

    def slip(self) -> None:
        """Do nothing: all chips would take the byte, those that are in step as well."""

    def unchain(self) -> None:
        """Do nothing: the chip belongs to a chain."""


def enable_chain(spi: Spi) -> None:
    """Put all chips of a chain, fresh from reset, into the mode of three bytes.

    Until then each passes on what it hears, so one access of two bytes reaches them all.

    Raises:
        BusError: a transfer failed.
    """
    with bus_errors(port=0, address=0):
        spi.xfer2([0])
        spi.xfer2([CHAINED])


class IndirectWords:
    """The indirect registers of one Si321x, through direct registers 28 to 31.

    The chip serves an access within 62.5 us as long as PCLK runs.

    Raises:
        ChipError: from `read` and `write`, when the chip does not serve them.
    """

    POLLS = 100
    """About 5 ms on a Raspberry Pi: eighty times what the chip needs."""
    DATA_LOW, DATA_HIGH, ADDRESS, STATUS = 28, 29, 30, 31
    PENDING = 0x01

    def __init__(self, registers: SpiRegisters) -> None:
        self.registers = registers

    def read(self, address: int) -> int:
        self._await_service(address)
        self.registers.write(self.ADDRESS, address)
        self._await_service(address)
        low, high = self.registers.read_all((self.DATA_LOW, self.DATA_HIGH))
        return high << 8 | low

    def write(self, address: int, value: int) -> None:
        self._await_service(address)
        self.registers.write_all(
            ((self.DATA_LOW, value & 0xFF), (self.DATA_HIGH, value >> 8), (self.ADDRESS, address))
        )

    def _await_service(self, address: int) -> None:
        for _ in range(self.POLLS):
            if not self.registers.read(self.STATUS) & self.PENDING:
                return
        raise ChipError(
            f"register 31: IAS stuck at indirect register {address} - PCLK missing?",
            port=self.registers.port,
        )
