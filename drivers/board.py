"""Open a card and its highway: the only place that says "simulated" or "spi".

Order matters (data sheet, clocks): open the highway first and let it run, since the chips
live on its clock; then `Card.reset`, then bring the ports up. Close in reverse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Any

from drivers.ag1171 import Ag1171, ModuleValues
from drivers.ag1171_gpio import GpioWires
from drivers.ag1171_wires import ModulePins, SlicWires, Wiring
from drivers.bus import (
    LONGEST_CHAIN,
    Chain,
    ChainedRegisters,
    Spi,
    SpiRegisters,
    enable_chain,
    open_spi,
)
from drivers.errors import DriverError
from drivers.highway import SIMULATED, HighwaySettings, codec_layout, layout_for
from drivers.pins import INTERRUPT_PIN, RESET_PIN, GpioPins, Pins, pin_factory
from drivers.si321x import Si321x
from drivers.si321x_tables import BoardValues
from drivers.slic import Slic, Steps

RESET_LOW = 0.010
"""Seconds of reset: the data sheet wants 100 ns, a supply that has just come up wants more."""
SLOW_POLL = 0.050
"""Seconds between two polls without an interrupt: an interrupt may be lost."""
CHECK_EVERY = 1.0
"""Seconds between two checks: a chip that has lost its registers does not say so."""
RESET_SETTLE = 0.020
"""Seconds from the end of reset to the first transfer; the PLL needs 64 PCLK periods."""

AS_DESIGNED, PLAIN = Wiring(), ModuleValues()


@dataclass(frozen=True, slots=True)
class CardSettings:
    """Which card to open; the words are those of the configuration's ``[[card]]`` tables."""

    number: int = 1
    driver: str = "si3210"
    """``si3210`` or ``si3215``: one driver, the chip says what it is. Or ``ag1171``."""
    bus: str = SIMULATED
    """``simulated``, the chip select of port 1 (``spi0.0``; the others follow it), or ``gpio``."""
    ports: int = 2
    pcm: str = SIMULATED
    """``simulated``, or the ALSA device name of the highway."""
    socket: str = ""
    """Socket of the board process, when simulated."""
    reset: int = RESET_PIN
    interrupt: int = INTERRUPT_PIN
    """Interrupt pin of a card of Si321x, a BCM number."""
    wiring: Wiring = AS_DESIGNED
    """Pins of a card of Ag1171."""
    module: ModuleValues = PLAIN
    daisy: bool = False
    """All Si321x hang on one chip select, as a chain."""

    @property
    def chip_selects(self) -> int:
        """How many chip selects the card takes."""
        return 1 if self.daisy else self.ports

    @property
    def variant(self) -> str:
        """What the simulated board has to carry."""
        if self.driver == "ag1171" and not self.module.idle:
            return "ks0835f"
        return self.driver

    @property
    def wires(self) -> dict[str, tuple[str, int]]:
        """What is at which pin: wire and, from 0, module; for the simulated board."""
        if self.driver != "ag1171":
            return {f"GPIO{self.reset}": ("reset", 0), f"GPIO{self.interrupt}": ("interrupt", 0)}
        return {
            f"GPIO{pin}": (wire, n)
            for wire, pins in asdict(self.wiring).items()
            for n, pin in enumerate(pins[: self.ports])
        }


class Card:
    """The ports of one card, and the reset and interrupt wires that they share.

    Attributes:
        chained: all chips hang on one chip select; one that has lost step takes a reset of all.
        slow_poll: seconds after which every chip wants to be polled even without an interrupt.
        check_every: seconds after which it wants to be asked whether it still has its state.
    """

    slow_poll = SLOW_POLL
    check_every = CHECK_EVERY

    def __init__(
        self,
        number: int,
        slics: tuple[Slic, ...],
        *,
        pins: Pins,
        spis: Sequence[Spi],
        chained: bool = False,
    ) -> None:
        self.number = number
        self.slics = slics
        self.chained = chained
        self._pins = pins
        self._spis = spis

    def reset(self) -> Steps:
        """Take all chips through reset; PCLK must run by now. Yields seconds to wait.

        Raises:
            BusError: a chain could not be told that it is one.
        """
        self._pins.assert_reset()
        yield RESET_LOW
        self._pins.release_reset()
        yield RESET_SETTLE
        if self.chained:
            enable_chain(self._spis[0])

    def hold(self) -> None:
        """Assert reset and leave it so: at once when the clock is lost, all lines go dead."""
        self._pins.assert_reset()

    @property
    def interrupt_asserted(self) -> bool:
        """Whether some chip still wants to be polled."""
        return self._pins.interrupt_asserted

    def watch(self, on_edge: Callable[[], None]) -> None:
        """Have `on_edge` called, on another thread, when a chip wants to be polled."""
        self._pins.watch(on_edge)

    def close(self) -> None:
        """Open all lines, hold the chips in reset, give everything back."""
        for slic in self.slics:
            slic.shut_down()
        self._pins.assert_reset()
        self._pins.close()
        for spi in self._spis:
            spi.close()


