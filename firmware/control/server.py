"""The control socket: JSON-RPC 2.0, one object a line, over a Unix stream socket.

Whoever connects is somebody this machine knows (SO_PEERCRED). He may be slow, mad or
malicious all the same: lines, clients, waiting times and buffers have limits, and nothing
that he sends reaches a caller as an exception.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from firmware.control.connection import Connection, Handler, House, Limits, Stream
from firmware.control.entrance import Entrance
from firmware.control.peer import Peer, may_enter
from firmware.control.place import Place
from firmware.errors import CommandError
from firmware.trace.marks import Lane, Mark, Trace

EXACT = 2**53 - 1
"""Up to which whole numbers are exact wherever JSON is read."""


class ControlServer:
    """Listens at `path` and answers with `handlers` and `streams`.

    Args:
        path: of the socket.
        handlers: what answers, by method name.
        streams: what subscribes, by method name; each message is a notification of that name.
        limits: what one client may take.
        door: who may enter; see `may_enter`.
    """

    def __init__(
        self,
        path: Path,
        handlers: Mapping[str, Handler],
        streams: Mapping[str, Stream] | None = None,
        *,
        limits: Limits | None = None,
        door: Callable[[Peer, int], bool] = may_enter,
    ) -> None:
        self.path = path
        self._house = House(handlers, streams or {}, limits or Limits(), door)
        self._entrance: Entrance | None = None
        self._place: Place | None = None

    @property
    def clients(self) -> frozenset[Connection]:
        """Who is connected."""
        return frozenset(self._house.clients)

    async def start(self, place: Place | None = None) -> None:
        """Begin to listen.

        Args:
            place: taken already; None: it is taken now.

        Raises:
            ControlError: another daemon runs here, or the path cannot be used.
        """
        self._place = place or Place(self.path)
        self._house.gid = self._place.gid
        self._entrance = Entrance(self._place.listener, lambda: Connection(self._house))

    def use(self, handlers: Mapping[str, Handler], streams: Mapping[str, Stream]) -> None:
        """Answer with these from now on; who follows something already goes on doing so."""
        self._house.handlers, self._house.streams = handlers, streams

    async def stop(self) -> None:
        """Send everybody away and take the socket down."""
        if self._entrance is None or self._place is None:
            return
        self._entrance.close()
        for client in tuple(self._house.clients):
            client.close()
        await asyncio.sleep(0)  # for those who have nothing left to read
        self._entrance = None
        self._place.give_up()


def whole(params: Mapping[str, Any], name: str) -> int:
    """The parameter `name`, which must be a whole number that all JSON has alike (RFC 8259).

    Raises:
        CommandError: it is missing or something else.
    """
    value = params.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > EXACT:
        raise CommandError(f"{name} is missing or not a whole number")
    return value


def trace_stream(trace: Trace) -> Stream:
    """A stream of the marks as they are made.

    ``port`` restricts it to one port; heartbeats come only with ``heartbeat``.
    """

    def begin(params: dict[str, Any], send: Callable[[object], None]) -> Callable[[], None]:
        port = whole(params, "port") if params.get("port") is not None else None
        lanes = {*Lane} if params.get("heartbeat") else {*Lane} - {Lane.HEARTBEAT}

        def follower(mark: Mark) -> None:
            if mark.lane in lanes and (port is None or mark.port in {0, port}):
                send(mark)

        return trace.subscribe(follower)

    return begin
