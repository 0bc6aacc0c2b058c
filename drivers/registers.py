"""Register maps as declarations.

A chip's registers are written down once, as class attributes; reading and writing them
*is* reading and writing the chip, and no mask or shift stands anywhere else::

    regs.linefeed = Linefeed.RINGING     # a read and a write on the bus
    if regs.loop_closed: ...             # a read on the bus

A field as wide as its register is written without being read first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar, overload

from drivers.errors import ChipError

T = TypeVar("T", bound=int)


class Bus(Protocol):
    """The byte-wide registers of one chip, whatever carries them."""

    port: int
    """Whose chip it is, for the errors."""

    def read(self, address: int) -> int: ...

    def write(self, address: int, value: int) -> None: ...


class WordBus(Protocol):
    """The 16-bit words behind a chip's indirect access."""

    def read(self, address: int) -> int: ...

    def write(self, address: int, value: int) -> None: ...


class RegisterFile:
    """Base of a chip's register map; holds the bus that its fields go through."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    def exchange(self, field: Field[Any], value: int) -> int:
        """Write a field and return what it reads then."""
        field.__set__(self, value)
        return int(field.__get__(self, type(self)))

    @classmethod
    def fields(cls) -> dict[str, Field[Any]]:
        """Every field by name, in the order of declaration: for dumps, documents and tests."""
        return {name: it for name, it in vars(cls).items() if isinstance(it, Field)}


class Field(Generic[T]):
    """Bits `msb` to `lsb` of the register at `address`, read as a `kind`.

    `alone` says that the other bits of the register belong to the chip: they are written
    as 0, without a read.
    """

    def __init__(
        self,
        address: int,
        msb: int,
        lsb: int,
        kind: Callable[[int], T],
        *,
        alone: bool = False,
    ) -> None:
        if not 0 <= lsb <= msb <= 7:
            raise ValueError(f"bits {msb}..{lsb} do not lie in a byte")
        self.address, self.msb, self.lsb, self.kind = address, msb, lsb, kind
        self.limit = (1 << (msb - lsb + 1)) - 1
        self.alone = alone or self.limit == 0xFF
        self.name = f"register {address}"

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = f"{owner.__name__}.{name}"

    @overload
    def __get__(self, chip: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, chip: RegisterFile, owner: type) -> T: ...
    def __get__(self, chip: RegisterFile | None, owner: type) -> Field[T] | T:
        if chip is None:
            return self
        bits = chip.bus.read(self.address) >> self.lsb & self.limit
        try:
            return self.kind(bits)
        except ValueError as error:
            raise ChipError(
                f"register {self.address}: {self.name} reads {bits:#x}, which means nothing",
                port=chip.bus.port,
            ) from error

    def __set__(self, chip: RegisterFile, value: T) -> None:
        if not 0 <= value <= self.limit:
            raise ValueError(f"{self.name}: {value!r} is not in 0..{self.limit}")
        rest = 0
        if not self.alone:
            rest = chip.bus.read(self.address) & ~(self.limit << self.lsb)
        chip.bus.write(self.address, rest | int(value) << self.lsb)


class ReadOnly(Field[T]):
    """A field that the chip owns; to write it is a mistake in our code."""

    def __set__(self, chip: RegisterFile, value: T) -> None:
        raise AttributeError(f"{self.name} is read-only")


class Latches(Field[T]):
    """A register whose bits are cleared by writing ones; always the whole byte.

    Bit by bit, the read before the write would clear latches that nobody has looked at.
    """

    def __init__(self, address: int, kind: Callable[[int], T]) -> None:
        super().__init__(address, 7, 0, kind)


class Pair(Field[int]):
    """A number in two registers, the low byte at `address` and the high byte after it."""

    def __init__(self, address: int, bits: int = 16) -> None:
        super().__init__(address, 7, 0, int)
        self.limit = (1 << bits) - 1

    @overload
    def __get__(self, chip: None, owner: type) -> Field[int]: ...
    @overload
    def __get__(self, chip: RegisterFile, owner: type) -> int: ...
    def __get__(self, chip: RegisterFile | None, owner: type) -> Field[int] | int:
        if chip is None:
            return self
        low = chip.bus.read(self.address)
        return (chip.bus.read(self.address + 1) << 8 | low) & self.limit

    def __set__(self, chip: RegisterFile, value: int) -> None:
        if not 0 <= value <= self.limit:
            raise ValueError(f"{self.name}: {value!r} is not in 0..{self.limit}")
        chip.bus.write(self.address, value & 0xFF)
        chip.bus.write(self.address + 1, value >> 8)


class WordFile:
    """Base of a map of indirect registers, which lie elsewhere in each chip family.

    Attributes:
        column: which of the addresses of each `Word` holds for this chip.
    """

    def __init__(self, bus: WordBus, column: int) -> None:
        self.bus = bus
        self.column = column

    @classmethod
    def words(cls) -> dict[str, Word]:
        """Every word by name, in the order of declaration."""
        return {name: it for name, it in vars(cls).items() if isinstance(it, Word)}

    def addresses(self) -> dict[str, int]:
        """Address by name of the words that this chip has."""
        return {
            name: address
            for name, word in self.words().items()
            if (address := word.addresses[self.column]) is not None
        }


class Word:
    """A 16-bit indirect register; one address a chip family, None where it is missing."""

    def __init__(self, *addresses: int | None) -> None:
        self.addresses = addresses
        self.name = f"indirect register {addresses}"

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = f"{owner.__name__}.{name}"

    @overload
    def __get__(self, chip: None, owner: type) -> Word: ...
    @overload
    def __get__(self, chip: WordFile, owner: type) -> int: ...
    def __get__(self, chip: WordFile | None, owner: type) -> Word | int:
        if chip is None:
            return self
        return chip.bus.read(self._address(chip))

    def __set__(self, chip: WordFile, value: int) -> None:
        if not 0 <= value <= 0xFFFF:
            raise ValueError(f"{self.name}: {value!r} is not in 0..65535")
        chip.bus.write(self._address(chip), value)

    def _address(self, chip: WordFile) -> int:
        address = self.addresses[chip.column]
        if address is None:
            raise AttributeError(f"{self.name} does not exist in this chip family")
        return address
