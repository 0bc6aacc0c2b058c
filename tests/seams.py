"""The lowest seams of a gateway in virtual time: SPI, pins, the sound highway.

What the gateway asks of a card in the same process is asked at the loop's time: before each
transfer the chips live up to this instant.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, Self

from drivers.highway import IDLE
from drivers.sim.card import SimCard
from firmware.media import messages as media
from firmware.media.beside import MediaBeside

PERIOD = 0.020
"""Seconds between two ticks."""
SLOW_PERIOD = 0.5
"""The same while everybody sleeps: nothing is heard then."""


class TimedSpi:
    """A chip select."""

    def __init__(self, card: SimCard, chip: int, clock: Callable[[], float]) -> None:
        self._card = card
        self._chip = chip
        self._clock = clock

    def xfer2(self, values: list[int], /) -> list[int]:
        self._card.advance(self._clock())
        return list(self._card.transfer(self._chip, bytes(values)))

    def close(self) -> None: ...


class TimedChain:
    """The chip select of all chips as a chain."""

    def __init__(self, card: SimCard, clock: Callable[[], float]) -> None:
        self._card = card
        self._clock = clock

    def xfer2(self, values: list[int], /) -> list[int]:
        return list(self._card.chain_transfer(bytes(values), self._clock()))

    def close(self) -> None: ...


class TimedPins:
    """Reset and interrupt wires of the card."""

    def __init__(self, card: SimCard) -> None:
        self._card = card

    def assert_reset(self) -> None:
        self._card.set_reset(True)

    def release_reset(self) -> None:
        self._card.set_reset(False)

    @property
    def interrupt_asserted(self) -> bool:
        return self._card.interrupt_asserted

    def watch(self, on_edge: Callable[[], None]) -> None:
        def changed(asserted: bool) -> None:
            if asserted:
                on_edge()

        self._card.on_interrupt = changed

    def close(self) -> None:
        self._card.on_interrupt = None


class Copied:
    """A socket on its way to media: to close it there leaves it open here, as with descriptors."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    def __getattr__(self, name: str) -> Any:
        return getattr(self._socket, name)

    def close(self) -> None: ...


class TimedMedia:
    """The media engine beside the gateway, paced by the loop; nothing is heard while `asleep`."""

    def __init__(
        self,
        card: SimCard,
        loop: asyncio.AbstractEventLoop,
        report: Callable[[media.Report], None],
        asleep: Callable[[], bool],
    ) -> None:
        dice = random.Random(3)  # noqa: S311 - a test wants the same dice each time

        def told(what: media.Report) -> None:
            loop.call_soon(report, what)  # as from a process: not within the command

        self._beside = MediaBeside(told, dice.randbytes, loop.time)
        self._card = card
        self._loop = loop
        self._asleep = asleep
        self._played = b""
        self._begun = False
        self._timer: asyncio.Handle | None = None

    def start(self, start: media.Start) -> None:
        self._beside.start(start)
        self._card.set_clock(True)
        self._card.law = start.highway.law
        idle = bytes((IDLE[start.highway.law],))
        self._played = idle * (160 * start.highway.layout.width)
        self._timer = self._loop.call_soon(self._tick)

    def _tick(self) -> None:
        asleep = self._asleep() and self._begun  # the first period tells that media is there
        self._begun = True
        if not asleep:
            self._card.advance(self._loop.time())
            self._played = self._beside.tick(self._card.exchange(self._played))
        self._timer = self._loop.call_later(SLOW_PERIOD if asleep else PERIOD, self._tick)

    def wake(self) -> None:
        """Somebody listens again: a period from now."""
        if self._timer and not self._timer.cancelled():
            self._timer.cancel()
            self._timer = self._loop.call_later(PERIOD, self._tick)

    def send(self, command: media.Command, *sockets: Any) -> None:
        written = media.encode(command)  # as for a process: not everything can be
        self._beside.send(media.decode_command(written), *map(Copied, sockets))

    async def closed(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._beside.close()
        self._card.set_clock(False)


class Ways:
    """The kernel's news of addresses and ways."""

    def __init__(self) -> None:
        self.changed: Callable[[], object] = lambda: None
        """Tell that something is another."""

    def heard_by(self, told: Callable[[], object]) -> Self:
        self.changed = told
        return self

    def close(self) -> None:
        self.changed = lambda: None
