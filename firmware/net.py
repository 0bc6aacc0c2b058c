"""The network below signalling: names, our own address, the sockets of signalling and voice.

All network sockets of the signalling process are opened here and in `firmware.transport`, but
for those of the name service, which `firmware.dns` leaves to its library.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import socket
import time
from dataclasses import dataclass
from typing import Protocol

from firmware.dns import LookUpError, NoServerError, Resolver
from firmware.sip.events import Address, Server, Transport
from firmware.sip.targets import numeric
from firmware.sip.tokens import Dice
from firmware.transport import sockets
from firmware.transport.ears import Ears
from firmware.transport.rtp_ports import RtpPorts
from firmware.transport.sockets import NetworkError, NoSocketError
from firmware.transport.stream import Streams
from firmware.transport.tls import Files, TlsError, Trust
from firmware.transport.udp import Datagrams

__all__ = ["IpNetwork", "Network", "NetworkError", "NoSocketError", "Security", "Wire"]


class Wire(Protocol):
    """An open signalling address."""

    def send(self, data: bytes, target: Address) -> None: ...
    def moved(self) -> None:
        """Our own address has changed."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Security:
    """What TLS needs to know."""

    files: Files
    domain: str
    """Ours, which every server may be certified for."""


class Network(Protocol):
    """The seam below signalling: real sockets, or a network in memory."""

    async def resolve(
        self, host: str, port: int, transport: Transport = Transport.UDP
    ) -> tuple[Address, ...]:
        """The numeric addresses of a name, best first.

        Args:
            host: name or address.
            port: 0: the name service says, and the usual one if it does not (RFC 3263 section
                4.2).
            transport: that is to be spoken there.

        Raises:
            NetworkError: the name is unknown, or nobody can be asked.
        """

    async def local_towards(self, peer: Address) -> str:
        """Our own address as `peer` would see it.

        Raises:
            NoSocketError: it cannot be found out now.
            NetworkError: there is no way to the peer.
        """

    async def listen(self, local: Address, ears: Ears, tls: Security | None = None) -> Wire:
        """Open the signalling address.

        Args:
            local: with the transport that is spoken to the servers.
            ears: who hears of it.
            tls: for TLS.

        Raises:
            NetworkError: the address is in use or not ours, or a file for TLS cannot be used.
        """

    def open_rtp(self, host: str, ports: range) -> tuple[socket.socket, socket.socket]:
        """Two bound, non-blocking UDP sockets (RFC 3550 section 11).

        Returns:
            RTP, on an even port of `ports`, and RTCP, on the odd one above.

        Raises:
            NetworkError: no two are free.
        """


class IpNetwork:
    """The real one.

    Args:
        resolver: of names; the default asks whom /etc/resolv.conf names.
        dice: for pauses that are not the same everywhere.
    """

    def __init__(self, resolver: Resolver | None = None, dice: Dice | None = None) -> None:
        self._resolver = resolver or Resolver(random.SystemRandom(), time.monotonic)
        self._dice = dice or secrets.SystemRandom()
        self._rtp_ports = RtpPorts(time.monotonic)

    async def resolve(
        self, host: str, port: int, transport: Transport = Transport.UDP
    ) -> tuple[Address, ...]:
        if address := numeric(Server(host, port, transport)):
            return address
        if "." not in host:  # of this house: localhost, or what /etc/hosts says
            return await self._local(host, port, transport)
        try:
            return await self._resolver.resolve(host, port, transport)
        except LookUpError as error:
            if not isinstance(error, NoServerError):  # else the C library hears the same answer
                with contextlib.suppress(NetworkError):
                    return await self._local(host, port, transport)
            raise NetworkError(str(error)) from error

    async def _local(self, host: str, port: int, transport: Transport) -> tuple[Address, ...]:
        """What the C library knows of a name: it reads /etc/hosts too, and blocks in a thread."""
        loop = asyncio.get_running_loop()
        port = port or transport.port
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise NetworkError(f"{host}: {error.strerror or error}") from error
        return tuple(dict.fromkeys(Address(str(e[4][0]), port, transport) for e in found))

    async def local_towards(self, peer: Address) -> str:
        return sockets.towards(peer)

    async def listen(self, local: Address, ears: Ears, tls: Security | None = None) -> Wire:
        try:
            trust = Trust(tls.files, tls.domain) if tls else None
        except TlsError as error:
            raise NetworkError(str(error)) from error
        streams = Streams(local, ears, self._dice, trust)
        datagrams = None
        match local.transport:
            case Transport.UDP:
                sock = sockets.datagrams(local)
                datagrams = Datagrams(sock, ears.received, ears.undelivered)
            case Transport.TLS if trust is None or trust.server is None:
                pass  # nothing to show to who connects to us: only connections of ours
            case _:
                streams.listen()
        return _Signalling(local, ears, datagrams, streams)

    def open_rtp(self, host: str, ports: range) -> tuple[socket.socket, socket.socket]:
        return self._rtp_ports.lend(host, ports)


class _Signalling:
    """Everything that belongs to one signalling address."""

    def __init__(
        self, local: Address, ears: Ears, datagrams: Datagrams | None, streams: Streams
    ) -> None:
        self._local = local
        self._ears = ears
        self._datagrams = datagrams
        self._streams = streams
        self._loop = asyncio.get_running_loop()

    def send(self, data: bytes, target: Address) -> None:
        if target.transport.reliable:
            self._streams.send(data, target)
        elif self._datagrams is not None:
            self._datagrams.send(data, target)
        else:
            self._loop.call_soon(self._ears.failed, target, "UDP is not spoken here")

    def moved(self) -> None:
        self._streams.moved()

    def close(self) -> None:
        self._streams.close()
        if self._datagrams is not None:
            self._datagrams.close()