def open_card(
    settings: CardSettings,
    *,
    spis: Sequence[Spi] | None = None,
    pins: Pins | None = None,
    values: BoardValues | None = None,
    wires: Sequence[SlicWires] | None = None,
    clock: Callable[[], float] = monotonic,
) -> Card:
    """Open the buses and pins of a card; nothing is sent to its chips yet.

    Args:
        settings: which card.
        spis: chip selects to use in place of those that `settings` names, one a port or one
            for a chain.
        pins: pins to use in place of those that `settings` names.
        values: what the card's designer chose (DC-DC converter, line-feed transistors).
        wires: of Ag1171s, to use in place of those that `settings` names, one set a port.
        clock: monotonic seconds, for drivers that time things themselves.

    Raises:
        DriverError: a device is missing, or the card is of a kind that cannot be driven.
    """
    if settings.driver == "ag1171":
        return _open_modules(settings, wires, clock)
    if settings.driver not in {"si3210", "si3215"}:
        raise DriverError(f"there is no driver {settings.driver!r}", port=0)
    if settings.daisy and settings.ports > LONGEST_CHAIN:
        raise DriverError(f"a chain of {settings.ports}: {LONGEST_CHAIN} may be", port=0)
    with ExitStack() as opened:  # given back if not all can be had
        if spis is None:
            spis = _open_spis(settings, opened)
        if len(spis) != settings.chip_selects:
            raise DriverError(
                f"{len(spis)} chip selects in place of {settings.chip_selects}", port=0
            )
        if pins is None:
            pins = _open_pins(settings)
        opened.pop_all()
    if settings.daisy:
        chain = Chain()
        buses: list[SpiRegisters] = [
            ChainedRegisters(spis[0], port=n + 1, n=n, chain=chain) for n in range(settings.ports)
        ]
    else:
        buses = [SpiRegisters(spi, port=port) for port, spi in enumerate(spis, start=1)]
    slics = tuple(Si321x(bus, values=values or BoardValues()) for bus in buses)
    return Card(settings.number, slics, pins=pins, spis=spis, chained=settings.daisy)


def highway_settings(card: CardSettings, law: str = "PCMA") -> HighwaySettings:
    """Describe the highway of a card, for the process that opens it."""
    codec = card.driver == "ag1171" and card.pcm != SIMULATED
    return HighwaySettings(
        device=card.pcm,
        layout=codec_layout(card.ports) if codec else layout_for(card.ports, card.pcm),
        law=law,
        socket=card.socket,
        card=card.number,
        codec=codec,
    )


def _open_modules(
    settings: CardSettings, wires: Sequence[SlicWires] | None, clock: Callable[[], float]
) -> Card:
    opened = ExitStack()
    if wires is None:
        with opened:
            factory = _pin_factory(settings)
            opened.callback(factory.close)
            wires = [
                GpioWires(factory, settings.wiring, n, idle=settings.module.idle)
                for n in range(settings.ports)
            ]
            opened = opened.pop_all()
    slics = tuple(
        Ag1171(each, port=port, clock=clock, values=settings.module)
        for port, each in enumerate(wires, start=1)
    )
    pins = ModulePins(wires, idle=settings.module.idle, release=opened.close)
    return Card(settings.number, slics, pins=pins, spis=())


def _pin_factory(settings: CardSettings) -> Any:
    if settings.bus != SIMULATED:
        return pin_factory("lgpio")
    return pin_factory(
        "fxs-sim", socket=settings.socket, card=settings.number, wires=settings.wires
    )


def _open_spis(settings: CardSettings, opened: ExitStack) -> list[Spi]:
    spis: list[Spi] = []
    for chip in range(settings.chip_selects):
        spi = _open_chip_select(settings, chip)
        opened.callback(spi.close)
        spis.append(spi)
    return spis


def _open_chip_select(settings: CardSettings, chip: int) -> Spi:
    if settings.bus == SIMULATED:
        from drivers.sim.client import connect_spi

        return connect_spi(settings.socket, settings.number, chip, daisy=settings.daisy)
    bus, _, first = settings.bus.partition(".")
    if not first.isdecimal():
        raise DriverError(f"{settings.bus!r} is not an SPI device; write spi0.0", port=0)
    return open_spi(f"{bus}.{int(first) + chip}")


def _open_pins(settings: CardSettings) -> Pins:
    factory = _pin_factory(settings)
    with ExitStack() as opened:
        opened.callback(factory.close)
        pins = GpioPins(factory, interrupt=settings.interrupt, reset=settings.reset)
        opened.pop_all()
    return pins
