"""A call's RTP socket: where packets go, and whose packets are taken.

Symmetric RTP (RFC 4961), with a guard against strangers: only the negotiated address is
heard. Its port may differ from the one negotiated (a NAT in between), which is learnt once
from the first packet; then the socket is connected and the kernel refuses everybody else.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from firmware.errors import MediaError

if TYPE_CHECKING:
    from firmware.media.srtp import Guard

LATCH_TICKS = 150
"""Periods (3 s) in which a peer that spoke from another port may still come back to its own."""
_SCRATCH = bytearray(2048)
"""Where the kernel puts a datagram; what is longer is cut off. All calls share it, for nothing
stays there."""


class RtpSocket(Protocol):
    """The part of a non-blocking datagram socket that is used here."""

    def connect(self, address: Any, /) -> None: ...
    def send(self, data: bytes, /) -> int: ...
    def sendto(self, data: bytes, address: Any, /) -> int: ...
    def recv_into(self, buffer: bytearray, /) -> int: ...
    def recvfrom_into(self, buffer: bytearray, /) -> tuple[int, Any]: ...
    def close(self) -> None: ...


def normal(host: str) -> str:
    """An IP address as the kernel writes it.

    Raises:
        MediaError: `host` is not an address; names are resolved by signalling.
    """
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, host))
        except OSError:
            continue
    raise MediaError(f"{host!r} is not an IP address")


class Endpoint:
    """Sends to the peer and receives from it, and from nobody else.

    Args:
        rtp_socket: of the call.
        keep: is shown every packet of the two as it was before encryption or is after it, and
            whether it went outward.
    """

    def __init__(
        self, rtp_socket: RtpSocket, keep: Callable[[bool, bytes], None] = lambda *_: None
    ) -> None:
        self._socket = rtp_socket
        self._keep = keep
        self._negotiated: tuple[str, int] | None = None
        self._source: tuple[str, int] | None = None
        self._peer: tuple[str, int] | None = None
        self.guard: Guard | None = None
        """Encrypts and authenticates; None: packets go as they are."""
        self.settled = False
        """Connected: nobody but the peer can be heard any more."""
        self._filled = memoryview(_SCRATCH)
        """As much of it as the last datagram had: the next is nearly always as long."""
        self._left = LATCH_TICKS
        self.rejected = 0
        """Datagrams of strangers."""
        self.errors = 0
        """Datagrams that the kernel would not take, or that came back (ICMP)."""

    @property
    def peer(self) -> tuple[str, int] | None:
        """Where packets go now."""
        return self._peer

    def aim(self, host: str, port: int) -> None:
        """Set the negotiated address; an empty host: send to nobody.

        A socket that was connected goes straight to the new address.

        Raises:
            MediaError: `host` is not an IP address.
        """
        address = (normal(host), port) if host else None
        if address == self._negotiated:
            return
        self._negotiated = self._peer = address
        self._left = LATCH_TICKS
        if self.settled and address is not None:
            self._connect(address)

    def move(self, rtp_socket: RtpSocket) -> None:
        """Go on from another address of ours; who is heard there is learnt anew."""
        self._socket.close()
        self._socket, self._source = rtp_socket, None
        self.settled, self._left = False, LATCH_TICKS

    def send(self, packet: bytes) -> bool:
        """Send without waiting; False if nothing went out."""
        wire = packet
        if self.guard is not None:
            wire = self.guard.protect(packet)
            if not wire:
                self.errors += 1
                return False
        try:
            if self.settled:
                self._socket.send(wire)
            elif self._peer is not None:
                self._socket.sendto(wire, self._peer)
            else:
                return False
        except OSError:
            self.errors += 1
            return False
        self._keep(True, packet)
        return True

    def receive(self) -> bytes | None:
        """Take one datagram of the peer; empty: one to be ignored; None: there is none."""
        try:
            if self.settled:
                size = self._socket.recv_into(_SCRATCH)
            else:
                size, source = self._socket.recvfrom_into(_SCRATCH)
                self._source = source[:2]
                if not self._welcome(source[:2]):
                    self.rejected += 1
                    return b""
        except BlockingIOError:
            return None
        except OSError:  # the ICMP answer to something sent before
            self.errors += 1
            return b""
        if size != len(self._filled):
            self._filled = memoryview(_SCRATCH)[:size]
        data = self._filled.tobytes()
        if self.guard is not None:
            data = self.guard.examine(data)
            if not data:
                return data
        self._keep(False, data)
        return data

    def _welcome(self, source: tuple[str, int]) -> bool:
        if self._negotiated is None:
            return False
        if self._left == LATCH_TICKS:  # nobody has spoken yet: any port of the negotiated host
            return source[0] == self._negotiated[0]
        return source in (self._peer, self._negotiated)

    def heard(self) -> None:
        """The datagram just received was good RTP: follow its source (the latch)."""
        if self.settled or self._source is None:
            return
        if self._source == self._negotiated:
            self._connect(self._source)
        elif self._left == LATCH_TICKS:
            self._peer = self._source
            self._left -= 1

    def tick(self) -> None:
        """A period has passed; only needed while not `settled`."""
        if self._left < LATCH_TICKS and not self.settled:
            self._left -= 1
            if self._left <= 0 and self._peer is not None:
                self._connect(self._peer)

    def _connect(self, address: tuple[str, int]) -> None:
        self._peer = address
        try:
            self._socket.connect(address)
        except OSError:  # no route at the moment: tried again with the next packet
            self.errors += 1
        else:
            self.settled = True

    def close(self) -> None:
        self._socket.close()
