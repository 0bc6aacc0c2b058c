"""The ports of voice: an even one for RTP and the odd one above it for RTCP (RFC 3550 section 11).

Who has hung up may be sent to for a while: packets on their way, or a far end that has not
understood yet. A port that was given back is therefore left alone for some time, unless no
other is free; then the one that has rested longest is taken: better a call than none.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from functools import partial

from firmware.transport.sockets import EF, NetworkError, NoVoicePortError, family, mark

QUARANTINE = 2.0
"""Seconds for which a port that was given back is left alone (fault C18)."""


class _Lent(socket.socket):
    """A socket that tells when it is closed, once."""

    given_back: Callable[[], None] | None = None

    def close(self) -> None:
        super().close()
        told, self.given_back = self.given_back, None
        if told is not None:
            told()


class RtpPorts:
    """Lends ports, two by two.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rested: dict[int, float] = {}
        """When each port was given back."""
        self._last = -1

    def lend(self, host: str, ports: range) -> tuple[socket.socket, socket.socket]:
        """Two bound sockets that never wait; closing the first gives both ports back.

        Raises:
            NoVoicePortError: no two are free, or this process may open no more files.
        """
        for port in self._in_order([p for p in ports if p % 2 == 0 and p + 1 in ports]):
            rtp = _bound(host, port)
            if rtp is None:
                continue
            try:
                rtcp = _bound(host, port + 1)
            except NetworkError:
                rtp.close()
                raise
            if rtcp is None:
                rtp.close()
                continue
            rtp.given_back = partial(self._given_back, port)
            self._last = port
            return rtp, rtcp
        raise NoVoicePortError(f"no free RTP port in {ports.start}-{ports.stop - 1}")

    def _given_back(self, port: int) -> None:
        self._rested[port] = self._clock()

    def _in_order(self, even: list[int]) -> Iterator[int]:
        """Those after the last that was lent, round and round; then those that still rest."""
        since = self._clock() - QUARANTINE
        tired = [port for port in even if self._rested.get(port, since) > since]
        turn = sorted(even, key=lambda port: (port <= self._last, port))
        yield from (port for port in turn if port not in tired)
        yield from sorted(tired, key=self._rested.__getitem__)


def _bound(host: str, port: int) -> _Lent | None:
    """A socket for RTP or RTCP; None: the port is in use.

    Raises:
        NoVoicePortError: there is no socket to be had at all.
    """
    try:
        sock = _Lent(family(host), socket.SOCK_DGRAM)
    except OSError as error:
        raise NoVoicePortError(f"no socket for voice: {error.strerror or error}") from error
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        return None
    sock.setblocking(False)
    mark(sock, EF)
    return sock
