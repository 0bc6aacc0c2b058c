"""One Si321x as the start-up and the driver see it: registers, words, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any

from drivers.bus import IndirectWords, SpiRegisters
from drivers.errors import BringUpError, ChipError
from drivers.registers import Field
from drivers.si321x_identity import Identity, identify
from drivers.si321x_registers import FILTERS, FLUSH, Direct, Indirect, PowerDown
from drivers.slic import Linefeed, Steps

POLL = 0.010
"""Seconds between two looks at something that takes time."""


class Chip:
    """The registers of one chip; its indirect words once it is known what it is."""

    def __init__(self, bus: SpiRegisters) -> None:
        self.bus = bus
        self.port = bus.port
        self.direct = Direct(bus)
        self.ram = IndirectWords(bus)
        self.identity: Identity | None = None

    def identify(self, *, fresh: bool) -> Identity:
        """Find out what the chip is; `fresh`: it comes from reset, and must look like it.

        Raises:
            BringUpError: not a chip we drive, or not fresh from reset.
        """
        self.identity = identify(self.bus, self.direct, fresh=fresh)
        return self.identity

    @property
    def known(self) -> Identity:
        """What the chip is; for those who come after `identify`."""
        if self.identity is None:
            raise self.fail("identification", "the chip has not been identified yet")
        return self.identity

    @property
    def words(self) -> Indirect:
        """The indirect registers, at the addresses of this chip's family."""
        return Indirect(self.ram, self.known.family)

    def fail(self, step: str, message: str) -> BringUpError:
        return BringUpError(message, port=self.port, step=step)

    def load(self, values: Mapping[str, int], *, step: str) -> Steps:
        """Write indirect words and read each one back.

        Raises:
            BringUpError: the chip does not serve one, or it reads otherwise than written.
        """
        addresses = self.words.addresses()
        for name in (name for name in addresses if name in values):
            address, value = addresses[name], values[name]
            try:
                self.ram.write(address, value)
                got = self.ram.read(address)
            except ChipError as error:
                raise self.fail(step, error.message) from error
            if got != value:
                raise self.fail(
                    step,
                    f"indirect register {address} ({name}): wrote {value:#06x}, reads {got:#06x}",
                )
            yield 0.0  # let others run: a word costs about half a millisecond

    def verify(self, field: Field[Any], value: int, *, step: str, ignoring: int = 0) -> None:
        """Write a register and read it back; `ignoring` are bits that need not be as written.

        Raises:
            BringUpError: it reads otherwise.
        """
        got = self.direct.exchange(field, value)
        if (got ^ value) & ~ignoring:
            raise self.fail(
                step,
                f"register {field.address} ({field.name}): wrote {value:#04x}, reads {got:#04x}",
            )

    def flush(self, addresses: Iterable[int]) -> Steps:
        """Write 0 to accumulators, which cannot be read back."""
        for address in addresses:
            self.ram.write(address, 0)
            yield 0.0

    def switch_off(self) -> None:
        """Stop the battery and open the line."""
        self.direct.power_down = PowerDown.CONVERTER_OFF
        self.direct.linefeed = Linefeed.OPEN


def flushed(values: Mapping[str, int]) -> dict[str, int]:
    """`values` with the filters held at their fastest, for the time of the start-up."""
    return {name: FLUSH if name in FILTERS else value for name, value in values.items()}


def finals(values: Mapping[str, int]) -> dict[str, int]:
    """Only the filters of `values`."""
    return {name: values[name] for name in FILTERS}


def until(
    condition: Callable[[], bool], seconds: float, every: float = POLL
) -> Generator[float, None, bool]:
    """Look again and again for so long; returns whether `condition` became true."""
    for _ in range(round(seconds / every)):
        if condition():
            return True
        yield every
    return condition()
