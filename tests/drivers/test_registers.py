"""Register maps as declarations: what fields promise."""

from __future__ import annotations

from enum import IntEnum, IntFlag

import pytest

from drivers.errors import ChipError
from drivers.registers import Field, Latches, Pair, ReadOnly, RegisterFile, Word, WordFile
from drivers.si321x_registers import Direct, Indirect


class Memory:
    """Registers that only remember; counts reads."""

    port = 3

    def __init__(self, size: int = 256) -> None:
        self.cells = [0] * size
        self.reads = 0

    def read(self, address: int) -> int:
        self.reads += 1
        return self.cells[address]

    def write(self, address: int, value: int) -> None:
        self.cells[address] = value


class Mode(IntEnum):
    STOP = 0
    GO = 1
    TURN = 2


class Event(IntFlag):
    RING_TRIP = 1
    LOOP_CLOSED = 2


class Toy(RegisterFile):
    low = Field(9, 3, 0, int)
    high = Field(9, 7, 4, int)
    mode = Field(10, 1, 0, Mode)
    seen = ReadOnly(11, 0, 0, bool)
    asked = Field(12, 2, 0, int, alone=True)
    latches = Latches(18, Event)
    slot = Pair(20, bits=10)


class ToyWords(WordFile):
    both = Word(20, 7)
    first_only = Word(24, None)


def test_writing_a_field_leaves_its_neighbours() -> None:
    memory = Memory()
    toy = Toy(memory)
    toy.high, toy.low = 0xA, 0x5
    assert memory.cells[9] == 0xA5
    assert (toy.high, toy.low) == (0xA, 0x5)


def test_fields_are_listed_in_the_order_of_declaration() -> None:
    assert list(Toy.fields()) == ["low", "high", "mode", "seen", "asked", "latches", "slot"]
    assert list(ToyWords.words()) == ["both", "first_only"]


def test_a_value_out_of_range_is_refused_before_the_bus_sees_it() -> None:
    memory = Memory()
    toy = Toy(memory)
    with pytest.raises(ValueError, match=r"Toy\.low: 16 is not in 0\.\.15"):
        toy.low = 16
    with pytest.raises(ValueError, match=r"Toy\.slot: 1024 is not in 0\.\.1023"):
        toy.slot = 1024
    with pytest.raises(ValueError, match=r"ToyWords\.both: 65536 is not"):
        ToyWords(memory, 0).both = 0x10000
    assert memory.cells == [0] * 256
    assert memory.reads == 0


def test_a_read_only_field_cannot_be_written() -> None:
    with pytest.raises(AttributeError, match=r"Toy\.seen is read-only"):
        Toy(Memory()).seen = True


def test_a_code_that_means_nothing_is_an_error_of_the_chip() -> None:
    memory = Memory()
    memory.cells[10] = 0b11
    with pytest.raises(ChipError, match=r"port 3: register 10: Toy\.mode reads 0x3"):
        _ = Toy(memory).mode


def test_a_field_reads_as_its_own_type() -> None:
    memory = Memory()
    memory.cells[10], memory.cells[11] = 0b10, 1
    toy = Toy(memory)
    assert toy.mode is Mode.TURN
    assert toy.seen is True


def test_latches_are_cleared_exactly_as_asked_and_never_read_before() -> None:
    memory = Memory()
    memory.cells[18] = 0b11
    Toy(memory).latches = Event.LOOP_CLOSED
    assert memory.cells[18] == 0b10, "the bits to clear, and no others"
    assert memory.reads == 0


def test_a_field_that_stands_alone_is_written_without_a_read() -> None:
    memory = Memory()
    memory.cells[12] = 0xFF
    Toy(memory).asked = 5
    assert memory.cells[12] == 5
    assert memory.reads == 0


def test_a_pair_is_written_low_byte_first() -> None:
    memory = Memory()
    toy = Toy(memory)
    toy.slot = 0x155
    assert memory.cells[20:22] == [0x55, 0x01]
    assert toy.slot == 0x155


def test_a_field_outside_a_byte_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match=r"bits 8\.\.0 do not lie in a byte"):
        Field(1, 8, 0, int)


def test_a_word_lies_where_the_family_has_it() -> None:
    memory = Memory()
    ToyWords(memory, 0).both = 0x1234
    ToyWords(memory, 1).both = 0x5678
    assert (memory.cells[20], memory.cells[7]) == (0x1234, 0x5678)
    assert ToyWords(memory, 1).both == 0x5678


def test_a_word_that_the_family_lacks_is_a_mistake_of_ours() -> None:
    words = ToyWords(Memory(), 1)
    assert words.addresses() == {"both": 7}
    with pytest.raises(AttributeError, match="first_only does not exist"):
        words.first_only = 1


def test_no_reserved_register_is_declared() -> None:
    reserved = {7, 12, 13, 16, 17, 25, 26, 27, *range(53, 63), 90, 91, 95}
    declared = {field.address for field in Direct.fields().values()}
    assert not declared & reserved
    assert declared <= set(range(109))


def test_every_documented_indirect_register_is_declared_once() -> None:
    first, second = (Indirect(Memory(), column).addresses() for column in (0, 1))
    assert sorted(first.values()) == [*range(42), 43, *range(99, 105)]
    assert sorted(second.values()) == [*range(10), *range(13, 28), 64, 66, *range(69, 75)]
