"""RTCP packets: what two ends of a call tell each other about its voice (RFC 3550 section 6).

No clock is read here: wall-clock time is an argument, in seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from firmware.errors import MediaError
from firmware.media import xr

INTERVAL_S = 5.0
"""Mean time between two reports (section 6.2)."""
LONGEST_TRIP_S = 10.0
"""A round trip longer than this is a mistake of somebody's clock."""
_SR, _RR, _SDES, _BYE, _XR = 200, 201, 202, 203, 207
_CNAME = 1
_VERSION = 2
_PADDING = 0x20
_TO_NTP = 2_208_988_800
"""Seconds from 1900, where NTP begins to count, to 1970."""
_HEADER = Struct(">BBH")
_SSRC = Struct(">I")
_SENDER = Struct(">QIII")
_BLOCK = Struct(">IIIIII")
_LOST_MOST, _LOST_LEAST = 0x7FFFFF, -0x800000
_TEXT = 255


class RtcpError(MediaError):
    """What came is no compound packet."""


@dataclass(frozen=True, slots=True)
class Reception:
    """A report block: how one source is received (section 6.4.1)."""

    ssrc: int
    fraction_lost: int
    """Since the report before, in 1/256."""
    lost: int
    """Since the beginning; below 0 if packets were doubled on the way."""
    highest: int
    """Sequence number with its cycles above it."""
    jitter: int
    """Samples."""
    last_report: int
    """The middle of the NTP time in the source's last sender report; 0: there was none."""
    delay: int
    """From its arrival to this report, in 1/65536 s."""


