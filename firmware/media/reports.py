"""The RTCP socket of a call: our reports to the peer, and what the peer reports of us.

Looked at once a second. The kernel notes when a datagram came, so the round trip is right
although it was not read at that instant.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Any, Protocol

from drivers.highway import RATE
from firmware.media.endpoint import RtpSocket, normal
from firmware.media.rtcp import (
    Extended,
    Goodbye,
    Names,
    Packet,
    Reception,
    ReportPacket,
    RtcpError,
    Sending,
    compound,
    interval_s,
    middle,
    ntp_time,
    parse,
    round_trip_s,
)
from firmware.media.rtp import Source
from firmware.media.xr import VoipMetrics

if TYPE_CHECKING:
    from firmware.media.srtp import Guard

STAMPS = 35
"""SO_TIMESTAMPNS of Linux, and the type of what it puts beside a datagram (socket(7))."""
AT_ONCE = 8
"""Datagrams read a second; more is a flood."""
OLDEST_S = 2.0
"""A datagram waits for a second at the most; some more on a busy machine."""
GRAIN_S = 0.01
"""The kernel's stamp may be a little ahead of the clock that was read before it."""
_LARGEST = 1500
_TIMESPEC = Struct("@ll")
_ROOM = 64


class RtcpSocket(Protocol):
    """The part of a non-blocking datagram socket that is used here."""

    def sendto(self, data: bytes, address: Any, /) -> int: ...
    def recvmsg(
        self, size: int, ancillary: int, /
    ) -> tuple[bytes, list[tuple[int, int, bytes]], int, Any]: ...
    def close(self) -> None: ...


class CallSocket(RtpSocket, RtcpSocket, Protocol):
    """What comes with `Open`: first a socket for RTP, then one for RTCP."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What we have sent in this call so far."""

    ssrc: int
    timestamp: int
    """RTP time of this instant."""
    packets: int
    octets: int
    """Of payload."""


def _nothing() -> None:
    """Nobody knows how we hear the peer."""


def _ours_alone() -> bool:
    """Nobody knows of our SSRC."""
    return True


