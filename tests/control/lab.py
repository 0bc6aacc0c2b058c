"""A control server to talk to, and ways to talk to it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from firmware.control.connection import Handler, Limits, Stream
from firmware.control.server import ControlServer, whole
from firmware.errors import CommandError
from firmware.trace.marks import Lane, Mark

SHORT = Limits(clients=3, line=200, patience=0.05, backlog=1000)


def answer_port(params: dict[str, Any]) -> object:
    port = whole(params, "port")
    if port > 2:
        raise CommandError(f"port {port} not present (ports: 1 2)")
    return {"port": port}


MARK = Mark(at=1.5, port=1, lane=Lane.SIP, outward=True, what="INVITE", call=7)
HANDLERS: Mapping[str, Handler] = {
    "port": answer_port,
    "big": lambda _: "x" * 1_000_000,
    "mark": lambda _: MARK,
}


@asynccontextmanager
async def serving(
    path: Path, streams: Mapping[str, Stream] | None = None, limits: Limits = SHORT
) -> AsyncIterator[ControlServer]:
    server = ControlServer(path, HANDLERS, streams, limits=limits)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def talk(path: Path, *lines: bytes) -> list[Any]:
    """Send bytes, close our side, and read all that comes back."""
    return await asyncio.to_thread(_talk, path, lines)


def _talk(path: Path, lines: tuple[bytes, ...]) -> list[Any]:
    data = b""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
        visitor.connect(str(path))
        with suppress(BrokenPipeError, ConnectionResetError):
            for line in lines:
                visitor.sendall(line)
            visitor.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while more := visitor.recv(1 << 16):
                data += more
    return [json.loads(line) for line in data.splitlines()]


def request(method: str, id_: int = 1, **params: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": id_, "method": method, "params": params}).encode()


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def mark(at: float, port: int) -> Mark:
    return Mark(at=at, port=port, lane=Lane.SIP, outward=True, what="INVITE", detail="x" * 500)


async def until(done: Callable[[], bool]) -> None:
    """Let the loop turn until it is so; the suite's own time limit ends a vain wait."""
    while not done():  # noqa: ASYNC110 what is waited for has no event to tell it
        await asyncio.sleep(0.001)