@dataclass(frozen=True, slots=True)
class Sending:
    """The sender's part of a sender report."""

    ntp: int
    """64 bits: seconds since 1900, and their fraction."""
    timestamp: int
    """The same instant in RTP samples."""
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class ReportPacket:
    """A sender report, or without `sending` a receiver report."""

    ssrc: int
    sending: Sending | None = None
    receptions: tuple[Reception, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """Source description: CNAME by SSRC; other items are left out."""

    names: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Sources that leave."""

    ssrcs: tuple[int, ...]
    reason: bytes = b""


@dataclass(frozen=True, slots=True)
class Extended:
    """An extended report (RFC 3611); of its blocks, the VoIP metrics."""

    ssrc: int
    """Of who reports."""
    metrics: tuple[xr.VoipMetrics, ...] = ()


Packet = ReportPacket | Names | Goodbye | Extended


# times


def ntp_time(wall: float) -> int:
    """Seconds since 1970 as a 64-bit NTP time."""
    seconds = int(wall // 1)
    fraction = int((wall - seconds) * (1 << 32))
    return ((seconds + _TO_NTP) << 32 | fraction) & 0xFFFFFFFFFFFFFFFF


def middle(ntp: int) -> int:
    """The middle 32 bits: seconds modulo 65536, and 16 bits of fraction."""
    return ntp >> 16 & 0xFFFFFFFF


def round_trip_s(arrived: float, reception: Reception) -> float | None:
    """Time on the way there and back (section 6.4.1, figure 2); None: it cannot be told."""
    if not reception.last_report:
        return None
    trip = middle(ntp_time(arrived)) - reception.last_report - reception.delay
    trip = ((trip + 0x80000000) & 0xFFFFFFFF) - 0x80000000
    if -0x10000 < trip < 0:  # the clocks' grain, or one that was set back a little
        trip = 0
    seconds = trip / 65536
    return seconds if 0 <= seconds <= LONGEST_TRIP_S else None


def interval_s(dice: float, *, first: bool = False) -> float:
    """Time to the next report: 5 s, 50 % more or less; half of that before the first.

    Args:
        dice: 0 to 1.
        first: nothing was reported yet.
    """
    return INTERVAL_S * (0.5 + dice) * (0.5 if first else 1.0)


# building


def compound(*packets: Packet) -> bytes:
    """The packets as one datagram; the first is a report (section 6.1)."""
    return b"".join(map(_built, packets))


def _built(packet: Packet) -> bytes:
    match packet:
        case ReportPacket(ssrc, sending, receptions):
            content = _SSRC.pack(ssrc)
            if sending is not None:
                content += _SENDER.pack(
                    sending.ntp, sending.timestamp, sending.packets & 0xFFFFFFFF,
                    sending.octets & 0xFFFFFFFF,
                )  # fmt: skip
            content += b"".join(map(_block, receptions))
            return _framed(_RR if sending is None else _SR, len(receptions), content)
        case Names(names):
            return _framed(_SDES, len(names), b"".join(_chunk(*name) for name in names))
        case Goodbye(ssrcs, reason):
            content = b"".join(map(_SSRC.pack, ssrcs))
            if reason:
                text = bytes((len(reason),)) + reason
                content += text + bytes(-len(text) % 4)
            return _framed(_BYE, len(ssrcs), content)
        case Extended(ssrc, metrics):
            return _framed(_XR, 0, _SSRC.pack(ssrc) + b"".join(map(xr.block, metrics)))


def _framed(kind: int, count: int, content: bytes) -> bytes:
    return _HEADER.pack(_VERSION << 6 | count, kind, len(content) // 4) + content


def _block(reception: Reception) -> bytes:
    lost = max(_LOST_LEAST, min(reception.lost, _LOST_MOST)) & 0xFFFFFF
    return _BLOCK.pack(
        reception.ssrc, reception.fraction_lost << 24 | lost, reception.highest & 0xFFFFFFFF,
        reception.jitter, reception.last_report, reception.delay,
    )  # fmt: skip


def _chunk(ssrc: int, name: bytes) -> bytes:
    items = bytes((_CNAME, len(name))) + name
    return _SSRC.pack(ssrc) + items + bytes(4 - len(items) % 4)  # one to four octets of end


# reading


def parse(datagram: bytes) -> list[Packet]:
    """Take a compound packet apart; kinds that are not read here are left out.

    Raises:
        RtcpError: a length, a version or a padding is wrong, or it begins with no report.
    """
    packets: list[Packet] = []
    at, size = 0, len(datagram)
    while at < size:
        if at + 4 > size:
            raise RtcpError(f"{size - at} octets left over")
        first, kind, words = _HEADER.unpack_from(datagram, at)
        end = at + 4 + 4 * words
        if first >> 6 != _VERSION:
            raise RtcpError(f"version {first >> 6}")
        if at == 0 and (kind not in (_SR, _RR) or first & _PADDING):
            raise RtcpError("it does not begin with a report")
        if end > size:
            raise RtcpError(f"packet type {kind} is {end - size} octets too short")
        content = datagram[at + 4 : end]
        if first & _PADDING:
            content = _without_padding(content, last=end == size)
        packet = _read(kind, first & 0x1F, content)
        if packet is not None:
            packets.append(packet)
        at = end
    if not packets:
        raise RtcpError("empty")
    return packets


def _without_padding(content: bytes, *, last: bool) -> bytes:
    padding = content[-1] if content else 0
    if not last or padding == 0 or padding % 4 or padding > len(content):
        raise RtcpError("padding that cannot be")
    return content[:-padding]


def _read(kind: int, count: int, content: bytes) -> Packet | None:
    if kind in (_SR, _RR):
        return _read_report(count, content, sends=kind == _SR)
    if kind == _SDES:
        return _read_names(count, content)
    if kind == _BYE:
        return _read_goodbye(count, content)
    if kind == _XR:
        return _read_extended(content)
    return None


def _read_report(count: int, content: bytes, *, sends: bool) -> ReportPacket:
    start = _SSRC.size + (_SENDER.size if sends else 0)
    end = start + count * _BLOCK.size
    if end > len(content):  # what follows the blocks is an extension of some profile
        raise RtcpError(f"a report of {len(content)} octets with {count} blocks")
    sending = Sending(*_SENDER.unpack_from(content, _SSRC.size)) if sends else None
    receptions = []
    for ssrc, losses, *rest in _BLOCK.iter_unpack(content[start:end]):
        lost = ((losses & 0xFFFFFF) + _LOST_LEAST & 0xFFFFFF) + _LOST_LEAST
        receptions.append(Reception(ssrc, losses >> 24, lost, *rest))
    return ReportPacket(_SSRC.unpack_from(content)[0], sending, tuple(receptions))


def _read_names(count: int, content: bytes) -> Names:
    names, at = [], 0
    for _ in range(count):
        if at + 4 > len(content):
            raise RtcpError("a source description without its source")
        (ssrc,) = _SSRC.unpack_from(content, at)
        at += 4
        while True:
            if at >= len(content):
                raise RtcpError("a source description without end")
            kind = content[at]
            if kind == 0:
                break
            length = content[at + 1] if at + 1 < len(content) else _TEXT
            text = content[at + 2 : at + 2 + length]
            if len(text) < length:
                raise RtcpError("an item of a source description is cut off")
            if kind == _CNAME:
                names.append((ssrc, text))
            at += 2 + length
        at += 4 - at % 4
    return Names(tuple(names))


def _read_goodbye(count: int, content: bytes) -> Goodbye:
    end = 4 * count
    if end > len(content):
        raise RtcpError(f"a goodbye of {len(content)} octets with {count} sources")
    ssrcs = tuple(ssrc for (ssrc,) in _SSRC.iter_unpack(content[:end]))
    rest = content[end:]
    length = rest[0] if rest else 0
    if length + 1 > len(rest) > 0:
        raise RtcpError("the reason of a goodbye is cut off")
    return Goodbye(ssrcs, rest[1 : 1 + length])


def _read_extended(content: bytes) -> Extended:
    if len(content) < _SSRC.size:
        raise RtcpError("an extended report of nobody")
    try:
        metrics = tuple(xr.read(content[_SSRC.size :]))
    except ValueError as error:
        raise RtcpError(str(error)) from error
    return Extended(_SSRC.unpack_from(content)[0], metrics)
