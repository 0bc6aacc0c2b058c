"""Signalling by datagrams."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from firmware.sip.events import Address


class Datagrams:
    """An open datagram socket of signalling."""

    def __init__(
        self,
        sock: socket.socket,
        transport: asyncio.DatagramTransport,
        failed: Callable[[Address, str], None],
    ) -> None:
        self._sock = sock
        self._transport = transport
        self._failed = failed

    @classmethod
    async def over(
        cls,
        sock: socket.socket,
        received: Callable[[bytes, Address], None],
        failed: Callable[[Address, str], None],
    ) -> Datagrams:
        """Begin to receive."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(received), sock=sock)
        return cls(sock, transport, failed)

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


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes, Address], None]) -> None:
        self._received = received

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        self._received(data, Address(str(addr[0]), int(addr[1])))

    def error_received(self, exc: Exception) -> None:
        """An ICMP error of an earlier datagram: the transaction's timers find out by themselves.

        The socket is shared by all peers, so the error does not say which of them it concerns.
        """
