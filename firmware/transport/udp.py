"""Signalling by datagrams."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable

from firmware.sip.events import Address

AT_ONCE = 32
"""Datagrams taken in one turn of the loop: telephones and voice must not wait for a flood."""
LARGEST = 65536
WAITING = 256
"""Datagrams that wait for room in the kernel; of more the oldest are lost, as on any network."""


class Datagrams:
    """An open datagram socket of signalling, read as often as it has something.

    A transport of asyncio would be asked through three calls a datagram, and the kernel for
    news after each: half of the time that a small message takes.
    """

    def __init__(
        self,
        sock: socket.socket,
        received: Callable[[bytes, Address], None],
        failed: Callable[[Address, str], None],
    ) -> None:
        self._sock = sock
        self._received = received
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[bytes, Address]] = deque(maxlen=WAITING)
        self._loop.add_reader(sock, self._read)

    def send(self, data: bytes, target: Address) -> None:
        if self._waiting or not self._sent(data, target):
            if not self._waiting:
                self._loop.add_writer(self._sock, self._write)
            self._waiting.append((data, target))

    def close(self) -> None:
        self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        self._sock.close()

    def _read(self) -> None:
        for _ in range(AT_ONCE):
            try:
                data, source = self._sock.recvfrom(LARGEST)
            except BlockingIOError:
                return
            except OSError:
                # The ICMP answer to an earlier datagram. The socket is shared by all peers, so
                # it does not say which of them it concerns; the transaction's timers find out.
                continue
            self._received(data, Address(source[0], source[1]))

    def _write(self) -> None:
        while self._waiting and self._sent(*self._waiting[0]):
            self._waiting.popleft()
        if not self._waiting:
            self._loop.remove_writer(self._sock)

    def _sent(self, data: bytes, target: Address) -> bool:
        """Whether it has gone out, or never will; false: the kernel has no room now."""
        try:
            self._sock.sendto(data, (target.host, target.port))
        except BlockingIOError:
            return False
        except OSError as error:
            self._failed(target, error.strerror or str(error))
        return True
