"""The control socket: JSON-RPC 2.0, one object a line, over a Unix stream socket.

Whoever connects is somebody this machine knows (SO_PEERCRED). He may be slow, mad or
malicious all the same: lines, clients, waiting times and buffers have limits, and nothing
that he sends reaches a caller as an exception.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from firmware.control_connection import Connection, Handler, House, Limits, Stream
from firmware.control_peer import Peer, may_enter
from firmware.errors import CommandError, ControlError
from firmware.trace import Lane, Mark, Trace


class ControlServer:
    """Listens at `path` and answers with `handlers` and `streams`.

    Args:
        path: of the socket; its folder is made if it is not there.
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
        self._server: asyncio.Server | None = None
        self._lock: int | None = None

    @property
    def clients(self) -> frozenset[Connection]:
        """Who is connected."""
        return frozenset(self._house.clients)

    async def start(self) -> None:
        """Begin to listen; a socket file that nobody answers at is taken over.

        Raises:
            ControlError: another daemon runs here, or the path cannot be used.
        """
        try:
            self.path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            self._take_lock()
            self._remove_stale()
            listener = self._bind()
        except OSError as error:
            self._release_lock()
            raise ControlError(f"{self.path}: {error.strerror or error}") from error
        except ControlError:
            self._release_lock()
            raise
        self._house.gid = self.path.stat().st_gid
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: Connection(self._house), sock=listener
        )

    def use(self, handlers: Mapping[str, Handler], streams: Mapping[str, Stream]) -> None:
        """Answer with these from now on; who follows something already goes on doing so."""
        self._house.handlers, self._house.streams = handlers, streams

    async def stop(self) -> None:
        """Send everybody away and take the socket down."""
        if self._server is None:
            return
        self._server.close()
        for client in tuple(self._house.clients):
            client.close()
        await self._server.wait_closed()
        self._server = None
        self.path.unlink(missing_ok=True)
        self._release_lock()

    def _take_lock(self) -> None:
        """One daemon a socket: the kernel drops the lock with the process, however it ends."""
        name = self.path.with_name(self.path.name + ".lock")
        self._lock = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ControlError(f"another tipring runs already (it holds {name})") from error

    def _release_lock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _remove_stale(self) -> None:
        try:
            mode = self.path.lstat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISSOCK(mode):
            raise ControlError(f"{self.path} is there and is not a socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(self.path))
            except (ConnectionRefusedError, FileNotFoundError):
                self.path.unlink(missing_ok=True)
                return
        raise ControlError(f"another tipring runs already (it answers at {self.path})")

    def _bind(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(str(self.path))
            self.path.chmod(0o660)  # before listen: nobody can have come in yet
            listener.listen(64)
        except OSError:
            listener.close()
            raise
        return listener


def whole(params: Mapping[str, Any], name: str) -> int:
    """The parameter `name`, which must be a whole number.

    Raises:
        CommandError: it is missing or something else.
    """
    value = params.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
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
