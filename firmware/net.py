"""Datagrams: the only module of the signalling process that opens network sockets.

But for those of the name service, which `firmware.dns` leaves to its library.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import time
from collections.abc import Callable
from typing import Protocol

from firmware.dns import LookUpError, Resolver
from firmware.errors import GatewayError
from firmware.sip.events import Address, Server
from firmware.sip.targets import DEFAULT_PORT, numeric

AF31 = 26 << 2
"""DSCP of signalling (RFC 4594), as the TOS byte."""
EF = 46 << 2
"""DSCP of voice."""


class NetworkError(GatewayError):
    """A socket cannot be opened, or there is no way to the peer."""


class Wire(Protocol):
    """An open signalling socket."""

    def send(self, data: bytes, target: Address) -> None: ...
    def close(self) -> None: ...


class Network(Protocol):
    """The seam below signalling: real sockets, or a network in memory."""

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:
        """The numeric addresses of a name, best first.

        Args:
            host: name or address.
            port: 0: the name service says, and 5060 if it does not (RFC 3263 section 4.2).

        Raises:
            NetworkError: the name is unknown, or nobody can be asked.
        """

    async def local_towards(self, peer: Address) -> str:
        """Our own address as `peer` would see it.

        Raises:
            NetworkError: there is no way to the peer.
        """

    async def listen(
        self,
        local: Address,
        received: Callable[[bytes, Address], None],
        failed: Callable[[Address, str], None],
    ) -> Wire:
        """Open the signalling socket.

        Raises:
            NetworkError: the address is in use, or not ours.
        """

    def open_rtp(self, host: str, ports: range) -> tuple[socket.socket, socket.socket]:
        """Two bound, non-blocking UDP sockets (RFC 3550 section 11).

        Returns:
            RTP, on an even port of `ports`, and RTCP, on the odd one above.

        Raises:
            NetworkError: no two are free.
        """


class UdpNetwork:
    """The real one.

    Args:
        resolver: of names; the default asks whom /etc/resolv.conf names.
    """

    def __init__(self, resolver: Resolver | None = None) -> None:
        self._resolver = resolver or Resolver(random.SystemRandom(), time.monotonic)
        self._next_rtp = 0

    async def resolve(self, host: str, port: int) -> tuple[Address, ...]:
        if address := numeric(Server(host, port)):
            return address
        if "." not in host:  # of this house: localhost, or what /etc/hosts says
            return await self._local(host, port)
        try:
            return await self._resolver.resolve(host, port)
        except LookUpError as error:
            with contextlib.suppress(NetworkError):
                return await self._local(host, port)
            raise NetworkError(str(error)) from error

    async def _local(self, host: str, port: int) -> tuple[Address, ...]:
        """What the C library knows of a name: it reads /etc/hosts too, and blocks in a thread."""
        loop = asyncio.get_running_loop()
        port = port or DEFAULT_PORT
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise NetworkError(f"{host}: {error.strerror or error}") from error
        return tuple(dict.fromkeys(Address(str(entry[4][0]), port) for entry in found))

    async def local_towards(self, peer: Address) -> str:
        with socket.socket(_family(peer.host), socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((peer.host, peer.port))  # sends nothing; asks the routing table
            except OSError as error:
                raise NetworkError(f"no way to {peer}: {error.strerror}") from error
            return str(probe.getsockname()[0])

    async def listen(
        self,
        local: Address,
        received: Callable[[bytes, Address], None],
        failed: Callable[[Address, str], None],
    ) -> Wire:
        loop = asyncio.get_running_loop()
        sock = socket.socket(_family(local.host), socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.bind((local.host, local.port))
        except OSError as error:
            sock.close()
            raise NetworkError(f"cannot listen on {local}: {error.strerror}") from error
        with contextlib.suppress(OSError):  # IPv6, or not permitted: it goes without a mark
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, AF31)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Signalling(received), sock=sock
        )
        return _UdpWire(sock, transport, failed)

    def open_rtp(self, host: str, ports: range) -> tuple[socket.socket, socket.socket]:
        even = [port for port in ports if port % 2 == 0 and port + 1 in ports]
        for step in range(len(even)):
            port = even[(self._next_rtp + step) % len(even)]
            rtp = _bound(host, port)
            if rtp is None:
                continue
            rtcp = _bound(host, port + 1)
            if rtcp is None:
                rtp.close()
                continue
            # the port just freed is the last to be taken again: late packets of an old call
            # must not reach a new one
            self._next_rtp = (self._next_rtp + step + 1) % len(even)
            return rtp, rtcp
        raise NetworkError(f"no free RTP port in {ports.start}-{ports.stop - 1}")


def _bound(host: str, port: int) -> socket.socket | None:
    """A socket for voice; None: the port is in use."""
    sock = socket.socket(_family(host), socket.SOCK_DGRAM)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        return None
    sock.setblocking(False)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, EF)
    return sock


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class _Signalling(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes, Address], None]) -> None:
        self._received = received

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        self._received(data, Address(str(addr[0]), int(addr[1])))

    def error_received(self, exc: Exception) -> None:
        """An ICMP error of an earlier datagram: the transaction's timers find out by themselves.

        The socket is shared by all peers, so the error does not say which of them it concerns.
        """


class _UdpWire:
    def __init__(
        self,
        sock: socket.socket,
        transport: asyncio.DatagramTransport,
        failed: Callable[[Address, str], None],
    ) -> None:
        self._sock = sock
        self._transport = transport
        self._failed = failed

    def send(self, data: bytes, target: Address) -> None:
        try:
            # not transport.sendto: that reports errors later and without the target
            self._sock.sendto(data, (target.host, target.port))
        except BlockingIOError:
            self._transport.sendto(data, (target.host, target.port))
        except OSError as error:
            self._failed(target, error.strerror or str(error))

    def close(self) -> None:
        self._transport.close()
