"""All laws together: told of everything, the first that is broken ends the world."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Container
from functools import partial
from typing import TYPE_CHECKING, Any

from firmware.errors import SipError
from firmware.gateway import Gateway
from firmware.log import Formatter
from firmware.media import messages as media
from firmware.sip.events import Address
from firmware.sip.message import Message, is_keepalive
from firmware.trace.marks import Mark
from tests.simulation.laws.copper import Copper
from tests.simulation.laws.dialogs import Dialogs
from tests.simulation.laws.law import Broken, Law, Passing, fallen_at
from tests.simulation.laws.liveness import Liveness
from tests.simulation.laws.registering import Registering
from tests.simulation.laws.rest import Rest
from tests.simulation.laws.status import Status
from tests.simulation.laws.strangers import Strangers
from tests.simulation.laws.timing import Timing
from tests.simulation.laws.wording import control_characters, wrong
from tests.simulation.reading import read
from tests.simulation.servers import HERE, OURS
from tests.simulation.session import voice_of

if TYPE_CHECKING:
    from tests.simulation.world import SimWorld


HOOKS = (
    "sent", "refused", "lost", "coming", "came", "told_media", "carried", "marked", "acted",
    "happened",
)  # fmt: skip
"""Of a `Law`, those that are called all the time."""


class Court:
    """Watches one world.

    Args:
        world: the one.
        counted: laws whose breach ends it; None: all.

    Attributes:
        broken: done when a law is; its result says which.
        ear: hears the log.
        datagrams: sent by the gateway.
        described: where somebody, as the gateway was told, wants voice.
    """

    def __init__(self, world: SimWorld, counted: Container[str] | None = None) -> None:
        self._world = world
        self._counted = counted
        self._loop = world.loop
        self.broken: asyncio.Future[Broken] = world.loop.create_future()
        self.ear = _Ear(self)
        self.datagrams = 0
        self._passing: Passing
        self.described: set[tuple[str, int]] = set()
        self._rest = Rest(world)
        self._laws: list[Law] = [
            Dialogs(world), Registering(world), Timing(world), Strangers(world), Copper(world),
            Status(world), Liveness(world), self._rest,
        ]  # fmt: skip
        self._hooks = {name: self._wanted(name) for name in HOOKS}
        world.network.tap = self._on_wire
        world.network.not_sent = self._not_sent
        world.network.lost = self._lost
        world.network.before = self._coming
        world.network.after = self._came
        world.network.carried = self._carried
        world.voices.watch = self._told_media
        for handset in world.handsets.values():
            handset.acted = partial(self._acted, handset.port)

    def _wanted(self, name: str) -> list[Callable[..., None]]:
        """The hook of that name, of those laws that have one of their own."""
        own = [law for law in self._laws if getattr(type(law), name) is not getattr(Law, name)]
        return [getattr(law, name) for law in own]

    def breaks(self, law: str, why: str) -> None:
        """A law is broken; the first one counts."""
        counts = self._counted is None or law in self._counted
        if counts and not self.broken.done():
            self.broken.set_result(Broken(law, why, self._loop.time() - self._world.born))

    # what is told to the laws

    def begins(self, gateway: Gateway) -> None:
        for law in self._laws:
            law.begins(gateway)

    def happened(self) -> None:
        for hook in self._hooks["happened"]:
            hook()

    def marked(self, mark: Mark) -> None:
        if mark.peer in HERE and not mark.outward:  # within the box: no network sees it
            self._describes(mark.detail.encode())
        for hook in self._hooks["marked"]:
            hook(mark)

    def healed(self) -> None:
        for law in self._laws:
            law.healed()

    def all_down(self) -> None:
        """All handsets are down, the far end is done."""
        self._rest.all_down()

    def at_rest(self) -> bool:
        """Whether nothing is left to wait for; a law is broken if that takes too long."""
        return self._rest.reached()

    def stopped(self) -> None:
        """The gateway has stopped."""
        self._rest.stopped()

    def ends(self) -> None:
        for law in self._laws:
            law.ends()

    def unhandled(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Something was raised where nobody catches it."""
        error = context.get("exception")
        what = "" if error is None else fallen_at(error)
        self.breaks("unhandled", f"{context.get('message')}: {what}")

    # where it comes from

    def _on_wire(self, data: bytes, source: Address, target: Address, sent: bool) -> None:
        if not sent or source not in OURS or is_keepalive(data):
            return
        self.datagrams += 1
        for fault in wrong(data):
            self.breaks("I10", f"{fault}: {data!r}")
        passing = Passing(self._loop.time(), read(data), target)
        for hook in self._hooks["sent"]:
            hook(passing)

    def _not_sent(self, data: bytes, target: Address) -> None:
        if is_keepalive(data):
            return
        passing = Passing(self._loop.time(), read(data), target)
        for hook in self._hooks["refused"]:
            hook(passing)

    def _lost(self, peer: Address) -> None:
        for hook in self._hooks["lost"]:
            hook(peer)

    def _coming(self, data: bytes, source: Address, target: Address) -> None:
        if target in OURS:
            self._describes(data)
            self._passing = Passing(self._loop.time(), _read(data), source)
            for hook in self._hooks["coming"]:
                hook(self._passing)

    def _describes(self, data: bytes) -> None:
        """The gateway has been told where somebody wants voice, if the message says so."""
        place = voice_of(data.partition(b"\r\n\r\n")[2])
        if place:
            self.described.add(place)

    def _came(self, _data: bytes, _source: Address, target: Address) -> None:
        if target not in OURS:
            return
        for hook in self._hooks["came"]:
            hook(self._passing)

    def _carried(self, source: tuple[str, int], target: tuple[str, int]) -> None:
        for hook in self._hooks["carried"]:
            hook(source, target)

    def _told_media(self, command: media.Command, _local: tuple[str, int] | None) -> None:
        port = getattr(command, "port", 0)
        self._world.happens(f"media {command!r}")
        if port in self._world.handsets:
            self._world.handsets[port].nudge.set()
        for hook in self._hooks["told_media"]:
            hook(command)

    def _acted(self, port: int, what: str) -> None:
        self._world.happens(f"{port} {what}")
        for hook in self._hooks["acted"]:
            hook(port, what)


class _Ear(logging.Handler):
    """Hears the log: an output that failed is a bug, and so is a line that could be misread."""

    def __init__(self, court: Court) -> None:
        super().__init__()
        self._court = court
        self.setFormatter(Formatter(journal=False))

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if control_characters(line):
            self._court.breaks("I13", f"a log line has control characters: {line!r}")
        if record.getMessage() == "output-failed":
            self._court.breaks("unhandled", line)


def _read(data: bytes) -> Message | None:
    try:
        return read(data)
    except SipError:
        return None
