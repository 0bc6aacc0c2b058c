"""Signalling by datagrams."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections import deque
from collections.abc import Callable

from firmware.sip.events import Address

AT_ONCE = 32
"""Datagrams read in one turn of the loop: telephones and voice must not wait for a flood."""
LARGEST = 65536
WAITING = 256
"""Datagrams that may wait for the kernel; beyond that the oldest are lost."""


IP_RECVERR, IPV6_RECVERR = 11, 25
"""Socket options of Linux, which Python has no names for."""
ERRORS = {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}
_ERRNO = struct.Struct("=I")
"""The beginning of sock_extended_err (ip(7))."""


class Datagrams:
    """An open datagram socket of signalling, read as often as it has something.

    A transport of asyncio would take one datagram a turn of the loop, through three calls: an
    echo server spends four times as long on a datagram that way.
    """

    def __init__(
        self,
        sock: socket.socket,
        received: Callable[[bytes, Address], None],
        failed: Callable[[bytes, Address, str], None],
    ) -> None:
        self._sock = sock
        self._received = received
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[bytes, Address]] = deque(maxlen=WAITING)
        v6 = sock.family == socket.AF_INET6
        level, option = (
            (socket.IPPROTO_IPV6, IPV6_RECVERR) if v6 else (socket.IPPROTO_IP, IP_RECVERR)
        )
        with contextlib.suppress(OSError):  # elsewhere than on Linux timers find out
            sock.setsockopt(level, option, 1)
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
        for turn in range(AT_ONCE):
            try:
                data, source = self._sock.recvfrom(LARGEST)
            except BlockingIOError:
                if not turn:  # woken for nothing to read
                    self._hear_of_errors()
                return
            except OSError:
                self._hear_of_errors()
                continue
            self._received(data, Address(source[0], source[1]))

    def _hear_of_errors(self) -> bool:
        """Take the ICMP answers to earlier datagrams, which say what they answer (ip(7)).

        Returns:
            whether there were any.
        """
        for count in range(AT_ONCE):
            try:
                data, about, _, target = self._sock.recvmsg(LARGEST, 512, socket.MSG_ERRQUEUE)
            except OSError:
                return count > 0
            for level, kind, news in about:
                if (level, kind) in ERRORS and len(news) >= _ERRNO.size:
                    why = os.strerror(_ERRNO.unpack_from(news)[0])
                    self._failed(data, Address(target[0], target[1]), why)
        return True

    def _write(self) -> None:
        while self._waiting and self._sent(*self._waiting[0]):
            self._waiting.popleft()
        if not self._waiting:
            self._loop.remove_writer(self._sock)

    def _sent(self, data: bytes, target: Address) -> bool:
        """Whether it has gone out, or never will; false: the kernel has no room now."""
        for _ in range(2):
            try:
                self._sock.sendto(data, (target.host, target.port))
            except BlockingIOError:
                return False
            except OSError as error:
                if self._hear_of_errors():
                    continue  # it was the answer to another one
                self._failed(data, target, error.strerror or str(error))
            return True
        return True