class Reports:
    """The reports of one call.

    Args:
        rtcp_socket: theirs alone; closed by `close`.
        source: the voice of the peer, as it is received.
        entropy: random octets: the CNAME, new for each call, and the time between reports.
        wall_clock: seconds since 1970, which the kernel's stamps are of; it may be set in a call.
        steady: seconds by a clock that nobody sets.
    """

    def __init__(
        self,
        rtcp_socket: RtcpSocket,
        source: Source,
        entropy: Callable[[int], bytes],
        wall_clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        self._socket = rtcp_socket
        self._source = source
        self._entropy = entropy
        self._wall_clock = wall_clock
        self._steady = steady
        self._began = wall_clock() - steady()
        """What o'clock it was at 0. The call goes by that to its end: times are compared."""
        self._name = entropy(8).hex().encode()
        self._peer: tuple[str, int] | None = None
        self._left = interval_s(self._dice(), first=True)
        """Seconds to the next report."""
        self._heard_report: tuple[int, float] | None = None
        """The middle of the peer's last NTP time, and when it came."""
        self._reporter = -1
        self._expected = self._received = self._restarts = self._packets = 0
        """At the last report."""
        self._reported = False
        self.rejected = 0
        """Datagrams of strangers, or that were no RTCP."""
        self.taken = 0
        """Datagrams of the peer that were RTCP."""
        self.clock = RATE
        """Hz of the timestamps, in both directions."""
        self.rtt_ms: float | None = None
        self.far_lost: int | None = None
        """Our packets that the peer misses."""
        self.far_jitter_ms: float | None = None
        self.far: VoipMetrics | None = None
        """How the peer hears us, as it reports; None: it does not."""
        self.ours: Callable[[], VoipMetrics | None] = _nothing
        """How we hear the peer, for our own reports."""
        self.over: Callable[[bytes], object] | None = None
        """Sends by the port of RTP, where both share one (RFC 5761); None: they do not."""
        self.met_ours: Callable[[], bool] = _ours_alone
        """Told when the peer calls itself by our SSRC; whether it is the peer nevertheless."""
        self.guard: Guard | None = None
        """Encrypts and authenticates by our own port; None: reports go as they are."""

    def aim(self, host: str, port: int) -> None:
        """Set the peer; an empty host: send to nobody."""
        self._peer = (normal(host), port) if host and 0 < port <= 0xFFFF else None

    def move(self, rtcp_socket: RtcpSocket) -> None:
        """Go on from another address of ours."""
        self._socket.close()
        self._socket = rtcp_socket

    def second(self, sent: Sent) -> None:
        """A second has passed: read what came, report if it is time."""
        self._read(sent.ssrc)
        self._left -= 1.0
        if self._left <= 0:
            self._left = interval_s(self._dice())
            self._send(sent)

    def close(self, sent: Sent) -> None:
        """The call has ended: say so."""
        self._read(sent.ssrc)
        self.leave(sent)
        self._socket.close()
        self.ours, self.over = _nothing, None  # of the call, which knows us: nobody frees a circle
        self.met_ours = _ours_alone

    def leave(self, sent: Sent) -> None:
        """Our stream ends, so say goodbye, if anything was said at all (section 6.3.7)."""
        if self._reported or sent.packets:
            self._send(sent, Goodbye((sent.ssrc,)))

    # out

    def _send(self, sent: Sent, *more: Packet) -> None:
        if self._peer is None:
            return
        now = self._now()
        sending = None
        if sent.packets != self._packets:
            sending = Sending(ntp_time(now), sent.timestamp, sent.packets, sent.octets)
        self._packets = sent.packets
        receptions = self._receptions(now)
        report = ReportPacket(sent.ssrc, sending, receptions)
        metrics = self.ours()
        heard = (Extended(sent.ssrc, (metrics,)),) if metrics is not None else ()
        data = compound(report, Names(((sent.ssrc, self._name),)), *heard, *more)
        if self.over is not None:
            self.over(data)
            self._reported = True
            return
        if self.guard is not None:
            data = self.guard.protect_report(data)
        if not data:
            return
        try:
            self._socket.sendto(data, self._peer)
        except OSError:
            return  # no way at the moment: the next report says the same and more
        self._reported = True

    def _receptions(self, now: float) -> tuple[Reception, ...]:
        source = self._source
        if source.ssrc < 0:
            return ()
        expected, received = source.expected, source.received_of_it
        if source.restarts != self._restarts:  # another source, or it began anew
            self._restarts, self._expected, self._received = source.restarts, 0, 0
        step = expected - self._expected
        missing = step - (received - self._received)
        self._expected, self._received = expected, received
        heard, delay = 0, 0
        if self._heard_report is not None and self._reporter == source.ssrc:
            heard, at = self._heard_report
            delay = max(0, min(int((now - at) * 65536), 0xFFFFFFFF))
        fraction = min(255, missing * 256 // step) if missing > 0 < step else 0
        return (
            Reception(
                source.ssrc, fraction, expected - received, source.highest,
                int(source.jitter * self.clock / RATE), heard, delay,
            ),
        )  # fmt: skip

    # in

    def _read(self, ssrc: int) -> None:
        for _ in range(AT_ONCE):
            try:
                data, ancillary, _, source = self._socket.recvmsg(_LARGEST, _ROOM)
            except OSError:  # nothing there (BlockingIOError), or ICMP
                return
            if self._peer is None or source[0] != self._peer[0]:
                self.rejected += 1
                continue
            if self.guard is not None:
                data = self.guard.examine_report(data)
            if data:
                self.take(data, ssrc, self._age(_arrival(ancillary)))

    def _now(self) -> float:
        return self._began + self._steady()

    def _age(self, stamp: float | None) -> float | None:
        """Seconds since the kernel got a datagram; None: the clock was set meanwhile."""
        age = 0.0 if stamp is None else self._wall_clock() - stamp
        return age if -GRAIN_S <= age <= OLDEST_S else None

    def take(self, data: bytes, ssrc: int, age: float | None = 0.0) -> None:
        """A datagram of the peer, which came `age` seconds ago; None: nobody knows when."""
        try:
            packets = parse(data)
        except RtcpError:
            self.rejected += 1
            return
        self.taken += 1
        self._take(packets, ssrc, None if age is None else self._now() - age)

    def _take(self, packets: list[Packet], ssrc: int, arrived: float | None) -> None:
        named = {packet.ssrc for packet in packets if isinstance(packet, ReportPacket)}
        if ssrc in named and not self.met_ours():
            return
        for packet in packets:
            if isinstance(packet, Extended):
                self.far = next((m for m in packet.metrics if m.ssrc == ssrc), self.far)
            if not isinstance(packet, ReportPacket):
                continue  # a goodbye ends no call: signalling does
            if packet.sending is not None:
                heard = middle(packet.sending.ntp)
                self._heard_report = None if arrived is None else (heard, arrived)
                self._reporter = packet.ssrc
            for reception in packet.receptions:
                if reception.ssrc == ssrc:
                    self._heard_of_us(reception, arrived)

    def _heard_of_us(self, reception: Reception, arrived: float | None) -> None:
        self.far_lost = reception.lost
        self.far_jitter_ms = round(reception.jitter * 1000 / self.clock, 2)
        trip = None if arrived is None else round_trip_s(arrived, reception)
        if trip is not None:
            self.rtt_ms = round(trip * 1000, 2)

    def _dice(self) -> float:
        return int.from_bytes(self._entropy(2), "big") / 0xFFFF


def _arrival(ancillary: list[tuple[int, int, bytes]]) -> float | None:
    """When the kernel got the datagram; None: it did not say."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, STAMPS) and len(data) >= _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack_from(data)
            return float(seconds + nanoseconds / 1e9)
    return None
