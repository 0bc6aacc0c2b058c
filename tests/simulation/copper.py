"""The card of a simulated world, chips and telephones at register level, paced by events.

The models are the real ones and so is the driver above them. What is left out is only what
would happen for nothing: the chips are advanced when one of them is due and not by a beat,
and a poll that cannot find anything new is not carried through the bus.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

from drivers.board import CHECK_EVERY, SLOW_POLL, Card, CardSettings
from drivers.bus import SpiRegisters
from drivers.si321x import Si321x
from drivers.si321x_registers import GOLDEN
from drivers.sim.card import SimCard
from drivers.sim.phone import Phone
from drivers.sim.si321x import Si321xModel
from drivers.sim.si321x_faults import Faults
from drivers.sim.si321x_spi import Phase
from drivers.slic import LineSettings, SlicEvent, Steps
from tests.seams import TimedPins
from tests.virtual import VirtualLoop

SOUND = Faults()
"""Of a chip that has none."""
SELDOM = 10.0
"""Seconds between two looks at a card that is quiet; whoever strikes a chip says so."""
LATE = 0.010
"""Seconds until the gateway gets to look at what a chip does; chips sample every 1.25 ms."""


class Copper:
    """One card; its time is the loop's.

    Args:
        loop: whose time.
        ports: telephones.
        seed: of the chips.
    """

    def __init__(self, loop: VirtualLoop, ports: int, seed: int) -> None:
        self.card = SimCard(ports, seed=seed)
        for chip in self.card.chips:
            chip.faults = SOUND
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._due = math.inf
        self._touched = False
        self._hurry: tuple[Callable[[], None], ...] = ()

    def chip(self, port: int) -> Si321xModel:
        return self.card.chips[port - 1]

    def phone(self, port: int) -> Phone:
        """The telephone, ready to be used at this instant."""
        self.catch_up()
        return self.card.phones[port - 1]

    def catch_up(self) -> None:
        """Bring the card to this instant, and see later when it is due again."""
        self.card.advance(self._loop.time())
        self.touch()

    def touch(self) -> None:
        """Something was done to the card: it may be due at another time now."""
        if not self._touched:
            self._touched = True
            self._loop.call_soon(self._arm)

    def struck(self) -> None:
        """Something was done to a chip that its interrupt may not tell: it is looked at soon."""
        for hurry in self._hurry:
            hurry()

    def watched(self, *hurry: Callable[[], None]) -> None:
        """What begins the looks at the card anew, each as soon as the field would have it."""
        self._hurry = hurry

    def open_card(self, settings: CardSettings) -> Card:
        """What the gateway is given in place of a card on SPI."""
        spis = [_Spi(self, chip, self._loop) for chip in range(settings.ports)]
        slics = tuple(
            QuietSi321x(SpiRegisters(spi, port=chip + 1), self.card.chips[chip])
            for chip, spi in enumerate(spis)
        )
        return QuietCard(settings.number, slics, pins=_Pins(self), spis=spis)

    def close(self) -> None:
        """Nothing is due any more."""
        if self._timer:
            self._timer.cancel()

    def _arm(self) -> None:
        self._touched = False
        due = max(self.card.next_event, self._loop.time() + LATE)
        if self._due <= due <= self._due + LATE:
            return
        self._due = due
        if self._timer:
            self._timer.cancel()
        self._timer = None
        if not math.isinf(due):
            self._timer = self._loop.call_at(due, self._run)

    def _run(self) -> None:
        self._due = math.inf
        self._timer = None
        self.catch_up()


class _Spi:
    """A chip select at the loop's time."""

    def __init__(self, copper: Copper, chip: int, loop: VirtualLoop) -> None:
        self._copper = copper
        self._chip = chip
        self._loop = loop

    def xfer2(self, values: list[int], /) -> list[int]:
        copper = self._copper
        answer = copper.card.transfer(self._chip, bytes(values), at=self._loop.time())
        copper.touch()
        return list(answer)

    def close(self) -> None: ...


class _Pins(TimedPins):
    """Reset and interrupt, at the loop's time."""

    def __init__(self, copper: Copper) -> None:
        super().__init__(copper.card)
        self._copper = copper

    def assert_reset(self) -> None:
        self._copper.catch_up()
        super().assert_reset()

    def release_reset(self) -> None:
        self._copper.catch_up()
        super().release_reset()


class QuietCard(Card):
    """A card that is looked at seldom while nothing would be found: its interrupts come."""

    @property
    def slow_poll(self) -> float:  # type: ignore[override]  # it is not always the same here
        quiet = all(slic.quiet for slic in self.slics if isinstance(slic, QuietSi321x))
        return SELDOM if quiet else SLOW_POLL

    @property
    def check_every(self) -> float:  # type: ignore[override]  # nor is this
        sound = all(slic.sound for slic in self.slics if isinstance(slic, QuietSi321x))
        return SELDOM if sound else CHECK_EVERY


class QuietSi321x(Si321x):
    """The driver, but what would find only what it found last asks nothing.

    It looks at the model's latches and bits beside the bus. Whenever anything is odd with
    the chip, every poll and every check goes through.
    """

    def __init__(self, bus: SpiRegisters, model: Si321xModel) -> None:
        super().__init__(bus)
        self._model = model
        self._core = model._core
        self._watch = model._blocks.supervision
        self._seen: tuple[bool, bool] | None = None

    def bring_up(self, settings: LineSettings) -> Steps:
        self._seen = None
        yield from super().bring_up(settings)

    @property
    def quiet(self) -> bool:
        """The next poll would find what the last one found."""
        return self._seen == self._level and self._sound and not self._found

    @property
    def _level(self) -> tuple[bool, bool]:
        return self._watch.off_hook, self._watch.ring_trip

    def glance(self) -> bool:
        return not self.quiet

    def poll(self) -> list[SlicEvent]:
        if self.quiet:
            return []
        self._seen = None
        events = super().poll()
        if not events and not self._supervision._hold:
            self._seen = self._level
        return events

    def check(self) -> None:
        if not self._kept:
            super().check()

    @property
    def sound(self) -> bool:
        """The next check would find nothing, and none is waited for."""
        return self._kept and not self.unbalanced

    @property
    def _kept(self) -> bool:
        """It is as it was told to be."""
        registers = self._core.registers
        kept = bool(registers[64] >> 4) and registers[11] == GOLDEN and not registers[8]
        return kept and self._sound and not self._alarms.any

    @property
    def _sound(self) -> bool:
        """Nothing is latched, nothing is wrong, and the bus is in step."""
        model, registers = self._model, self._core.registers
        if registers[18] or registers[19] or registers[20] or model._in_reset:
            return False
        lost = model._slip or model._spi.phase is not Phase.COMMAND
        return not lost and self._core.faults is SOUND
