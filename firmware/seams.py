"""Everything below which there may be a simulation; given to the gateway when it is made."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from drivers.board import Card, CardSettings
from firmware.card.calibrations import Calibrations
from firmware.card.head_start import Chips
from firmware.dtls import messages as dtls
from firmware.dtls.link import HandshakeLink
from firmware.media import messages as media
from firmware.net import Network
from firmware.sip.tokens import Dice


class Media(Protocol):
    """The link to the media process, or to a media engine in this process."""

    def start(self, start: media.Start) -> None:
        """Begin.

        Raises:
            MediaError: it cannot be started.
        """

    def send(self, command: media.Command, *sockets: socket.socket) -> None:
        """Send a command; sockets beside it stay the caller's to close.

        Raises:
            MediaError: nobody is there to take it.
        """

    async def closed(self) -> object:
        """End it in good order."""


OpenMedia = Callable[[Callable[[media.Report], None], Callable[[int], None]], Media]
"""Makes the link: (called with each report, called when it has ended)."""


class HelperProcess(Protocol):
    """The link to the codec helper, or what stands in for it."""

    def start(self) -> None:
        """Start it.

        Raises:
            MediaError: it cannot be started.
        """

    def close(self) -> None:
        """Hear nothing of the helper any more."""


OpenHelper = Callable[
    [str, bool, Callable[[socket.socket], None], Callable[[int], None]], HelperProcess
]
"""Makes a link to it: (law of the highway, whether in real time, what to do with its socket once
it can work, what to do when it has ended)."""


class Handshakes(Protocol):
    """The link to the process that makes keys, or to what stands in for it."""

    def start(self) -> None:
        """Begin.

        Raises:
            MediaError: it cannot be started.
        """

    def send(self, command: dtls.Command, *sockets: socket.socket) -> None:
        """Send a command; sockets beside it stay the caller's to close.

        Raises:
            MediaError: nobody is there to take it.
        """

    async def closed(self) -> object:
        """End it in good order."""


OpenHandshakes = Callable[[Callable[[dtls.Report], None], Callable[[int], None]], Handshakes]
"""Makes the link: (called with each report, called when it has ended)."""


class RouteNews(Protocol):
    """Hears of changes of addresses and routes."""

    def close(self) -> None:
        """Stop listening."""


WatchRoutes = Callable[[Callable[[], object]], RouteNews]
"""Begins to listen: (called when something has changed)."""


@dataclass(frozen=True, slots=True)
class Seams:
    """The network, the media process, the card, chance and clocks."""

    network: Network
    open_media: OpenMedia
    open_card: Callable[[CardSettings], Card]
    dice: Dice
    local_time: Callable[[], str]
    """Local time as MMDDhhmm, for caller ID."""
    wall_clock: Callable[[], float]
    """Seconds since 1970, for records."""
    realtime: bool = True
    """Whether the media process asks for SCHED_FIFO."""
    uptime: Callable[[], float] = lambda: inf
    """Seconds since the box was powered up."""
    open_handshakes: OpenHandshakes = HandshakeLink
    """Called if a line needs DTLS-SRTP."""
    open_helper: OpenHelper | None = None
    """Starts the codec helper; None: there is none."""
    calibrations: Calibrations = field(default_factory=Calibrations)
    """What the chips have measured, from one process to the next."""
    route_news: WatchRoutes | None = None
    """None: nobody tells of changes, so our own address is only looked at every few seconds."""
    chips: Chips | None = None
    """A card that is being started already; None: it is not."""


class Later:
    """Named timers on the event loop: starting one again replaces it."""

    def __init__(self, call_later: Callable[[float, Callable[[], object]], _Handle]) -> None:
        self._call_later = call_later
        self._timers: dict[str, _Handle] = {}

    def start(self, name: str, delay: float, what: Callable[[], object]) -> None:
        self.stop(name)
        self._timers[name] = self._call_later(delay, what)

    def stop(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer:
            timer.cancel()

    def stop_all(self) -> None:
        for name in tuple(self._timers):
            self.stop(name)


class _Handle(Protocol):
    def cancel(self) -> None: ...
