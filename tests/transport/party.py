"""Somebody with a signalling address on loopback, on real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from firmware.net import IpNetwork, Security, Wire
from firmware.sip.events import Address, Transport
from firmware.transport.ears import Ears
from firmware.transport.tls import Files
from tests.certificates import Authority, Certificate

HOST = "127.0.0.1"
PATIENCE = 20.0
MESSAGE = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"
OK = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"
DOMAIN = "ims.example.net"


class Party:
    """What it hears is in queues; a test waits for the next of a kind.

    Args:
        transport: that it speaks.
        host: where.
        tls: for TLS.
        admits: whether somebody may connect.
    """

    def __init__(
        self,
        transport: Transport = Transport.TCP,
        host: str = HOST,
        tls: Security | None = None,
        admits: Callable[[Address], bool] = lambda _peer: True,
    ) -> None:
        self.at = Address(host, free_port(host), transport)
        self._tls = tls
        self._kinds: dict[str, asyncio.Queue[Any]] = {}
        names = (
            "received", "failed", "undelivered", "garbled", "reconnected", "standing", "refused",
        )  # fmt: skip
        hears = {name: self._hears(name) for name in names}
        self._ears = Ears(**hears, admits=admits, keeps=lambda _target: True)
        self.wire: Wire

    def _hears(self, kind: str) -> Callable[..., None]:
        queue = self._kinds[kind] = asyncio.Queue[Any]()
        return lambda *what: queue.put_nowait(what)

    async def __aenter__(self) -> Self:
        self.wire = await IpNetwork().listen(self.at, self._ears, self._tls)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.wire.close()

    async def next(self, kind: str) -> Any:
        """What it heard, or hears next: the arguments of the call."""
        return await asyncio.wait_for(self._kinds[kind].get(), PATIENCE)

    def silent(self, kind: str) -> bool:
        return self._kinds[kind].empty()


def free_port(host: str) -> int:
    """One that nobody listens at by TCP, nor by UDP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with ExitStack() as stack:
        tcp = stack.enter_context(socket.socket(family, socket.SOCK_STREAM))
        tcp.bind((host, 0))
        return int(tcp.getsockname()[1])


def descriptors() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def security(authority: Authority, own: Certificate | None = None) -> Security:
    """What a party needs for TLS, and to be connected to if it has a certificate."""
    files = Files(str(authority.ca))
    if own is not None:
        files = Files(str(authority.ca), str(own.cert), str(own.key))
    return Security(files, DOMAIN)
