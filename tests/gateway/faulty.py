"""A gateway in virtual time whose hardware fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from drivers.sim.si321x import Si321xModel
from drivers.sim.si321x_faults import Faults
from firmware.gateway import Gateway
from firmware.media import messages as media
from firmware.seams import Media
from tests.seams import TimedMedia
from tests.world import World

DIES_AFTER = 0.3
"""Seconds that a media process takes to find that it cannot have the highway."""
IDLE = "reg-ok:Activ Idle ON-HOOK"


class FaultyWorld(World):
    """A `World` with the embedded exchange.

    Args:
        faults: of chips, by port, from before the gateway starts.
        more: TOML put behind the configuration.

    Attributes:
        highway_refused: why a new media process cannot have the highway; empty: it can.
        media_started: how many media processes there have been.
        orders: what those after the first were told.
    """

    def __init__(self, faults: Mapping[int, Faults] | None = None, *, more: str = "") -> None:
        self._faults = faults or {}
        self.highway_refused = ""
        self.media_started = 1
        self.orders: list[media.Command] = []
        super().__init__(exchange=True, more=more)

    async def _start(self, text: str) -> Gateway:
        for port, faults in self._faults.items():
            self.chip(port).faults = faults
        gateway = await super()._start(text)
        # the seam for what comes after the first media process
        gateway.voice._seams = replace(gateway.seams, open_media=self._open_media)
        return gateway

    def chip(self, port: int) -> Si321xModel:
        return self.card.chips[port - 1]

    def alarms(self) -> dict[str, str]:
        """What is wrong, by place."""
        return {alarm.where: alarm.what for alarm in self.gateway.alarms.all()}

    def media_dies(self, refused: str = "") -> None:
        """The media process is killed; the next is refused the highway for that reason."""
        self.highway_refused = refused
        running = self.gateway.voice._media
        assert isinstance(running, TimedMedia)
        assert running._timer is not None
        running._timer.cancel()
        self.card.set_clock(False)
        self.gateway.voice._ended(-9)

    def talks(self) -> None:
        """Telephone 1 has called telephone 2, and they talk."""
        a, b = self.people[:2]
        a.lifts()
        self.waits(0.5)
        a.dials("102")
        self.waits_until(lambda: b.bell_rings)
        b.lifts()
        self.waits_until(lambda: "Talking" in self.row(1) and "Talking" in self.row(2))

    def voice_passes(self) -> bool:
        """Whether a sine arrives as loud as it was sent, in both directions."""
        a, b = self.people[:2]
        seen = []
        for speaker, listener in ((a, b), (b, a)):
            speaker.says(1000, 0.8)
            self.waits(0.3)
            heard = listener.hears_tone(1000, 0.4)
            seen.append(abs(heard.level_dbm0 + 10) < 1.5 and heard.snr_db > 25)
            self.waits(0.2)
        return all(seen)

    def _open_media(
        self, report: Callable[[media.Report], None], ended: Callable[[int], None]
    ) -> Media:
        self.media_started += 1
        if self.highway_refused:
            return _Refused(self.loop, self.highway_refused, report, ended)
        return _Noted(self, report)


class _Noted(TimedMedia):
    """A media process whose orders are kept."""

    def __init__(self, world: FaultyWorld, report: Callable[[media.Report], None]) -> None:
        super().__init__(world.card, world.loop, report, lambda: world._asleep)
        self._orders = world.orders

    def send(self, command: media.Command, *sockets: Any) -> None:
        self._orders.append(command)
        super().send(command, *sockets)


class _Refused:
    """A media process that cannot have the highway: it says so and ends."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        why: str,
        report: Callable[[media.Report], None],
        ended: Callable[[int], None],
    ) -> None:
        self._loop = loop
        self._why = why
        self._report = report
        self._ended = ended

    def start(self, start: media.Start) -> None:  # noqa: ARG002 - it does not come to that
        self._loop.call_later(DIES_AFTER, self._die)

    def send(self, command: media.Command, *sockets: Any) -> None: ...

    async def closed(self) -> None: ...

    def _die(self) -> None:
        self._report(media.Failed(reason=self._why, fatal=True))
        self._ended(1)
