"""The SPI bus: bytes on the wire, and how failures are told."""

from __future__ import annotations

import errno
import os
import sys
from types import SimpleNamespace

import pytest

from drivers.bus import ChainedRegisters, IndirectWords, SpiRegisters, open_spi
from drivers.errors import BusError, ChipError


class Tape:
    """A chip select that answers from a list and keeps what was sent."""

    def __init__(self, answers: list[int] | None = None, default: int = 0) -> None:
        self.sent: list[list[int]] = []
        self.answers = answers or []
        self.default = default

    def xfer2(self, values: list[int], /) -> list[int]:
        self.sent.append(values)
        return [self.answers.pop(0) if self.answers else self.default]

    def close(self) -> None:
        """Nothing is held."""


class Unplugged(Tape):
    def xfer2(self, values: list[int], /) -> list[int]:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), str(values))


def test_each_byte_has_its_own_chip_select() -> None:
    tape = Tape([0, 0, 0, 0x33])
    registers = SpiRegisters(tape, port=1)
    registers.write(64, 1)
    assert registers.read(11) == 0x33
    assert tape.sent == [[0x40], [0x01], [0x8B], [0xFF]]


class AtOnce(Tape):
    """It can take several bytes at once, and gives each a chip select of its own."""

    def __init__(self, answers: list[int]) -> None:
        super().__init__(answers)
        self.turns = 0

    def each(self, values: bytes, /) -> bytes:
        self.turns += 1
        return bytes(self.xfer2([value])[0] for value in values)


def test_what_takes_several_bytes_at_once_gets_a_whole_access() -> None:
    """The bytes and their order are the same; a word is six turns in place of eighteen."""
    tape = AtOnce([0] * 8 + [0, 0, 0, 0, 0, 0, 0, 0x6D, 0, 0x7E])
    words = IndirectWords(SpiRegisters(tape, port=1))
    words.write(20, 0x7E6D)
    assert (tape.turns, len(tape.sent)) == (2, 8)
    assert tape.sent == [[0x9F], [0xFF], [0x1C], [0x6D], [0x1D], [0x7E], [0x1E], [0x14]]
    assert words.read(20) == 0x7E6D
    assert (tape.turns, len(tape.sent)) == (6, 18)


def test_several_registers_of_a_chip_on_a_chain_are_told_apart() -> None:
    tape = Tape([0, 0, 0x6D, 0, 0, 0x7E])
    assert ChainedRegisters(tape, port=2, n=1).read_all((28, 29)) == [0x6D, 0x7E]
    assert tape.sent == [[0x02], [0x9C], [0xFF], [0x02], [0x9D], [0xFF]]


def test_an_indirect_write_is_data_then_address() -> None:
    tape = Tape()
    IndirectWords(SpiRegisters(tape, port=1)).write(20, 0x7E6D)
    assert tape.sent == [[0x9F], [0xFF], [0x1C], [0x6D], [0x1D], [0x7E], [0x1E], [0x14]]


def test_an_indirect_read_waits_for_the_service_twice() -> None:
    served = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0x6D, 0, 0x7E]
    tape = Tape(served)
    assert IndirectWords(SpiRegisters(tape, port=1)).read(20) == 0x7E6D
    assert [byte for [byte] in tape.sent[::2]] == [0x9F, 0x1E, 0x9F, 0x9F, 0x9C, 0x9D]


def test_an_indirect_access_that_is_never_served_is_given_up() -> None:
    tape = Tape(default=1)
    with pytest.raises(ChipError, match=r"port 2: register 31: IAS stuck at .* 20 - PCLK"):
        IndirectWords(SpiRegisters(tape, port=2)).read(20)
    assert len(tape.sent) == 2 * IndirectWords.POLLS


def test_a_failed_transfer_names_port_and_register() -> None:
    registers = SpiRegisters(Unplugged(), port=2)
    for access in (lambda: registers.read(64), lambda: registers.write(64, 1)):
        with pytest.raises(BusError, match=r"port 2: register 64: .*No such device"):
            access()


class SpiDev:
    """What the package spidev gives: attributes that are ioctls."""

    mode = max_speed_hz = bits_per_word = -1

    def open(self, bus: int, device: int) -> None:
        self.opened = bus, device

    def xfer2(self, values: list[int], /) -> list[int]:
        return values

    def close(self) -> None: ...


def test_a_bus_is_opened_in_mode_3_with_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data sheet, serial interface: SCLK rests high, data is taken at its rising edge."""
    monkeypatch.setitem(sys.modules, "spidev", SimpleNamespace(SpiDev=SpiDev))
    spi = open_spi("spi1.2", hz=2_000_000)
    assert isinstance(spi, SpiDev)
    assert spi.opened == (1, 2)
    assert (spi.mode, spi.bits_per_word, spi.max_speed_hz) == (3, 8, 2_000_000)


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(BusError, match=r"/dev/spidev77\.7: .*No such file"):
        open_spi("spi77.7")
    with pytest.raises(BusError, match=r"'i2c-1' is not an SPI device; write spi0\.0"):
        open_spi("i2c-1")
