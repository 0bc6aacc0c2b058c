"""One connection to the control socket: lines in, answers out, limits on everything.

JSON-RPC 2.0, one object a line. Requests are answered in order, at once; reading stops
while answers wait to be read, and whoever keeps the daemon waiting is cut off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from firmware import log
from firmware.control.peer import Peer, peer_of
from firmware.errors import GatewayError
from firmware.text import escape

Handler = Callable[[dict[str, Any]], object]
"""Answers a request at once; what it returns becomes JSON. It raises `CommandError` or
another `GatewayError` to refuse."""
Stream = Callable[[dict[str, Any], Callable[[object], None]], Callable[[], None]]
"""Begins a subscription: gets the parameters and a function to send with, returns the end."""

ACTS = frozenset(
    {
        "adapt-dial", "config-apply", "deregister", "disable", "drill", "enable", "end-dial-test",
        "go-back", "register", "ring", "ring-stop", "test-dial", "test-line", "test-ring",
        "trace-start", "trace-stop", "voice-fetch",
    }
)  # fmt: skip
"""Methods that change something, or listen to somebody: the log says who has asked for them."""
_MOST_LOGGED = 80
PARSE_ERROR, INVALID_REQUEST, NO_METHOD, REFUSED = -32700, -32600, -32601, -32000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may take."""

    clients: int = 8
    line: int = 4096
    """Bytes in a request."""
    patience: float = 5.0
    """Seconds for the rest of a begun line, and for reading an answer."""
    backlog: int = 1 << 18
    """Bytes that may wait for a follower."""
    idle: float = 60.0
    """Seconds of silence after which a client gives way to another where all places are taken; who
    follows something is not silent. A shell connects again with its next command."""


@dataclass(slots=True)
class House:
    """What all connections share."""

    handlers: Mapping[str, Handler]
    streams: Mapping[str, Stream]
    limits: Limits
    door: Callable[[Peer, int], bool]
    """Whether this peer may use a socket of that group."""
    gid: int = -1
    """Group of the socket."""
    clients: set[Connection] = field(default_factory=set)

    def has_room(self, now: float) -> bool:
        """Whether one more may come in; whoever has been silent the longest may have to go."""
        if len(self.clients) < self.limits.clients:
            return True
        silent = [one for one in self.clients if one.silent_for(now) >= self.limits.idle]
        if not silent:
            return False
        gone = max(silent, key=lambda one: one.silent_for(now))
        self.clients.discard(gone)
        gone.close()
        return True


class _Request(msgspec.Struct, kw_only=True):
    method: str
    params: dict[str, Any] = {}
    id: int | str | None = None


_decode = msgspec.json.Decoder(_Request).decode
_encode = msgspec.json.Encoder().encode


class Connection(asyncio.Protocol):
    """One connection. Requests are answered in order; reading stops while answers wait."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._limits = house.limits
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._full = False
        self._timer: asyncio.TimerHandle | None = None
        self._ends: list[Callable[[], None]] = []
        self._uid = -1
        self._heard = asyncio.get_running_loop().time()

    def silent_for(self, now: float) -> float:
        """Seconds since it has asked for something; 0: it follows something."""
        return 0.0 if self._ends else now - self._heard

    # what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer = peer_of(transport.get_extra_info("socket"))
        self._uid = peer.uid
        if not self._house.door(peer, self._house.gid):
            log.event("control-client-refused", uid=peer.uid, pid=peer.pid)
            self._turn_away("you may not use this socket")
        elif not self._house.has_room(asyncio.get_running_loop().time()):
            self._turn_away(f"too many clients ({self._limits.clients})")
        else:
            self._house.clients.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 asyncio's signature
        # asyncio's transport refers to itself by the method it reads with, and would stay until
        # somebody looks for cycles; it reads no more
        vars(self._transport).pop("_read_ready_cb", None)
        self._transport = None
        self._house.clients.discard(self)
        self._stop_timer()
        for end in self._ends:
            end()
        self._ends.clear()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._heard = asyncio.get_running_loop().time()
        self._work()

    def eof_received(self) -> bool:
        return False  # asyncio closes after what waits has been written

    def pause_writing(self) -> None:
        self._full = True
        if self._transport is not None:
            self._transport.pause_reading()
        self._start_timer()

    def resume_writing(self) -> None:
        self._full = False
        self._stop_timer()
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
            self._work()

    # the lines

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _work(self) -> None:
        while not self._full and self._transport and not self._transport.is_closing():
            line, newline, rest = self._buffer.partition(b"\n")
            if len(line) > self._limits.line:
                self._turn_away(f"a line of more than {self._limits.line} bytes")
                return
            if not newline:
                break
            self._buffer = rest
            if line.strip():
                self._answer(bytes(line))
        if not self._full:
            self._stop_timer()
            if self._buffer:
                self._start_timer()

    def _answer(self, line: bytes) -> None:
        try:
            request = _decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            invalid = isinstance(error, msgspec.ValidationError)
            self._fail(None, INVALID_REQUEST if invalid else PARSE_ERROR, str(error))
            return
        if (stream := self._house.streams.get(request.method)) is not None:
            self._subscribe(request, stream)
            return
        if (handler := self._house.handlers.get(request.method)) is None:
            self._fail(request.id, NO_METHOD, f"no method {escape(request.method)}")
            return
        try:
            result = handler(request.params)
        except GatewayError as error:
            self._note(request, refused=str(error))
            self._fail(request.id, REFUSED, str(error))
            return
        self._note(request)
        if request.id is not None:
            self._write({"jsonrpc": "2.0", "id": request.id, "result": result})

    def _note(self, request: _Request, *, refused: str = "") -> None:
        """Who did what, in the log."""
        if request.method in ACTS:
            given = " ".join(f"{name}={value}" for name, value in request.params.items())
            log.event(
                "control", uid=self._uid, did=request.method, params=given[:_MOST_LOGGED],
                refused=refused,
            )  # fmt: skip

    def _subscribe(self, request: _Request, stream: Stream) -> None:
        def send(message: object) -> None:
            if self._transport is None or self._transport.is_closing():
                return
            if self._transport.get_write_buffer_size() > self._limits.backlog:
                log.event("control-client-dropped", uid=self._uid, why="reads too slowly")
                self._transport.abort()
                return
            self._write({"jsonrpc": "2.0", "method": request.method, "params": message})

        # The answer goes first, so that a client can tell it from what follows.
        if request.id is not None:
            self._write({"jsonrpc": "2.0", "id": request.id, "result": None})
        try:
            self._ends.append(stream(request.params, send))
        except GatewayError as error:
            self._fail(None, REFUSED, str(error))

    def _fail(self, id_: int | str | None, code: int, message: str) -> None:
        error = {"code": code, "message": message}
        self._write({"jsonrpc": "2.0", "id": id_, "error": error})

    def _write(self, message: object) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_encode(message) + b"\n")

    def _turn_away(self, why: str) -> None:
        self._fail(None, REFUSED, why)
        self._buffer.clear()
        self.close()

    # patience

    def _start_timer(self) -> None:
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._limits.patience, self._too_late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        if self._transport is not None:
            self._transport.abort()
